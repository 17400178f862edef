import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest';
import { lastPosition, pullContext, readAll, scriptedHttp } from '../fakes/scripted-http';

const origin = 'https://vendor.test';
/** Of a run on 2 November, midnight: until two minutes before. */
const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from', format: 'epoch-s' },
  until: { delayMs: 120_000, send: { in: 'query', name: 'to', format: 'epoch-s' } },
  time: 'at',
};
const until = '2026-11-01T23:58:00.000Z';
const toSeconds = (time: string): number => Date.parse(time) / 1_000;
const event = (at: string | null, id = at): { readonly at: string | null; readonly id: string | null } => ({
  at,
  id,
});

test('a read is asked for up to the delay before the run, on every page', async () => {
  const http = scriptedHttp(origin, [{ body: { items: [], next: 'a' } }, { body: { items: [] } }]);
  await readAll(rest(spec), pullContext(http));
  const bounds = { from: toSeconds('2026-11-01T00:00:00Z'), to: toSeconds(until) };
  expect(http.asked.map(({ query }) => query)).toEqual([bounds, { ...bounds, page: 'a' }]);
});

test('the next read begins where the last one ended, and says that it shows that moment again', async () => {
  const http = scriptedHttp(origin, [{ body: { items: [] } }, { body: { items: [event(until)] } }]);
  const first = await readAll(rest(spec), pullContext(http));
  const checkpoint = lastPosition(first) ?? null;
  const startedAt = new Date('2026-11-02T00:05:00Z');
  const newest = '2026-11-01T12:00:00.000Z';
  const second = await readAll(rest(spec), pullContext(http, { checkpoint, newest, startedAt }));
  expect(checkpoint).toEqual({ since: until });
  expect(http.asked[1]?.query).toEqual({ from: toSeconds(until), to: toSeconds(until) + 300 });
  expect(second).toEqual([
    { records: [event(until)], checkpoint: { since: '2026-11-02T00:03:00.000Z' }, rereads: true },
  ]);
});

test('a position between two pages keeps the end of its read, also in a later run', async () => {
  const http = scriptedHttp(origin, [
    { body: { items: [event('2026-11-01T01:00:00.000Z')], next: 'a' } },
    { body: { items: [] } },
    { body: { items: [] } },
  ]);
  const [page] = await readAll(rest(spec), pullContext(http));
  expect(page?.checkpoint).toEqual({ cursor: 'a', since: '2026-11-01T00:00:00.000Z', until });
  const startedAt = new Date('2026-11-02T05:00:00Z');
  const later = pullContext(http, { checkpoint: page?.checkpoint ?? null, startedAt });
  expect(lastPosition(await readAll(rest(spec), later))).toEqual({ since: until });
  expect(http.asked[2]?.query).toMatchObject({ page: 'a', to: toSeconds(until) });
});

test.each([
  ['the last read ended there', { checkpoint: { since: until } }],
  ['a source begins now', { startFrom: new Date('2026-11-02T00:00:00Z') }],
  ['less than the format can say is left', { checkpoint: { since: '2026-11-01T23:58:00.000Z' } }],
])('nothing is asked when %s', async (_, parts) => {
  const http = scriptedHttp(origin, []);
  expect(await readAll(rest(spec), pullContext(http, parts))).toEqual([]);
  expect(http.asked).toEqual([]);
});

test('what is newer than the end is left for the next read, what says no time is not', async () => {
  const items = [
    event('2026-11-01T23:57:59.999Z'),
    event('2026-11-01T23:58:00.001Z'),
    event(null),
    event(until),
  ];
  const http = scriptedHttp(origin, [{ body: { items } }]);
  const pages = await readAll(rest({ ...spec, until: { delayMs: 120_000 } }), pullContext(http));
  expect(http.asked[0]?.query).toEqual({ from: toSeconds('2026-11-01T00:00:00Z') });
  expect(pages).toEqual([{ records: [items[0], items[2], items[3]], checkpoint: { since: until } }]);
});

test('the end is a time that both bounds can hold', async () => {
  const http = scriptedHttp(origin, [{ body: { items: [] } }]);
  const startedAt = new Date('2026-11-02T00:00:00.789Z');
  const fine = { ...spec, since: { in: 'query', name: 'from', format: 'epoch-ms' } } as const;
  const pages = await readAll(rest(fine), pullContext(http, { startedAt }));
  expect(lastPosition(pages)).toEqual({ since: until });
});

test.each([
  ['a number', { since: 5 }],
  ['no time', { since: 'yesterday' }],
  ['an end without a cursor', { since: until, until }],
  ['an end that is no time', { cursor: 'a', since: until, until: 'x' }],
  ['a member it did not write', { since: until, page: 1 }],
])('a checkpoint with %s is refused', async (_, checkpoint) => {
  const run = readAll(rest(spec), pullContext(scriptedHttp(origin, []), { checkpoint }));
  await expect(run).rejects.toThrow('the saved position is damaged');
});

test('a position of a version that knew no end is gone on with', async () => {
  const http = scriptedHttp(origin, [{ body: { items: [] } }, { body: { items: [] } }]);
  const newest = '2026-11-01T10:00:00.000Z';
  await readAll(rest(spec), pullContext(http, { checkpoint: {}, newest }));
  await readAll(rest(spec), pullContext(http, { checkpoint: { cursor: 'a', since: newest } }));
  expect(http.asked.map(({ query }) => query?.['to'])).toEqual([toSeconds(until), toSeconds(until)]);
});
