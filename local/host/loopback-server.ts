import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The local host listens on this machine only, as `func start` does. */
const ADDRESS = '127.0.0.1';

/** A listening server. It answers 503 until `serve` is called. */
export interface Server {
  readonly url: string;
  serve(listener: RequestListener): void;
  /** Refuses new connections; resolves when the open requests have been answered. */
  close(): Promise<void>;
  /** Closes the connections that are still open. */
  abandon(): void;
}

/**
 * Listens on 127.0.0.1; port 0 means any free port.
 * @throws Error naming the port, why it cannot be listened on, and `--port`
 */
export async function listen(port: number): Promise<Server> {
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end('The host is starting.\n');
  };
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(notListening(error, port)));
    server.listen(port, ADDRESS, resolve);
  });
  return {
    url: `http://${ADDRESS}:${(server.address() as AddressInfo).port}`,
    serve: (given) => void (listener = given),
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      return closed;
    },
    abandon: () => server.closeAllConnections(),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it. Stop that one, or choose another port with --port.',
  EACCES:
    'the system does not let this user listen there, as most do not below 1024. Choose another port with --port.',
};

/** The error for a port that cannot be listened on. */
export function notListening(error: NodeJS.ErrnoException, port: number): Error {
  const reason = REASONS[error.code ?? ''] ?? `${error.message}. Choose another port with --port.`;
  return new Error(`listening on ${ADDRESS}:${port}: ${reason}`, { cause: error });
}
