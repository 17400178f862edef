import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOSTILE, ORDINARY } from './hostile-json';

/* Answers `/<shape>/<bytes>` with one page of that shape, and its next link with an empty page. */

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const [, shape = '', bytes = ''] = pathname.split('/').map(decodeURIComponent);
  const isFirst = !searchParams.has('after');
  const body = isFirst ? ({ ...ORDINARY, ...HOSTILE }[shape]?.(Number(bytes)) ?? '[]') : '[]';
  const headers = isFirst ? { Link: `<${pathname}?after=1>; rel="next"` } : {};
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(body);
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
process.on('disconnect', () => process.exit(0));
