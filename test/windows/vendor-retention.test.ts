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

/* A vendor that answers 400 to whoever asks for what it does not keep any more. The clock stands at 21 November, noon. */

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

/** One event a day. A cursor is the time of the next event; one that is older than the vendor keeps is unknown to it. */
function vendor(rig: PullHarness, daysKept = 30): Http & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async request({ query = {} }) {
      const now = rig.clock.now().getTime();
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
      // Of a bounded read everything is on one page.
      const cursor = query['until'] === undefined ? { cursor: new Date(at).toISOString() } : {};
      const body = { items, ...cursor };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => body };
    },
  };
}
const ago = (rig: PullHarness, days: number): string =>
  new Date(rig.clock.now().getTime() - days * DAY).toISOString();
const askable = (rig: PullHarness): string => new Date(Date.parse(ago(rig, 30)) + 10 * MINUTE).toISOString();
const gone = ({ gone: spans = [] }: Pick<RunReport, 'gone'>): readonly GoneSpan[] => spans;

test.each([
  ['windows', log],
  ['a cursor', feed],
])('a source with %s begins at what is left, where START is older', async (_, spec) => {
  const rig = pullHarness();
  const http = vendor(rig);
  const startFrom = new Date(ago(rig, 365));
  const report = await rig.runOver(http, sourceOf(spec), { startFrom });
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30, coveredFrom: askable(rig) });
  expect(http.asked[0]).toBe(askable(rig));
  expect(gone(report)).toEqual([{ from: ago(rig, 365), to: askable(rig), atStart: true }]);
  expect((await rig.stored())?.startFrom).toBe(askable(rig));
  expect(rig.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fields: expect.objectContaining({ from: ago(rig, 365), days: 30 }),
    }),
  );
  rig.clock.advance(DAY);
  expect(gone(await rig.runOver(http, sourceOf(spec), { startFrom }))).toEqual([]);
});

test('whoever asks for just what is kept is told nothing', async () => {
  const rig = pullHarness();
  const startFrom = new Date(ago(rig, 30));
  const report = await rig.runOver(vendor(rig), sourceOf(log), { startFrom });
  expect([report.outcome, gone(report), rig.log.lines]).toEqual(['caught-up', [], []]);
});

test('windows that slept longer than the vendor keeps go on at what is left, and vouch for no more', async () => {
  const rig = pullHarness();
  await rig.runOver(vendor(rig), sourceOf(log), { startFrom: new Date(ago(rig, 1)) });
  const slept = rig.clock.now().toISOString();
  rig.clock.advance(40 * DAY);
  const report = await rig.runOver(vendor(rig), sourceOf(log));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30, coveredFrom: askable(rig) });
  expect(gone(report)).toEqual([{ from: slept, to: askable(rig) }]);
  expect((await rig.stored())?.gone).toEqual(gone(report));
  const writes = rig.checkpoints.saved.length;
  expect(gone(await rig.runOver(vendor(rig), sourceOf(log)))).toEqual([]);
  expect(rig.checkpoints.saved).toHaveLength(writes);
});

test('each partition that slept longer than the vendor keeps goes on at what is left', async () => {
  const rig = pullHarness();
  const source: PullSource = {
    ...sourceOf({ ...log, path: '/log/{partition}' }),
    partitions: async () => ['north', 'south'],
  };
  await rig.runOver(vendor(rig), source, { startFrom: new Date(ago(rig, 1)) });
  const slept = rig.clock.now().toISOString();
  rig.clock.advance(40 * DAY);
  const http = vendor(rig);
  const report = await rig.runOver(http, source);
  expect(report).toMatchObject({ outcome: 'caught-up', fetched: 60, coveredFrom: askable(rig) });
  expect(http.asked.filter((from) => from === askable(rig))).toHaveLength(2);
  expect(gone(report)).toEqual([{ from: slept, to: askable(rig) }]);
});

test('a window that stood between two pages begins again at what is left', async () => {
  const rig = pullHarness();
  const from = ago(rig, 40);
  const to = ago(rig, 20);
  const saved: Checkpoint = {
    ...EMPTY_CHECKPOINT,
    startFrom: from,
    position: { cursor: from, since: from, until: to },
  };
  rig.checkpoints.seed(HARNESS_ID, saved);
  const http = vendor(rig);
  const report = await rig.runOver(http, sourceOf(log));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30 });
  expect(http.asked[0]).toBe(askable(rig));
  expect(gone(report)).toEqual([{ from, to: askable(rig) }]);
});

test('a state that was set to before what is kept is gone from there on, in every kind of source', async () => {
  for (const spec of [log, feed]) {
    const rig = pullHarness();
    rig.checkpoints.seed(HARNESS_ID, { ...EMPTY_CHECKPOINT, startFrom: ago(rig, 365), savedAt: ago(rig, 0) });
    const report = await rig.runOver(vendor(rig), sourceOf(spec));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30, coveredFrom: askable(rig) });
    expect(gone(report)).toEqual([{ from: ago(rig, 365), to: askable(rig) }]);
  }
});

test('a cursor that the vendor has forgotten: the source goes on at what is left', async () => {
  const rig = pullHarness();
  await rig.runOver(vendor(rig), sourceOf(feed), { startFrom: new Date(ago(rig, 2)) });
  const newest = (await rig.stored())?.boundary?.time ?? '';
  rig.clock.advance(40 * DAY);
  const report = await rig.runOver(vendor(rig), sourceOf(feed));
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: 30 });
  expect(gone(report)).toEqual([{ from: newest, to: askable(rig) }]);
});

test('a cursor that is refused while the newest event is still kept is not left: how to go on is said', async () => {
  const rig = pullHarness();
  const startFrom = new Date(ago(rig, 2));
  await rig.runOver(vendor(rig), sourceOf(feed), { startFrom });
  const before = await rig.stored();
  rig.clock.advance(5 * DAY);
  const report = await rig.runOver(vendor(rig, 3), sourceOf(feed));
  expect(report.error?.name).toBe('ContractError');
  expect(report.error?.message).toContain(
    `npx tributary state set acme/alerts --since ${before?.boundary?.time ?? ''}`,
  );
  expect(await rig.stored()).toEqual(before);
});

test('a start that is refused, where the vendor says nothing of what it keeps: how to go on is said', async () => {
  const rig = pullHarness();
  const startFrom = new Date(ago(rig, 40));
  const { error } = await rig.runOver(vendor(rig), sourceOf(log, null), { startFrom });
  expect(error?.message).toContain(
    `keeps what happened at ${ago(rig, 40)}, where the source begins, give it a later time with "npx tributary state set acme/alerts --since`,
  );
});

test('a part of a backfill reads what is left of its range, and vouches for that alone', async () => {
  const rig = pullHarness();
  const range = { from: ago(rig, 35), to: ago(rig, 25), ownsFrom: true, ownsTo: false };
  const id = { ...HARNESS_ID, part: 'abc.0' };
  const first = await rig.runOver(vendor(rig), sourceOf(log), { id, range });
  expect(first).toMatchObject({
    outcome: 'caught-up',
    accepted: 5,
    coveredFrom: askable(rig),
    coveredTo: range.to,
  });
  expect(gone(first)).toEqual([{ from: range.from, to: askable(rig) }]);
  const late = { ...range, from: ago(rig, 60), to: ago(rig, 50) };
  const other = await rig.runOver(vendor(rig), sourceOf(log), { id: { ...id, part: 'abc.1' }, range: late });
  expect(other).toMatchObject({ outcome: 'caught-up', fetched: 0 });
  expect(other.coveredFrom).toBeUndefined();
});

test('what is kept for a shorter time is told apart, and at the start nobody misses it', async () => {
  const except = { what: 'Git events', days: 7 };
  const rig = pullHarness();
  const source = sourceOf(log, { ...retention, except });
  const started = await rig.runOver(vendor(rig), source, { startFrom: new Date(ago(rig, 10)) });
  expect(gone(started)).toEqual([{ from: ago(rig, 10), to: ago(rig, 7), what: 'Git events', atStart: true }]);
  const slept = rig.clock.now().toISOString();
  rig.clock.advance(20 * DAY);
  const report = await rig.runOver(vendor(rig), source);
  expect(report).toMatchObject({ outcome: 'caught-up', coveredFrom: slept });
  expect(gone(report)).toEqual([{ from: slept, to: ago(rig, 7), what: 'Git events' }]);
});
