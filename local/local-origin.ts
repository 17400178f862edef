import type { IncomingHttpHeaders } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * True when a request was meant for this server by its name and comes from no foreign page: a page in the browser
 * must neither read nor steer what runs on a laptop, neither directly nor by a name of its own that points here.
 */
export function isLocalRequest({ host, origin }: IncomingHttpHeaders, port: number | undefined): boolean {
  const hosts = NAMES.map((name) => `${name}:${port}`);
  const isOwnOrigin =
    origin === undefined || hosts.some((each) => origin === `http://${each}` || origin === `https://${each}`);
  return hosts.includes(host?.toLowerCase() ?? '') && isOwnOrigin;
}

/** What the others are told, with status 403. */
export const FOREIGN_REQUEST =
  'This is for programs on this machine: ask 127.0.0.1 or localhost by its port, and not from a page of another site. ' +
  'A tunnel has to write its own Host anew.';
