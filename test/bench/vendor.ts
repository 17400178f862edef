import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pagePool } from './events';

/* The fastest possible vendor: pages from memory, a next link in each answer, an empty page at the end. */

const pages = pagePool();
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [at, end] = (url.searchParams.get('after') ?? `0-${url.searchParams.get('since') ?? '1970'}`)
    .split('-')
    .map(Number) as [number, number];
  // The year of `since` in the first request is the number of pages, because a reader can set it without code.
  const total = url.searchParams.has('since')
    ? Math.round(Date.parse(url.searchParams.get('since') ?? '') / 1_000)
    : end;
  const next = Math.min(at + 1, total);
  const body = at < total ? (pages[at % pages.length] as Buffer) : Buffer.from('[]');
  response.setHeader(
    'Link',
    `<http://${request.headers.host ?? ''}/api/v1/logs?after=${next}-${total}>; rel="next"`,
  );
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
process.on('disconnect', () => process.exit(0));
