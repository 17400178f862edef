import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** One request, read whole. */
export interface Asked {
  readonly method: string;
  /** The unchanged path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A server on this machine with the test's answers. */
export interface Loopback {
  readonly url: string;
  /** Every request, in order, also those whose handler closed the connection. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Answers the request with this index. */
export type Serve = (response: ServerResponse, asked: Asked, call: number) => void;

/** Starts a server on any free port; with `tls` it uses https. */
export async function startLoopback(serve: Serve, tls?: ServerOptions): Promise<Loopback> {
  const asked: Asked[] = [];
  const listener: RequestListener = (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks) };
      serve(response, request, asked.push(request) - 1);
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers each request with the next status of a list; the last one repeats. */
export function statuses(
  ...list: readonly (number | readonly [number, Readonly<Record<string, string>>])[]
): Serve {
  return (response, _, call) => {
    const next = list[Math.min(call, list.length - 1)] ?? 200;
    const [status, headers] = typeof next === 'number' ? [next, {}] : next;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{"ok":true}');
  };
}
