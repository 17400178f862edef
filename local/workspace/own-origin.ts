import type { IncomingHttpHeaders } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * True when a request was meant for this server by its name and comes from no foreign page: a page in the browser
 * must not read or steer the workspace, neither directly nor by a name of its own that points here.
 */
export function isFromHere({ host, origin }: IncomingHttpHeaders, port: number | undefined): boolean {
  const hosts = NAMES.map((name) => `${name}:${port}`);
  const isOwnOrigin =
    origin === undefined || hosts.some((each) => origin === `http://${each}` || origin === `https://${each}`);
  return hosts.includes(host?.toLowerCase() ?? '') && isOwnOrigin;
}
