import { gzipSync } from 'node:zlib';
import type { Page, PullContext } from '../../../shared/contract/connector';
import { SettingError, UnavailableError } from '../../../shared/contract/errors';
import type { Http, HttpRequest } from '../../../shared/contract/http';
import type { JsonObject } from '../../../shared/contract/json';
import { oneAnswer } from '../../../shared/kit/rest/paging/one-answer';
import { rest } from '../../../shared/kit/rest/rest';
import { cutEvery } from '../../fakes/chunks';
import { pullContext } from '../../fakes/scripted-http';

const COUNT = 12_000;
const WINDOW = { lane: 'live', from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T01:00:00.000Z' } as const;
const pull = rest({
  base: 'url',
  path: '/logs',
  query: { start: '{since}', end: '{until}' },
  format: 'ndjson',
  streamed: true,
  records: '$',
  ...oneAnswer(),
  since: {},
  until: {},
});

const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, at) => `e-${at}`);
const at = (n: number): string => new Date(Date.parse(WINDOW.from) + n * 100).toISOString();
const line = (id: string, n: number): string => `${JSON.stringify({ id, at: at(n) })}\n`;
const LINES = idsUpTo(COUNT).map(line).join('');

/** A vendor with one answer, which arrives in chunks. @param breaksAt the connection breaks after these bytes */
function vendorOf(body: string | Uint8Array, breaksAt?: number): Http & { readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* cutEvery(Buffer.from(body).subarray(0, breaksAt), 4_096);
    if (breaksAt !== undefined) throw new UnavailableError('the connection broke');
  };
  return {
    asked,
    request(request) {
      asked.push(request);
      const json = (): never => {
        throw new Error('it is streamed');
      };
      return Promise.resolve({ status: 200, headers: {}, body: new Uint8Array(), chunks: chunks(), json });
    },
  };
}

interface Read {
  readonly pages: readonly Page[];
  readonly ids: readonly unknown[];
  readonly error: unknown;
}

async function read(http: Http, parts: Partial<PullContext> = {}): Promise<Read> {
  const pages: Page[] = [];
  let error: unknown;
  try {
    for await (const page of pull(pullContext(http, { window: WINDOW, ...parts }))) pages.push(page);
  } catch (thrown) {
    error = thrown;
  }
  return {
    pages,
    ids: pages.flatMap(({ records }) => records.map((one) => (one as JsonObject)['id'])),
    error,
  };
}

describe('rest() with a streamed answer', () => {
  test('delivers one answer in pages; the last one ends the window', async () => {
    const vendor = vendorOf(gzipSync(LINES));
    const { ids, pages } = await read(vendor);
    expect(vendor.asked).toMatchObject([
      { streamed: true, query: { start: WINDOW.from, end: WINDOW.to }, method: 'GET' },
    ]);
    expect(ids).toEqual(idsUpTo(COUNT));
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.map(({ last }) => last === true)).toEqual(pages.map((page) => page === pages.at(-1)));
    expect(pages.map(({ rereads }) => rereads === true)).toEqual(pages.map((page) => page === pages[0]));
    expect(pages.at(-1)?.checkpoint).toEqual({ since: WINDOW.to });
  });

  test('continues after each page, with the range of the whole read', async () => {
    const { pages } = await read(vendorOf(LINES));
    for (const { checkpoint } of pages.slice(0, -1)) {
      const { file } = checkpoint as { file: { read: number } };
      const vendor = vendorOf(LINES);
      const moved = { ...WINDOW, from: at(file.read) };
      const rest = await read(vendor, { checkpoint, window: moved });
      expect(rest.ids).toEqual(idsUpTo(COUNT).slice(file.read));
      expect(rest.pages.every(({ rereads }) => rereads !== true)).toBe(true);
      expect(vendor.asked).toMatchObject([{ query: { start: WINDOW.from, end: WINDOW.to } }]);
    }
  });

  test('reads an answer that changed from its beginning, and marks the page as a re-read', async () => {
    const { pages } = await read(vendorOf(LINES));
    const changed = line('new', 0) + LINES;
    const again = await read(vendorOf(changed), { checkpoint: pages[0]?.checkpoint ?? null });
    expect(again.ids).toEqual(['new', ...idsUpTo(COUNT)]);
    expect(again.pages[0]?.rereads).toBe(true);
  });

  test('fails with an UnavailableError where the answer breaks off, after the pages before', async () => {
    for (const part of [0, 0.3, 0.6, 0.99]) {
      const first = await read(vendorOf(LINES, Math.floor(LINES.length * part)));
      expect(first.error).toBeInstanceOf(UnavailableError);
      expect(first.pages.every(({ last }) => last !== true)).toBe(true);
      const rest = await read(vendorOf(LINES), { checkpoint: first.pages.at(-1)?.checkpoint ?? null });
      expect([...first.ids, ...rest.ids]).toEqual(idsUpTo(COUNT));
    }
  });

  test('ends the window with an answer without records, but not with an error instead of them', async () => {
    expect((await read(vendorOf(''))).pages).toMatchObject([{ records: [], last: true }]);
    const { error, pages } = await read(vendorOf('{"error":"too many requests"}'));
    expect(pages).toEqual([]);
    expect(error).toMatchObject({
      name: 'UnavailableError',
      message: expect.stringContaining('too many requests'),
    });
  });

  test('delivers an answer whose times decrease, and leaves the window open', async () => {
    const falling = [...LINES.trimEnd().split('\n')].reverse().join('\n');
    const { error, pages } = await read(vendorOf(falling));
    expect(pages).toMatchObject([{ stays: true }]);
    expect(error).toMatchObject({ name: 'ContractError', message: expect.stringContaining('newest-first') });
  });

  test.each<JsonObject>([
    { file: { read: 1, mark: '0123456789ab' } },
    { since: WINDOW.from, file: 'x' },
    { since: 'yesterday', file: { read: 1, mark: '0123456789ab' } },
    { since: WINDOW.from, cursor: 'c', file: { read: 1, mark: '0123456789ab' } },
  ])('refuses a position that was never written as damaged: %j', async (checkpoint) => {
    const { error } = await read(vendorOf(LINES), { checkpoint });
    expect(error).toBeInstanceOf(SettingError);
    expect(error).toMatchObject({ isDamage: true });
  });
});
