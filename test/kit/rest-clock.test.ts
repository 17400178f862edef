import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest';
import { lastPosition, pullContext, readAll, scriptedHttp } from '../fakes/scripted-http';

const origin = 'https://vendor.test';
const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'page' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
  until: { delayMs: 120_000 },
  time: 'at',
};
/** Our clock says that the run began at midnight. */
const at = (date: string, items: readonly { readonly at: string }[] = [], next?: string) => ({
  body: { items, ...(next === undefined ? {} : { next }) },
  headers: { date: new Date(date).toUTCString() },
});

test('a read ends by the vendor’s clock where ours is ahead of it, and leaves what is newer for the next one', async () => {
  const old = { at: '2026-11-01T23:47:00.000Z' };
  const fresh = { at: '2026-11-01T23:49:00.000Z' };
  const http = scriptedHttp(origin, [at('2026-11-01T23:50:00Z', [old, fresh])]);
  const pages = await readAll(rest(spec), pullContext(http));
  expect(pages).toEqual([{ records: [old], checkpoint: { since: '2026-11-01T23:48:00.999Z' } }]);
});

test('what the first page says of the clock holds for the whole read', async () => {
  const http = scriptedHttp(origin, [
    at('2026-11-01T23:50:00Z', [{ at: '2026-11-01T01:00:00.000Z' }], 'a'),
    at('2026-11-01T23:59:59Z', [{ at: '2026-11-01T23:49:00.000Z' }]),
  ]);
  expect(lastPosition(await readAll(rest(spec), pullContext(http)))).toEqual({
    since: '2026-11-01T23:48:00.999Z',
  });
});

test.each([
  ['the same time', '2026-11-02T00:00:00Z'],
  ['a later one', '2026-11-02T00:10:00Z'],
])('a vendor whose clock says %s changes nothing', async (_, date) => {
  const http = scriptedHttp(origin, [at(date)]);
  expect(lastPosition(await readAll(rest(spec), pullContext(http)))).toEqual({
    since: '2026-11-01T23:58:00.000Z',
  });
});

test('a read never ends before it began', async () => {
  const http = scriptedHttp(origin, [at('2026-10-01T00:00:00Z')]);
  expect(lastPosition(await readAll(rest(spec), pullContext(http)))).toEqual({
    since: '2026-11-01T00:00:00.000Z',
  });
});
