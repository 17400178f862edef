import { request as httpRequest, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Proxy } from '../settings/proxy-settings';

/** The code of an error that says that the proxy answered, but did not connect us. */
export const PROXY_REFUSED = 'PROXY_REFUSED';

/** An error on the way to the proxy, or at it: its code is the network's, or {@link PROXY_REFUSED}. */
export interface ProxyFailure extends Error {
  readonly code?: string | undefined;
  /** The proxy's host and port, without its credentials. */
  readonly proxy: string;
  /** The proxy's answer to CONNECT, where it answered. */
  readonly status?: number;
}

/**
 * What an error says of the proxy on its way; `undefined` where it is none of a proxy's. Clients of Azure keep nothing of an
 * error but its words and its code, so that those are read there.
 */
export function proxyFailureOf(error: unknown): Pick<ProxyFailure, 'proxy' | 'status'> | undefined {
  const { message = '', proxy, status } = (error ?? {}) as Partial<ProxyFailure>;
  if (proxy !== undefined) return { proxy, ...(status === undefined ? {} : { status }) };
  const [, named, answered] = /^the proxy (\S+) (?:cannot be used: |answers (\d+)$)/.exec(message) ?? [];
  if (named === undefined) return undefined;
  return { proxy: named, ...(answered === undefined ? {} : { status: Number(answered) }) };
}

/** What a TLS connection trusts and shows. */
export interface Trust {
  readonly secureContext?: SecureContext;
}

/** From the first byte to the proxy until it has connected us. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Makes a keep-alive agent that reaches every host through a proxy, by CONNECT. Each of its sockets has a listener for
 * errors from its first moment to its last: one that the proxy ends in the middle of a handshake raises its error after
 * whoever waited for it was told, and an error without a listener ends the process.
 * @param target what the connection to the host behind the proxy trusts and shows
 * @param own what the connection to the proxy itself trusts
 */
export function agentThrough(proxy: Proxy, target: Trust, own: Trust): HttpsAgent {
  const agent = new HttpsAgent({ keepAlive: true, ...target });
  const direct = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    connectThrough(proxy, own, options)
      .then((socket) => heard(direct({ ...options, socket } as ClientRequestArgs) as Socket))
      .then(
        (socket) => done?.(null, socket),
        (error: unknown) => done?.(error as Error, undefined as never),
      );
    return undefined;
  };
  return agent;
}

/** A connection to a host and port, made by the proxy. @throws ProxyFailure */
function connectThrough(
  { address, headers }: Proxy,
  own: Trust,
  { host, port }: ClientRequestArgs,
): Promise<Socket> {
  const target = `${isIP(host ?? '') === 6 ? `[${host}]` : host}:${port}`;
  const proxyHost = address.hostname.replace(/^\[|\]$/g, '');
  const failure = (message: string, facts: Partial<ProxyFailure>): Error =>
    Object.assign(new Error(`the proxy ${address.host} ${message}`), { proxy: address.host, ...facts });
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      ...own,
      protocol: address.protocol,
      host: proxyHost,
      port: address.port,
      // Otherwise the name in the Host header would be asked of the proxy's certificate.
      servername: isIP(proxyHost) === 0 ? proxyHost : '',
      agent: false,
      method: 'CONNECT',
      path: target,
      headers: { ...headers, Host: target, 'Proxy-Connection': 'Keep-Alive', Connection: 'keep-alive' },
    };
    const asking = (address.protocol === 'https:' ? httpsRequest : httpRequest)(options);
    asking.on('socket', heard);
    asking.setTimeout(CONNECT_TIMEOUT_MS, () => {
      asking.destroy(Object.assign(new Error('it does not answer'), { code: 'ETIMEDOUT' }));
    });
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(failure(`cannot be used: ${error.message}`, { code: error.code, cause: error })),
    );
    asking.on('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        return reject(failure(`answers ${statusCode}`, { code: PROXY_REFUSED, status: statusCode }));
      }
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    // A proxy that answers CONNECT as if it were a plain request never gets here; a server that is none may.
    asking.on('response', (response) => {
      response.destroy();
      const status = response.statusCode ?? 0;
      reject(failure(`answers ${status}`, { code: PROXY_REFUSED, status }));
    });
    asking.end();
  });
}

/** A socket whose errors always have a listener. Its user receives them too. */
function heard<T extends Socket>(socket: T): T {
  return socket.on('error', () => undefined);
}
