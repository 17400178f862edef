import type { IncomingHttpHeaders } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * True if the Host of a request is this server's and its Origin is not another site. A page in the browser must not read
 * or control what runs on a laptop, neither directly nor by a name of its own that resolves to this machine.
 */
export function isLocalRequest({ host, origin }: IncomingHttpHeaders, port: number | undefined): boolean {
  const hosts = NAMES.map((name) => `${name}:${port}`);
  const isOwnOrigin =
    origin === undefined || hosts.some((each) => origin === `http://${each}` || origin === `https://${each}`);
  return hosts.includes(host?.toLowerCase() ?? '') && isOwnOrigin;
}

/** The answer to other requests, with status 403. */
export const FOREIGN_REQUEST =
  'This server answers only programs on this machine. Use 127.0.0.1 or localhost with its port, and not a page of another site. ' +
  'A tunnel must rewrite the Host header.';
