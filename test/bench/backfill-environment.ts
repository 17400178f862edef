import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { limitsOf, type Limits } from '../../local/vendor/request-limits';
import type { RateLimit } from '../../shared/contract/budget';
import { EVENTS_A_PAGE, LIVE_EVERY_MS } from './backfill-source';

/* A vendor that takes 100 ms for a page and a workspace that takes 50 ms for a post. Both record what they saw. */

const VENDOR_MS = 100;
const COLLECTOR_MS = 50;
const bornMs = Date.now();

/** A message to the environment: other events and another limit, or a request for its observations. */
export interface WorldWish {
  readonly fromMs: number;
  readonly toMs: number;
  readonly pages: number;
  readonly limits: readonly RateLimit[];
}

/** Its observations since the last request. */
export interface Seen {
  /** When each request was accepted. */
  readonly requestsMs: readonly number[];
  readonly tooMany: number;
  /** The most page requests at once. */
  readonly atOnce: number;
  readonly rows: number;
  /** The age of each live event when it was accepted. */
  readonly ages: readonly number[];
}

let wish: WorldWish = { fromMs: 0, toMs: 1, pages: 0, limits: [] };
let limits: Limits | undefined;
let inFlight = 0;
let seen = { requestsMs: [] as number[], tooMany: 0, atOnce: 0, rows: 0, ages: [] as number[] };

/** The index of the first event at or after a time, among the old events and then the live ones. */
function placeOf(timeMs: number): number {
  const { fromMs, pages, toMs } = wish;
  const [all, stepMs] = [pages * EVENTS_A_PAGE, (toMs - fromMs) / (pages * EVENTS_A_PAGE)];
  if (timeMs <= toMs) return Math.max(0, Math.min(all, Math.ceil((timeMs - fromMs) / stepMs)));
  return all + Math.max(0, Math.ceil((timeMs - bornMs) / LIVE_EVERY_MS));
}

function eventAt(place: number): object {
  const { fromMs, pages, toMs } = wish;
  const all = pages * EVENTS_A_PAGE;
  const isLive = place >= all;
  const atMs = isLive ? bornMs + (place - all) * LIVE_EVERY_MS : fromMs + (place * (toMs - fromMs)) / all;
  const kind = isLive ? 'live' : 'old';
  return { id: `${kind}-${place}`, at: new Date(atMs).toISOString(), kind, text: 'x'.repeat(300) };
}

async function answerVendor(address: URL, response: ServerResponse): Promise<void> {
  const now = new Date();
  const counted = limits?.count(now);
  if (counted?.isOver === true) {
    seen.tooMany++;
    response.writeHead(429, { 'Retry-After': '1' }).end();
    return;
  }
  seen.requestsMs.push(now.getTime());
  seen.atOnce = Math.max(seen.atOnce, ++inFlight);
  const number = (name: string): number => Number(address.searchParams.get(name) ?? 0);
  const until = Math.min(number('until'), Date.now());
  const begin = address.searchParams.has('after') ? number('after') : placeOf(number('since'));
  const end = placeOf(until + 1);
  const next = Math.min(begin + EVENTS_A_PAGE, end);
  const events = Array.from({ length: Math.max(0, next - begin) }, (_, index) => eventAt(begin + index));
  await new Promise((resolve) => setTimeout(resolve, VENDOR_MS));
  inFlight--;
  response
    .writeHead(200, { 'Content-Type': 'application/json' })
    .end(JSON.stringify({ events, ...(next < end ? { next: String(next) } : {}) }));
}

async function answerCollector(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  await new Promise((resolve) => setTimeout(resolve, COLLECTOR_MS));
  response.writeHead(204).end();
  if (request.url?.includes('BenchEvents') !== true) return;
  const now = Date.now();
  const rows = JSON.parse(String(gunzipSync(Buffer.concat(chunks)))) as {
    Kind: string;
    TimeGenerated: string;
  }[];
  seen.rows += rows.length;
  for (const { Kind, TimeGenerated } of rows)
    if (Kind === 'live') seen.ages.push(now - Date.parse(TimeGenerated));
}

const server = createServer((request, response) => {
  const address = new URL(request.url ?? '/', 'http://world.test');
  const answer =
    address.pathname === '/events' ? answerVendor(address, response) : answerCollector(request, response);
  answer.catch((error: unknown) => response.destroy(error as Error));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
process.on('message', (asked: WorldWish | 'seen') => {
  if (asked !== 'seen') {
    wish = asked;
    limits = limitsOf({ limits: asked.limits });
  }
  process.send?.(seen satisfies Seen);
  seen = { requestsMs: [], tooMany: 0, atOnce: 0, rows: 0, ages: [] };
});
process.on('disconnect', () => process.exit(0));
