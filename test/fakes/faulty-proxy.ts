import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Pair } from './private-ca';

/** A connected client. */
interface Met {
  readonly client: Socket;
  /** Ends its connection with RST. */
  readonly reset: () => void;
  /** The port of the host behind the proxy. */
  readonly target: number;
}

/** What a proxy does with a connection instead of its work. */
export type ProxyFault = (met: Met) => void;

/** After the proxy has read CONNECT. */
const afterConnect =
  (then: ProxyFault): ProxyFault =>
  (met) =>
    void met.client.once('data', () => then(met));

/** Reads CONNECT, answers 200, and continues. */
const connected = (then: ProxyFault): ProxyFault =>
  afterConnect((met) => {
    met.client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    then(met);
  });

/** Connects the client until the given number of bytes has come back from the host. */
const tunnelUntil =
  (bytes: number): ProxyFault =>
  ({ client, reset, target }) => {
    const behind = connect(target, '127.0.0.1');
    behind.on('error', () => client.destroy());
    client.on('close', () => behind.destroy());
    client.pipe(behind);
    let left = bytes;
    behind.on('data', (chunk) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) reset();
    });
  };

/** The faults of a proxy, by the moment at which they occur. */
export const PROXY_FAULTS: Readonly<Record<string, ProxyFault>> = {
  'hangs up at once': ({ client }) => client.destroy(),
  'resets at once': ({ reset }) => reset(),
  'ends at once': ({ client }) => client.end(),
  'hangs up when it is spoken to': ({ client }) => void client.once('data', () => client.destroy()),
  'resets when it is spoken to': ({ client, reset }) => void client.once('data', () => reset()),
  'speaks another protocol': ({ client }) => client.end('220 mail.example.com ESMTP\r\n'),
  'ends in the middle of its answer': afterConnect(({ client }) => client.end('HTTP/1.1 200 Conn')),
  'refuses and resets': afterConnect(({ client, reset }) => {
    client.write('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n', () => reset());
  }),
  'wants a password': afterConnect(({ client }) => {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
  }),
  'connects and hangs up': connected(({ client }) => client.destroy()),
  'connects and resets': connected(({ reset }) => reset()),
  'connects and resets when it is spoken to': connected(({ client, reset }) => {
    client.once('data', () => reset());
  }),
  'connects to what is not TLS': connected(({ client }) => {
    client.once('data', () => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  }),
  'resets in the middle of the handshake behind it': connected(tunnelUntil(200)),
  'resets after the handshake behind it': connected(tunnelUntil(20_000)),
};

/** A proxy on this machine with one fault. */
export interface FaultyProxy {
  /** Its host and port. */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts one. With `tls` the proxy uses TLS, and its fault occurs after that handshake. */
export async function startFaultyProxy(rude: ProxyFault, target: number, tls?: Pair): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on('error', () => raw.destroy());
    raw.on('close', () => sockets.delete(raw));
    const reset = (): void => void raw.resetAndDestroy();
    if (tls === undefined) return rude({ client: raw, reset, target });
    const client = new TLSSocket(raw, { isServer: true, cert: tls.certificate, key: tls.key });
    client.on('error', () => client.destroy());
    client.once('secure', () => rude({ client, reset, target }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
