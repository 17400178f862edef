import { createReadStream, createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { seeded } from '../../local/vendor/random';

/* A vendor of one file: the requests of an hour that is over, a line each, in gzip. It is written to the path of the first argument. */

const HOUR_MS = 3_600_000;
const BATCH = 1_000;
const [file = '', count = '0'] = process.argv.slice(2);
const beganMs = Date.now() - HOUR_MS - 10 * 60_000;

function* lines(): Generator<string> {
  const random = seeded('requests');
  const letters = (length: number): string => {
    let text = '';
    while (text.length < length) text += random().toString(36).slice(2, 12);
    return text.slice(0, length);
  };
  const pick = (values: readonly string[]): string => values[Math.floor(random() * values.length)] ?? '';
  const all = Number(count);
  for (let at = 0; at < all;) {
    let text = '';
    for (const end = Math.min(at + BATCH, all); at < end; at++) {
      const request = {
        RayID: letters(16),
        EdgeStartTimestamp: new Date(beganMs + Math.floor((at * HOUR_MS) / all)).toISOString(),
        ClientIP: `198.51.100.${Math.floor(random() * 256)}`,
        ClientASN: Math.floor(random() * 65_536),
        ClientCountry: pick(['us', 'de', 'fr', 'jp', 'br']),
        ClientRequestHost: `${pick(['www', 'api', 'shop'])}.example.com`,
        ClientRequestMethod: pick(['GET', 'GET', 'GET', 'POST']),
        ClientRequestURI: `/${pick(['items', 'orders', 'users'])}/${letters(22)}`,
        ClientRequestUserAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/1${Math.floor(random() * 30)}.0`,
        EdgeResponseStatus: Number(pick(['200', '200', '304', '404', '503'])),
        EdgeResponseBytes: Math.floor(random() * 1e6),
        CacheStatus: pick(['hit', 'miss', 'dynamic']),
        SecurityAction: pick(['', '', 'block', 'challenge']),
        WAFScore: Math.floor(random() * 100),
      };
      text += `${JSON.stringify(request)}\n`;
    }
    yield text;
  }
}

async function main(): Promise<void> {
  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(file));
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/gzip' });
    void pipeline(createReadStream(file), response).catch(() => undefined);
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ vendor: `http://127.0.0.1:${port}`, beganMs });
  });
}

process.on('disconnect', () => process.exit(0));
void main();
