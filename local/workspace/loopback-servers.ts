import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate';

/** A plain and a TLS server on the loopback address with the same answers. */
export interface Servers {
  readonly url: string;
  readonly tlsUrl: string;
  /** Refuses new connections, answers the open requests, and resolves. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** Longer than clients keep an idle connection, so that none is closed just when it is used again. */
const KEEP_ALIVE_MS = 65_000;
/** How long a closing server waits for open requests. */
const LAST_ANSWERS_MS = 5_000;

/** @param ports 0 for any free one @throws Error when a port is in use */
export async function startServers(
  listener: RequestListener,
  { certificate, privateKey }: Certificate,
  ports: { readonly plain: number; readonly tls: number },
): Promise<Servers> {
  const options = { keepAliveTimeout: KEEP_ALIVE_MS };
  const plain = createServer(options, listener);
  const tls = createTlsServer(
    { ...options, cert: certificate, key: privateKey, minVersion: 'TLSv1.2' },
    listener,
  );
  for (const server of [plain, tls]) closeKeptAlive(server);
  const url = `http://${LOOPBACK}:${await listen(plain, ports.plain)}`;
  try {
    const tlsUrl = `https://${LOOPBACK}:${await listen(tls, ports.tls)}`;
    return { url, tlsUrl, close: () => Promise.all([stop(plain), stop(tls)]).then(() => undefined) };
  } catch (error) {
    await stop(plain);
    throw error;
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ message }) => {
      reject(
        new Error(
          `listening on port ${port}: ${message}. Stop the program that uses the port, or choose another one.`,
        ),
      );
    });
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Closes each kept connection after its answer, once the server accepts no new ones. */
function closeKeptAlive(server: Server): void {
  server.on('request', (_, response) => {
    response.once('close', () => setImmediate(() => server.listening || server.closeIdleConnections()));
  });
}

/** Closes a busy connection after its answer, or after a time limit if it hangs. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const last = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
    server.close(() => {
      clearTimeout(last);
      resolve();
    });
    server.closeIdleConnections();
  });
}
