import type { RestSpec } from '../../../shared/contract/rest';
import { oneAnswer } from '../../../shared/kit/rest/paging/one-answer';
import { rest } from '../../../shared/kit/rest/rest';
import { pullContext, readAll, readUntilError, scriptedHttp } from '../../fakes/scripted-http';

/* Tokens in a header or in the last record, reads without a time, and one answer for a range. */

const origin = 'https://vendor.test';
const byId: RestSpec = {
  base: 'url',
  path: '/logs',
  query: { take: 2 },
  records: '$',
  next: { kind: 'cursor', record: 'log_id', send: { in: 'query', name: 'from' } },
  stop: { on: 'short-page', full: 2 },
  resume: 'cursor',
};
const byHeader: RestSpec = {
  base: 'url',
  path: '/events',
  method: 'POST',
  records: '$',
  next: { kind: 'cursor', header: 'X-Search_after', json: true, send: { in: 'body', name: 'search_after' } },
  stop: { on: 'short-page', full: 2 },
  resume: 'time',
  since: { in: 'body', name: 'start_time' },
  until: { in: 'body', name: 'end_time' },
};
const window = { lane: 'live', from: '2026-11-01T00:00:00.000Z', to: '2026-11-01T01:00:00.000Z' } as const;
const record = (id: string | number) => ({ log_id: id, at: '2026-11-01T00:00:00.000Z' });

describe('paging by the id of the last record', () => {
  test('uses the id as the next cursor; a read without a time sends none at first', async () => {
    const http = scriptedHttp(origin, [{ body: [record('a'), record('b')] }, { body: [record('c')] }]);
    const pages = await readAll(rest(byId), pullContext(http));
    expect(http.asked.map(({ query }) => query)).toEqual([{ take: 2 }, { take: 2, from: 'b' }]);
    expect(pages.map(({ checkpoint }) => checkpoint)).toEqual([{ cursor: 'b' }, { cursor: 'c' }]);
  });

  test('keeps the cursor when a page has no records', async () => {
    const http = scriptedHttp(origin, [{ body: [] }]);
    expect(await readAll(rest(byId), pullContext(http, { checkpoint: { cursor: 'c' } }))).toEqual([]);
    expect(http.asked[0]?.query).toEqual({ take: 2, from: 'c' });
  });

  test('keeps every digit, and takes the last record that has an id', async () => {
    const http = scriptedHttp(origin, [
      { body: [{ log_id: 9007199254740993n, at: 1 }, 'no record'] },
      { body: [] },
    ]);
    const pages = await readAll(rest(byId), pullContext(http));
    expect(pages[0]?.checkpoint).toEqual({ cursor: '9007199254740993' });
  });

  test('ends the run after a page without an id, or with the id just sent', async () => {
    const none = scriptedHttp(origin, [{ body: [1, 2] }]);
    expect(await readUntilError(rest(byId), pullContext(none))).toMatchObject({
      pages: [{ records: [1, 2], stays: true }],
      error: expect.stringContaining('no record has a text or a number at log_id'),
    });
    const same = scriptedHttp(origin, [{ body: [record('a'), record('b')] }]);
    const context = pullContext(same, { checkpoint: { cursor: 'b' } });
    expect((await readUntilError(rest(byId), context)).error).toContain('the same next page twice');
  });
});

describe('a token in a header', () => {
  test('is sent as the JSON value that it contains, until a page is not full', async () => {
    const headers = { 'x-search_after': '[1762000000, "ab{c}"]' };
    const http = scriptedHttp(origin, [
      { body: [1, 2], headers },
      { body: [3], headers: { 'x-search_after': '[7]' } },
    ]);
    const pages = await readAll(rest(byHeader), pullContext(http, { window }));
    const bodies = http.asked.map(({ body }) => JSON.parse(body as string) as Record<string, unknown>);
    expect(bodies.map(({ search_after: after }) => after)).toEqual([undefined, [1762000000, 'ab{c}']]);
    expect(pages.at(-1)).toMatchObject({ records: [3], last: true });
  });

  test('that is missing or is not JSON ends the run after a full page', async () => {
    for (const headers of [{}, { 'x-search_after': 'ab' }]) {
      const http = scriptedHttp(origin, [{ body: [1, 2], headers }]);
      const { error, pages } = await readUntilError(rest(byHeader), pullContext(http, { window }));
      expect(error).toMatch(/names no next page|is not JSON/);
      expect(pages).toMatchObject([{ records: [1, 2], stays: true }]);
    }
  });
});

describe('one answer for a range', () => {
  const spec: RestSpec = {
    base: 'url',
    path: '/siem/all',
    query: { interval: '{since}/{until}' },
    records: 'items',
    ...oneAnswer(),
    since: { format: 'iso-s' },
    until: { format: 'iso-s' },
  };

  test('is the whole window, and is requested once', async () => {
    const http = scriptedHttp(origin, [{ body: { items: [1, 2, 3] } }]);
    const pages = await readAll(rest(spec), pullContext(http, { window, isNextKnown: () => false }));
    expect(pages).toEqual([
      { records: [1, 2, 3], checkpoint: { since: window.to }, rereads: true, last: true },
    ]);
    expect(http.asked.map(({ query }) => query)).toEqual([
      { interval: '2026-11-01T00:00:00Z/2026-11-01T01:00:00Z' },
    ]);
  });
});

test.each<[member: string, because: string, spec: RestSpec]>([
  ['next', 'names 0 places', { ...byId, next: { kind: 'cursor' } }],
  ['next', 'names 2 places', { ...byId, next: { ...byId.next, from: 'next' } as RestSpec['next'] }],
  ['next', 'paths of the answer', { ...byId, next: { ...byId.next, join: ',' } as RestSpec['next'] }],
  ['next.header', 'header', { ...byId, next: { kind: 'cursor', header: 'a b' } }],
  ['stop', 'every record names', { ...byId, stop: { on: 'no-next' } }],
  ['since', 'windows have a start', { ...byId, resume: 'time' }],
  ['window', 'nothing is read by time', { ...byId, window: { lag: { minMs: 1, maxMs: 1 } } }],
  ['query.since', 'since is not declared', { ...byId, query: { since: '{since}' } }],
  ['next', 'all of a range', { ...byHeader, next: { kind: 'none' } }],
])('a declaration with a wrong %s is refused: %s', (member, because, spec) => {
  expect(() => rest(spec)).toThrow(`declaration: ${member}: `);
  expect(() => rest(spec)).toThrow(because);
});
