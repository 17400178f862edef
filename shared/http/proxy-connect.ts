import { request as httpRequest, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Proxy } from '../settings/proxy-settings';

/** The error code for a proxy that answered CONNECT but did not connect. */
export const PROXY_REFUSED = 'PROXY_REFUSED';

/** A failure to connect through a proxy. Its code is the network's, or {@link PROXY_REFUSED}. */
export interface ProxyFailure extends Error {
  readonly code?: string | undefined;
  /** The proxy's host and port, without its credentials. */
  readonly proxy: string;
  /** The status of the proxy's answer to CONNECT; absent without an answer. */
  readonly status?: number;
}

/**
 * The proxy that an error is about; `undefined` for any other error. Azure clients keep only the message and code of an
 * error, so the proxy is also read from the message.
 */
export function proxyFailureOf(error: unknown): Pick<ProxyFailure, 'proxy' | 'status'> | undefined {
  const { message = '', proxy, status } = (error ?? {}) as Partial<ProxyFailure>;
  if (proxy !== undefined) return { proxy, ...(status === undefined ? {} : { status }) };
  const [, named, answered] = /^the proxy (\S+) (?:cannot be used: |answers (\d+)$)/.exec(message) ?? [];
  if (named === undefined) return undefined;
  return { proxy: named, ...(answered === undefined ? {} : { status: Number(answered) }) };
}

/** The trusted authorities and the client certificate of a TLS connection. */
export interface Trust {
  readonly secureContext?: SecureContext;
}

/** Longest inactivity of the connection to the proxy until CONNECT succeeds. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Creates a keep-alive agent that reaches every host through a proxy, by CONNECT. Each socket has an error listener for
 * its whole life. A socket that the proxy closes during a handshake emits its error after the request has failed, and an
 * error without a listener ends the process.
 * @param target for the connection to the host behind the proxy
 * @param own for the connection to the proxy itself
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

/** Opens a connection to a host and port through the proxy. @throws ProxyFailure */
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
      // Otherwise the proxy's certificate would be checked against the name in the Host header.
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
    // The answer of a proxy arrives as `connect`, even a refusal. Only a server that is not a proxy can get here.
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
