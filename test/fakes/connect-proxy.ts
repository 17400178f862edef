import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Pair } from './private-ca';

/** A proxy of this machine that knows nothing but CONNECT. */
export interface ConnectProxy {
  /** Without credentials. @example 'http://127.0.0.1:8080' */
  readonly url: string;
  /** Every host and port that it was asked to connect to, in order, refused ones too. */
  readonly targets: readonly string[];
  /** Requests that came without CONNECT: what a proxy would read, credentials and all. */
  readonly read: readonly string[];
  close(): Promise<void>;
}

/** How the proxy behaves. */
export interface ConnectProxyOptions {
  /** Where a host and port really is: `{ 'vendor.example.com:443': 8443 }`, a port of this machine. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** `name:password` that it demands. */
  readonly credentials?: string;
  /** Answers every CONNECT with this status instead of connecting. */
  readonly refuseWith?: number;
  /** Where it is given, the proxy is spoken to in TLS. */
  readonly tls?: Pair;
}

/** Starts a proxy on any free port. A host that `hosts` does not name is answered with 502. */
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
