import { EMPTY_CHECKPOINT, type Checkpoint, type GoneSpan } from '../../shared/contract/checkpoint';
import type { PullSource, Retention } from '../../shared/contract/connector';
import { ContractError } from '../../shared/contract/errors';
import type { Http } from '../../shared/contract/http';
import type { RestSpec } from '../../shared/contract/rest';
import type { RunReport } from '../../shared/contract/run';
import { rest } from '../../shared/kit/rest/rest';
import { pullHarness, HARNESS_ID, type PullHarness } from '../fakes/pull-harness';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { WINDOWED_LOG } from '../fakes/windowed-log';

/* A vendor that answers 400 to requests beyond its retention. The clock stands at 21 November, noon. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const retention: Retention = { days: 30, source: 'https://acme.test/retention' };
const log: RestSpec = { ...WINDOWED_LOG, window: { lag: { minMs: 0, maxMs: 0 }, maxMs: 5 * DAY } };
const feed: RestSpec = {
  base: 'url',
  path: '/feed',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.cursor', send: { in: 'query', name: 'cursor' }, alone: true },
  stop: { on: 'empty-page' },
  resume: 'cursor',
  since: { in: 'query', name: 'since' },
};
const sourceOf = (spec: RestSpec, kept: Retention | null = retention): PullSource => ({
  table: SAMPLE_TABLE,
  pull: rest(spec),
  ...(kept === null ? {} : { retention: kept }),
});

/** One event a day. A cursor is the time of the next event; the vendor does not know one beyond its retention. */
function vendor(harness: PullHarness, daysKept = 30): Http & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async request({ query = {} }) {
      const now = harness.clock.now().getTime();
      const from = String(query['cursor'] ?? query['since']);
      asked.push(from);
      if (Date.parse(from) < now - daysKept * DAY)
        throw new ContractError('asking acme: 400. The request is not what the vendor expects.', {
          status: 400,
        });
      const until = Math.min(now, Date.parse(String(query['until'] ?? '')) || now);
      const items = [];
      let at = Math.ceil(Date.parse(from) / DAY) * DAY;
      for (; at <= until; at += DAY) items.push({ id: String(at / DAY), at: new Date(at).toISOString() });
      // A bounded read has one page.
      const cursor = query['until'] === undefined ? { cursor: new Date(at).toISOString() } : {};
      const body = { items, ...cursor };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  };
}
const ago = (harness: PullHarness, days: number): string =>
  new Date(harness.clock.now().getTime() - days * DAY).toISOString();
const askable = (harness: PullHarness): string =>
  new Date(Date.parse(ago(harness, 30)) + 10 * MINUTE).toISOString();
const gone = ({ gone: spans = [] }: Pick<RunReport, 'gone'>): readonly GoneSpan[] => spans;

test.each([
  ['windows', log],
  ['a cursor', feed],
])('a source with %s begins at the oldest kept event, where START is older', async (_, spec) => {
  const harness = pullHarness();
  const http = vendor(harness);
  const startFrom = new Date(ago(harness, 365));
  const report = await harness.runOver(http, sourceOf(spec), { startFrom });
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30, coveredFrom: askable(harness) });
  expect(http.asked[0]).toBe(askable(harness));
  expect(gone(report)).toEqual([{ from: ago(harness, 365), to: askable(harness), atStart: true }]);
  expect((await harness.stored())?.startFrom).toBe(askable(harness));
  expect(harness.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fields: expect.objectContaining({ from: ago(harness, 365), days: 30 }),
    }),
  );
  harness.clock.advance(DAY);
  expect(gone(await harness.runOver(http, sourceOf(spec), { startFrom }))).toEqual([]);
});

test('a START at the vendor’s retention causes no warning', async () => {
  const harness = pullHarness();
  const startFrom = new Date(ago(harness, 30));
  const report = await harness.runOver(vendor(harness), sourceOf(log), { startFrom });
  expect([report.outcome, gone(report), harness.log.lines]).toEqual(['caught-up', [], []]);
});

test('windows that paused longer than the vendor keeps continue at the oldest kept event, and cover no more', async () => {
  const harness = pullHarness();
  await harness.runOver(vendor(harness), sourceOf(log), { startFrom: new Date(ago(harness, 1)) });
  const slept = harness.clock.now().toISOString();
  harness.clock.advance(40 * DAY);
  const report = await harness.runOver(vendor(harness), sourceOf(log));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30, coveredFrom: askable(harness) });
  expect(gone(report)).toEqual([{ from: slept, to: askable(harness) }]);
  expect((await harness.stored())?.gone).toEqual(gone(report));
  const writes = harness.checkpoints.saved.length;
  expect(gone(await harness.runOver(vendor(harness), sourceOf(log)))).toEqual([]);
  expect(harness.checkpoints.saved).toHaveLength(writes);
});

test('each partition that paused longer than the vendor keeps continues at the oldest kept event', async () => {
  const harness = pullHarness();
  const source: PullSource = {
    ...sourceOf({ ...log, path: '/log/{partition}' }),
    partitions: async () => ['north', 'south'],
  };
  await harness.runOver(vendor(harness), source, { startFrom: new Date(ago(harness, 1)) });
  const slept = harness.clock.now().toISOString();
  harness.clock.advance(40 * DAY);
  const http = vendor(harness);
  const report = await harness.runOver(http, source);
  expect(report).toMatchObject({ outcome: 'caught-up', fetched: 60, coveredFrom: askable(harness) });
  expect(http.asked.filter((from) => from === askable(harness))).toHaveLength(2);
  expect(gone(report)).toEqual([{ from: slept, to: askable(harness) }]);
});

test('a window that stopped between two pages begins again at the oldest kept event', async () => {
  const harness = pullHarness();
  const from = ago(harness, 40);
  const to = ago(harness, 20);
  const saved: Checkpoint = {
    ...EMPTY_CHECKPOINT,
    startFrom: from,
    position: { cursor: from, since: from, until: to },
  };
  harness.checkpoints.seed(HARNESS_ID, saved);
  const http = vendor(harness);
  const report = await harness.runOver(http, sourceOf(log));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30 });
  expect(http.asked[0]).toBe(askable(harness));
  expect(gone(report)).toEqual([{ from, to: askable(harness) }]);
});

test('a state set to before the vendor’s retention loses only that range, in every kind of source', async () => {
  for (const spec of [log, feed]) {
    const harness = pullHarness();
    harness.checkpoints.seed(HARNESS_ID, {
      ...EMPTY_CHECKPOINT,
      startFrom: ago(harness, 365),
      savedAt: ago(harness, 0),
    });
    const report = await harness.runOver(vendor(harness), sourceOf(spec));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30, coveredFrom: askable(harness) });
    expect(gone(report)).toEqual([{ from: ago(harness, 365), to: askable(harness) }]);
  }
});

test('with a cursor that the vendor forgot the source continues at the oldest kept event', async () => {
  const harness = pullHarness();
  await harness.runOver(vendor(harness), sourceOf(feed), { startFrom: new Date(ago(harness, 2)) });
  const newest = (await harness.stored())?.boundary?.time ?? '';
  harness.clock.advance(40 * DAY);
  const report = await harness.runOver(vendor(harness), sourceOf(feed));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30 });
  expect(gone(report)).toEqual([{ from: newest, to: askable(harness) }]);
});

test('a cursor that is refused while the newest event is still kept stays, and the error says how to continue', async () => {
  const harness = pullHarness();
  const startFrom = new Date(ago(harness, 2));
  await harness.runOver(vendor(harness), sourceOf(feed), { startFrom });
  const before = await harness.stored();
  harness.clock.advance(5 * DAY);
  const report = await harness.runOver(vendor(harness, 3), sourceOf(feed));
  expect(report.error?.name).toBe('ContractError');
  expect(report.error?.message).toContain(
    `npx tributary state set acme/alerts --since ${before?.boundary?.time ?? ''}`,
  );
  expect(await harness.stored()).toEqual(before);
});

test('for a start that is refused without a declared retention the error says how to continue', async () => {
  const harness = pullHarness();
  const startFrom = new Date(ago(harness, 40));
  const { error } = await harness.runOver(vendor(harness), sourceOf(log, null), { startFrom });
  expect(error?.message).toContain(
    `keeps what happened at ${ago(harness, 40)}, where the source begins, give it a later time with "npx tributary state set acme/alerts --since`,
  );
});

test('a backfill slice reads what is left of its range, and covers only that', async () => {
  const harness = pullHarness();
  const range = { from: ago(harness, 35), to: ago(harness, 25), ownsFrom: true, ownsTo: false };
  const id = { ...HARNESS_ID, part: 'abc.0' };
  const first = await harness.runOver(vendor(harness), sourceOf(log), { id, range });
  expect(first).toMatchObject({
    outcome: 'caught-up',
    accepted: 5,
    coveredFrom: askable(harness),
    coveredTo: range.to,
  });
  expect(gone(first)).toEqual([{ from: range.from, to: askable(harness) }]);
  const late = { ...range, from: ago(harness, 60), to: ago(harness, 50) };
  const other = await harness.runOver(vendor(harness), sourceOf(log), {
    id: { ...id, part: 'abc.1' },
    range: late,
  });
  expect(other).toMatchObject({ outcome: 'caught-up', fetched: 0 });
  expect(other.coveredFrom).toBeUndefined();
});

test('events kept for a shorter time are reported separately, and at the start they are not lost', async () => {
  const except = { what: 'Git events', days: 7 };
  const harness = pullHarness();
  const source = sourceOf(log, { ...retention, except });
  const started = await harness.runOver(vendor(harness), source, { startFrom: new Date(ago(harness, 10)) });
  expect(gone(started)).toEqual([
    { from: ago(harness, 10), to: ago(harness, 7), what: 'Git events', atStart: true },
  ]);
  const slept = harness.clock.now().toISOString();
  harness.clock.advance(20 * DAY);
  const report = await harness.runOver(vendor(harness), source);
  expect(report).toMatchObject({ outcome: 'caught-up', coveredFrom: slept });
  expect(gone(report)).toEqual([{ from: slept, to: ago(harness, 7), what: 'Git events' }]);
});
