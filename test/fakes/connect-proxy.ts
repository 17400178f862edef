import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Pair } from './private-ca';

/** A proxy on this machine that supports only CONNECT. */
export interface ConnectProxy {
  /** Without credentials. @example 'http://127.0.0.1:8080' */
  readonly url: string;
  /** Every requested host and port, in order, refused ones too. */
  readonly targets: readonly string[];
  /** Requests without CONNECT, which the proxy could read with their credentials. */
  readonly read: readonly string[];
  close(): Promise<void>;
}

/** The options of the proxy. */
export interface ConnectProxyOptions {
  /** The real port of a host and port: `{ 'vendor.example.com:443': 8443 }`, on this machine. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** The required `name:password`. */
  readonly credentials?: string;
  /** Answers every CONNECT with this status instead of connecting. */
  readonly refuseWith?: number;
  /** If set, the proxy itself uses TLS. */
  readonly tls?: Pair;
}

/** Starts a proxy on any free port. It answers 502 for a host that is not in `hosts`. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const { credentials, hosts = {}, refuseWith, tls } = options;
  const targets: string[] = [];
  const read: string[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    read.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(405).end();
  };
  const server: Server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
  const answer = ({ headers, url = '' }: IncomingMessage): number => {
    targets.push(url);
    const expected = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
    if (credentials !== undefined && headers['proxy-authorization'] !== expected) return 407;
    return refuseWith ?? (hosts[url] === undefined ? 502 : 200);
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy());
    const status = answer(request);
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
    const target = connect(hosts[request.url ?? ''] ?? 0, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    sockets.add(target);
    target.on('close', () => client.destroy());
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    read,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
