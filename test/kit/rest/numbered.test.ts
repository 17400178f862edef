import type { Page, PullContext } from '../../../shared/contract/connector';
import type { Http, HttpRequest } from '../../../shared/contract/http';
import type { Json } from '../../../shared/contract/json';
import type { RestSpec } from '../../../shared/contract/rest';
import { rest } from '../../../shared/kit/rest/rest';
import { pullContext, readAll, readUntilError, scriptedHttp } from '../../fakes/scripted-http';

/* Paging by page number and by offset, also over a set that changes during the read. */

const base = {
  base: 'url',
  path: '/logs',
  records: 'items',
  resume: 'time',
  since: { in: 'query', name: 'from' },
  until: { in: 'query', name: 'to' },
  window: { lag: { minMs: 1, maxMs: 2 } },
} as const;
const byPage: RestSpec = {
  ...base,
  next: { kind: 'page', send: { in: 'query', name: 'page' } },
  stop: { on: 'short-page', full: 2 },
};
const byOffset: RestSpec = {
  ...base,
  next: { kind: 'offset', send: { in: 'query', name: 'skip' } },
  stop: { on: 'short-page', full: 2 },
};
const counted: RestSpec = { ...byPage, stop: { on: 'total', path: 'total' } };

const origin = 'https://vendor.test';
const at = (second: number): string => `2026-11-01T00:00:${String(second).padStart(2, '0')}.000Z`;
const record = (id: number): Json => ({ id, at: at(id) });
const page = (...ids: number[]) => ({ body: { items: ids.map(record) } });
const ofTotal = (total: number, ...ids: number[]) => ({ body: { items: ids.map(record), total } });
const window = { lane: 'live', from: at(0), to: at(59) } as const;
const idsOf = (pages: readonly Page[]): number[][] =>
  pages.map(({ records }) => records.map((each) => (each as { id: number }).id));
const inWindow = (http: Http, parts: Partial<PullContext> = {}): PullContext =>
  pullContext(http, { window, ...parts });
const sent = (asked: readonly HttpRequest[], name: string): unknown[] =>
  asked.map(({ query }) => query?.[name]);

describe('page numbers', () => {
  test('count from one to the first page that is not full', async () => {
    const http = scriptedHttp(origin, [page(1, 2), page(3, 4), page(5)]);
    const pages = await readAll(rest(byPage), inWindow(http));
    expect(idsOf(pages)).toEqual([[1, 2], [3, 4], [5]]);
    expect(sent(http.asked, 'page')).toEqual([1, 2, 3]);
    expect(pages.map(({ checkpoint }) => checkpoint)).toEqual([
      { page: expect.stringMatching(/^2@/), since: at(0), until: at(59) },
      { page: expect.stringMatching(/^3@/), since: at(0), until: at(59) },
      { since: at(59) },
    ]);
  });

  test('count from zero, in place of {cursor}, up to the number of pages', async () => {
    const spec: RestSpec = {
      ...base,
      path: '/logs/{cursor}',
      next: { kind: 'page', first: 0 },
      stop: { on: 'last-page', path: 'pages' },
    };
    const http = scriptedHttp(
      origin,
      [[1, 2], [3]].map((ids) => ({ body: { items: ids.map(record), pages: 2 } })),
    );
    expect(idsOf(await readAll(rest(spec), inWindow(http)))).toEqual([[1, 2], [3]]);
    expect(http.asked.map(({ url }) => url)).toEqual([`${origin}/logs/0`, `${origin}/logs/1`]);
  });

  test.each<[string, RestSpec, Json]>([
    ['an empty page', { ...byPage, stop: { on: 'empty-page' } }, { items: [] }],
    ['a boolean', { ...byPage, stop: { on: 'unless', path: 'more' } }, { items: [], more: false }],
  ])('end with %s', async (_, spec, last) => {
    const http = scriptedHttp(origin, [{ body: { items: [record(1)], more: true } }, { body: last }]);
    expect(idsOf(await readAll(rest(spec), inWindow(http)))).toEqual([[1], []]);
  });

  test('continue at the number of the checkpoint', async () => {
    const first = scriptedHttp(origin, [page(1, 2), page(3)]);
    const [{ checkpoint } = { checkpoint: null }] = await readAll(rest(byPage), inWindow(first));
    const http = scriptedHttp(origin, [page(3)]);
    expect(idsOf(await readAll(rest(byPage), inWindow(http, { checkpoint })))).toEqual([[3]]);
    expect(sent(http.asked, 'page')).toEqual([2]);
  });

  test('that the vendor ignores are detected: the page is delivered, and the run fails', async () => {
    const http = scriptedHttp(origin, [page(1, 2), page(1, 2)]);
    const { error, pages } = await readUntilError(rest(byPage), inWindow(http));
    expect(pages[1]).toMatchObject({ stays: true });
    expect(error).toContain('page 2 has the same records as the one before it');
  });

  test('a total that decreases restarts the read; one that increases does not', async () => {
    const http = scriptedHttp(origin, [ofTotal(4, 1, 2), ofTotal(3, 4), ofTotal(3, 2, 3), ofTotal(4, 4, 5)]);
    const pages = await readAll(rest(counted), inWindow(http));
    expect(idsOf(pages)).toEqual([
      [1, 2],
      [2, 3],
      [4, 5],
    ]);
    expect(pages.map(({ rereads }) => rereads)).toEqual([true, true, undefined]);
    expect(sent(http.asked, 'page')).toEqual([1, 2, 1, 2]);
  });

  test.each<[string, Json]>([
    ['counts 3 records and shows none behind 2', { items: [], total: 3 }],
    ['there is no number at total', { items: [record(3)], total: 'many' }],
    ['there is no number at total', { items: [record(3)] }],
  ])('an answer that %s ends the run, and the range stays open', async (because, body) => {
    const http = scriptedHttp(origin, [ofTotal(3, 1, 2), { body }]);
    const { error, pages } = await readUntilError(rest(counted), inWindow(http));
    expect(error).toContain(because);
    expect(pages.some(({ last }) => last)).toBe(false);
  });
});

describe('offsets', () => {
  test('overlap by one record, which is not delivered twice', async () => {
    const http = scriptedHttp(origin, [page(1, 2), page(2, 3), page(3)]);
    const pages = await readAll(rest(byOffset), inWindow(http));
    expect(idsOf(pages)).toEqual([[1, 2], [3], []]);
    expect(sent(http.asked, 'skip')).toEqual([0, 1, 2]);
    expect(pages.at(-1)).toMatchObject({ last: true });
  });

  test('are sent with their end, as numbers in a body', async () => {
    const spec: RestSpec = {
      ...byOffset,
      method: 'POST',
      next: {
        kind: 'offset',
        send: { in: 'body', name: 'data.search_from' },
        to: { in: 'body', name: 'data.search_to' },
      },
    };
    const http = scriptedHttp(origin, [page(1, 2), page(2)]);
    await readAll(rest(spec), inWindow(http));
    expect(http.asked.map(({ body }) => JSON.parse(body as string) as Json)).toEqual([
      { data: { search_from: 0, search_to: 2 } },
      { data: { search_from: 1, search_to: 3 } },
    ]);
  });

  test('count from one', async () => {
    const next = { kind: 'offset', first: 1, send: { in: 'query', name: 'startIndex' } } as const;
    const http = scriptedHttp(origin, [ofTotal(3, 1, 2), ofTotal(3, 2, 3)]);
    const spec: RestSpec = { ...byOffset, next, stop: { on: 'total', path: 'total' } };
    expect(idsOf(await readAll(rest(spec), inWindow(http)))).toEqual([[1, 2], [3]]);
    expect(sent(http.asked, 'startIndex')).toEqual([1, 2]);
  });

  test('start again when the record is gone, and fail when that happens again and again', async () => {
    const moving = [page(1, 2), page(3, 4)];
    const http = scriptedHttp(origin, [...moving, ...moving, ...moving, ...moving]);
    const { error, pages } = await readUntilError(rest(byOffset), inWindow(http));
    expect(error).toContain('began again 3 times');
    expect(pages).toHaveLength(4);
    expect(pages.every(({ last }) => last !== true)).toBe(true);
  });

  test('continue after records that were inserted before them', async () => {
    const http = scriptedHttp(origin, [page(1, 3), page(2, 3), page(3, 4), page(4)]);
    expect(idsOf(await readAll(rest(byOffset), inWindow(http)))).toEqual([[1, 3], [2, 3], [4], []]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'miss no record of a set that changes between requests (%i)',
    async (seed) => {
      let random = seed;
      const chance = (): number => (random = (random * 48_271) % 2_147_483_647) / 2_147_483_647;
      const set = Array.from({ length: 40 }, (_, i) => i + 10);
      const stayed = new Set(set.filter((id) => id % 3 === 0));
      const http: Http = {
        request({ query }) {
          const skip = Number(query?.['skip']);
          const items = set.slice(skip, skip + 7).map(record);
          const [gone, added] = [Math.floor(chance() * set.length), Math.floor(chance() * 10)];
          if (chance() < 0.2 && !stayed.has(set[gone] ?? 0)) set.splice(gone, 1);
          if (chance() < 0.2 && !set.includes(added)) set.unshift(added);
          return Promise.resolve({
            status: 200,
            headers: {},
            body: new Uint8Array(),
            json: () => ({ items }),
          });
        },
      };
      const spec: RestSpec = {
        ...byOffset,
        stop: { on: 'short-page', full: 7 },
        window: { lag: base.window.lag, order: 'newest-first' },
      };
      const got = new Set<number>();
      for (let checkpoint: PullContext['checkpoint'] = null; ;) {
        const { error, pages } = await readUntilError(rest(spec), inWindow(http, { checkpoint }));
        for (const id of idsOf(pages).flat()) got.add(id);
        checkpoint = pages.at(-1)?.checkpoint ?? checkpoint;
        if (error === undefined) break;
      }
      expect([...stayed].filter((id) => !got.has(id))).toEqual([]);
    },
  );
});

test.each<[RestSpec, string]>([
  [byPage, '0x2'],
  [byPage, '2@zz.zz'],
  [byPage, '-1'],
  [byOffset, '/logs?page=2'],
  [byOffset, '2@.'],
])('a position that paging by %j never wrote is refused: %s', (spec, text) => {
  const checkpoint = { [spec.next.kind]: text, since: at(0), until: at(9) };
  const http = scriptedHttp(origin, []);
  expect(() => rest(spec)(inWindow(http, { checkpoint }))).toThrow('its position was not written by');
});

test.each<[member: string, because: string, spec: RestSpec]>([
  ['resume', 'leads to other records', { ...byPage, resume: 'cursor' }],
  ['stop', 'no answer names the page', { ...byPage, stop: { on: 'no-next' } }],
  ['stop', 'counts records, not pages', { ...byOffset, stop: { on: 'last-page', path: 'pages' } }],
  ['stop', 'pages that are counted', { ...byPage, next: { kind: 'link' }, stop: { on: 'total', path: 'n' } }],
  [
    'next.to',
    'is the size of a page',
    { ...byOffset, next: { kind: 'offset', to: { in: 'query', name: 'to_n' } }, stop: { on: 'empty-page' } },
  ],
  ['next.send', 'no request sends it', { ...byPage, next: { kind: 'page' } }],
  ['next.first', 'must be 0 or 1', { ...byPage, next: { kind: 'page', first: 2 as 1 } }],
  ['next.send', 'a GET has no body', { ...byPage, next: { kind: 'page', send: { in: 'body', name: 'p' } } }],
  ['query.end', 'it holds {cursorEnd}', { ...byPage, query: { end: '{cursorEnd}' } }],
])('a declaration with a wrong %s is refused: %s', (member, because, spec) => {
  expect(() => rest(spec)).toThrow(`declaration: ${member}: `);
  expect(() => rest(spec)).toThrow(because);
});
