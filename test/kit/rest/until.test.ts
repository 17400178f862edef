import type { PullContext } from '../../../shared/contract/connector';
import type { Http } from '../../../shared/contract/http';
import type { RestSpec } from '../../../shared/contract/rest';
import type { PullWindow } from '../../../shared/contract/windows';
import { rest } from '../../../shared/kit/rest/rest';
import { pullContext, readAll, scriptedHttp, type ScriptedAnswer } from '../../fakes/scripted-http';

const origin = 'https://vendor.test';
const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from', format: 'epoch-s' },
  until: { in: 'query', name: 'to', format: 'epoch-s' },
  window: { lag: { minMs: 120_000, maxMs: 120_000 } },
};
const from = '2026-11-01T00:00:00.000Z';
const until = '2026-11-01T23:58:00.000Z';
const window: PullWindow = { lane: 'live', from, to: until };
const contextOf = (http: Http, parts: Partial<PullContext> = {}): PullContext =>
  pullContext(http, { window, ...parts });
const toSeconds = (time: string): number => Date.parse(time) / 1_000;
const event = (at: string | null, id = at): { readonly at: string | null; readonly id: string | null } => ({
  at,
  id,
});

test('a window is requested with both bounds, on every page, and ends with its last one', async () => {
  const http = scriptedHttp(origin, [{ body: { items: [], next: 'a' } }, { body: { items: [] } }]);
  const pages = await readAll(rest(spec), contextOf(http));
  const bounds = { from: toSeconds(from), to: toSeconds(until) };
  expect(http.asked.map(({ query }) => query)).toEqual([bounds, { ...bounds, page: 'a' }]);
  expect(pages.map(({ last, rereads }) => [last, rereads])).toEqual([
    [undefined, true],
    [true, undefined],
  ]);
});

test('a position between two pages keeps the bounds of its read, even if the window changed', async () => {
  const http = scriptedHttp(origin, [
    { body: { items: [event('2026-11-01T01:00:00.000Z')], next: 'a' } },
    { body: { items: [] } },
    { body: { items: [] } },
  ]);
  const [page] = await readAll(rest(spec), contextOf(http));
  expect(page?.checkpoint).toEqual({ cursor: 'a', since: from, until });
  const rest1 = { ...window, from: '2026-11-01T01:00:00.000Z' };
  await readAll(rest(spec), contextOf(http, { checkpoint: page?.checkpoint ?? null, window: rest1 }));
  expect(http.asked[2]?.query).toEqual({ page: 'a', from: toSeconds(from), to: toSeconds(until) });
});

test('records newer than the end are left to another window; records without a time are not', async () => {
  const items = [
    event('2026-11-01T23:57:59.999Z'),
    event('2026-11-01T23:58:00.001Z'),
    event(null),
    event(until),
  ];
  const http = scriptedHttp(origin, [{ body: { items } }]);
  const { until: _, ...endless } = spec;
  const pages = await readAll(rest(endless), contextOf(http));
  expect(http.asked[0]?.query).toEqual({ from: toSeconds(from) });
  expect(pages).toMatchObject([{ records: [items[0], items[2], items[3]], last: true }]);
});

test('records too far in the future for any window are delivered at once', async () => {
  const items = [
    event('2026-11-02T00:14:59.000Z'),
    event('2026-11-02T00:15:01.000Z'),
    event('9999-12-31T23:59:59.000Z'),
  ];
  const { until: _, ...endless } = spec;
  const pages = await readAll(rest(endless), contextOf(scriptedHttp(origin, [{ body: { items } }])));
  expect(pages).toMatchObject([{ records: items.slice(1), last: true }]);
});

test('without an end parameter a read stops at newer records, unless the vendor returns the newest first', async () => {
  const page = { items: [event(from), event('2026-11-02T00:00:00.000Z')], next: 'a' };
  const { until: _, ...endless } = spec;
  const http = scriptedHttp(origin, [{ body: page }, { body: page }, { body: { items: [] } }]);
  expect(await readAll(rest(endless), contextOf(http))).toHaveLength(1);
  const falling = { ...endless, window: { ...spec.window, order: 'newest-first' } } as RestSpec;
  expect(await readAll(rest(falling), contextOf(http))).toHaveLength(2);
});

describe('a vendor that always names a next page', () => {
  const tail = { ...spec, resume: 'cursor', stop: { on: 'empty-page' } } as const;
  const full = (next?: string): ScriptedAnswer => ({
    body: { items: [event(from)], ...(next === undefined ? {} : { next }) },
  });
  const empty = (next: string): ScriptedAnswer => ({ body: { items: [], next } });
  const lasts = async (answers: readonly ScriptedAnswer[]): Promise<readonly (boolean | undefined)[]> => {
    const pages = await readAll(rest(tail), contextOf(scriptedHttp(origin, answers)));
    return pages.map(({ last }) => last);
  };
  const on = undefined;

  test.each([
    ['names none at the end of a window', [full()], [true]],
    ['gives an empty page in the middle', [full('a'), empty('b'), full()], [on, on, true]],
    ['gives empty pages from the first on', [empty('a'), empty('b'), full()], [on, on, true]],
    ['names the same page again', [full('a'), empty('a')], [on, true]],
    [
      'never stops naming one',
      [full('a'), ...['b', 'c', 'd', 'e', 'f'].map(empty)],
      [on, on, on, on, on, true],
    ],
    [
      'gives a few empty pages twice',
      [empty('a'), empty('b'), empty('c'), full('d'), empty('e'), empty('f'), full()],
      [on, on, on, on, on, on, true],
    ],
  ])('that %s has returned the whole window', async (_, answers, expected) => {
    expect(await lasts(answers)).toEqual(expected);
  });

  test('that names the same page again beside records fails the run', async () => {
    await expect(lasts([full('a'), full('a')])).rejects.toThrow('the same next page twice');
  });
});

test.each([
  ['a number', { since: 5 }],
  ['no time', { since: 'yesterday' }],
  ['an end without a cursor', { since: until, until }],
  ['an end that is not a time', { cursor: 'a', since: until, until: 'x' }],
  ['a member it did not write', { since: until, page: 1 }],
])('a checkpoint with %s is refused', async (_, checkpoint) => {
  const run = readAll(rest(spec), contextOf(scriptedHttp(origin, []), { checkpoint }));
  await expect(run).rejects.toThrow('its position was not written by');
});

test('a cursor that is sent alone and forgets the end: newer records are left out, and the read continues to its last page', async () => {
  const forgetful: RestSpec = {
    ...spec,
    method: 'POST',
    body: { limit: 2 },
    next: { kind: 'cursor', from: '$.cursor', send: { in: 'body', name: 'cursor' }, alone: true },
    stop: { on: 'unless', path: '$.more' },
    resume: 'cursor',
    since: { in: 'body', name: 'start' },
    until: { in: 'body', name: 'end' },
  };
  const [inside, late, after] = [event(from), event(until, 'late'), event('2026-11-02T00:00:00.000Z')];
  const http = scriptedHttp(origin, [
    { body: { items: [inside, after], cursor: 'a', more: true } },
    { body: { items: [after, late], cursor: 'b', more: true } },
    { body: { items: [after], cursor: 'c', more: false } },
  ]);
  const pages = await readAll(rest(forgetful), contextOf(http));
  expect(http.asked.map(({ body }) => JSON.parse(Buffer.from(body ?? '').toString()) as unknown)).toEqual([
    { limit: 2, start: from, end: until },
    { cursor: 'a' },
    { cursor: 'b' },
  ]);
  expect(pages.flatMap(({ records }) => records)).toEqual([inside, late]);
  expect(pages.at(-1)?.last).toBe(true);
  const live = scriptedHttp(origin, [{ body: { items: [after], cursor: 'a', more: false } }]);
  const followed = await readAll(rest(forgetful), pullContext(live));
  expect(live.asked.map(({ body }) => JSON.parse(Buffer.from(body ?? '').toString()) as unknown)).toEqual([
    { limit: 2, start: from },
  ]);
  expect(followed).toMatchObject([{ records: [after], checkpoint: { cursor: 'a' } }]);
});
