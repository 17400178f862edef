import type { PullSource, RawRecord } from '../../shared/contract/connector';
import { isBalanced } from '../../shared/contract/checkpoint';
import type { Json, JsonObject } from '../../shared/contract/json';
import type { StoredDeadLetter } from '../../shared/contract/operator';
import type { RunReport } from '../../shared/contract/run';
import { pulledRecord } from '../../shared/admin/dead-letters/redeliver';
import { runToEnd } from '../../shared/values/cooperative';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';
import { event, SAMPLE_TABLE } from '../fakes/scripted-source';

/* A vendor that changes its records in place, with each method of deduplication. */

const TABLE = {
  ...SAMPLE_TABLE,
  columns: { ...SAMPLE_TABLE.columns, AlertId: { type: 'string', from: 'id' } },
} as const;

/** The vendor's records at one run. */
interface Vendor {
  readonly records: readonly RawRecord[];
}
type Way = (vendor: Vendor) => PullSource;

const timeOf = (record: RawRecord): string => (record as { at: string }).at;

/** Read again from its newest time on, inclusive. */
const fromNewest: Way = (vendor) => ({
  table: TABLE,
  async *pull({ newest = '' }) {
    const records = vendor.records.filter((record) => timeOf(record) >= newest);
    yield await Promise.resolve({ records, checkpoint: { read: 1 }, rereads: true });
  },
});

/** Read in windows, and again until the longest lag is over. */
const inWindows: Way = (vendor) => ({
  table: TABLE,
  window: { lag: { minMs: 0, maxMs: 24 * 3_600_000 } },
  async *pull({ window }) {
    const isIn = (at: string): boolean => window !== undefined && at >= window.from && at <= window.to;
    const records = vendor.records.filter((record) => isIn(timeOf(record)));
    yield await Promise.resolve({ records, checkpoint: {}, last: true });
  },
});

/** A page that is requested again and again, because it does not name a next one. */
const pageThatStays: Way = (vendor) => ({
  table: TABLE,
  async *pull() {
    yield await Promise.resolve({ records: vendor.records, checkpoint: {}, stays: true });
  },
});

const ways: readonly (readonly [string, Way])[] = [
  ['its newest time', fromNewest],
  ['its windows', inWindows],
  ['a page that stays', pageThatStays],
];

/** A run half a day later with the stored state, so that open windows are read again. */
async function runLater(harness: PullHarness, source: PullSource): Promise<RunReport> {
  harness.clock.advance(12 * 3_600_000);
  const report = await harness.run(source);
  expect(isBalanced(report)).toBe(true);
  return report;
}

/** Two reads of one record, with a restart in between. */
async function twoLooks(
  way: Way,
  first: RawRecord,
  second: RawRecord,
  declared: Pick<PullSource, 'updates'> = {},
): Promise<{ readonly harness: PullHarness; readonly report: RunReport }> {
  const harness = pullHarness();
  const other = event('z', 5);
  expect(await runLater(harness, { ...way({ records: [other, first] }), ...declared })).toMatchObject({
    accepted: 2,
    duplicate: 0,
  });
  const report = await runLater(harness, { ...way({ records: [other, second] }), ...declared });
  return { harness, report };
}

const open = event('a', 5, { status: 'open' });
const closed = event('a', 5, { status: 'closed' });
const closedLater = event('a', 9, { status: 'closed' });
const inPlace = { updates: 'in-place' } as const;

test.each(ways)('in place, by %s: a changed record is delivered and counted', async (_, way) => {
  const { report, harness } = await twoLooks(way, open, closed, inPlace);
  expect(report).toMatchObject({ accepted: 1, duplicate: 1 });
  expect(harness.sink.rows.map((row) => row['AlertId'])).toEqual(['z', 'a', 'a']);
  expect(new Set(harness.delivered()).size).toBe(3);
  expect((await harness.stored())?.ledger).toMatchObject({ accepted: 3, duplicate: 1 });
});

test.each(ways)('in place, by %s: the same version again is a duplicate', async (_, way) => {
  const { report } = await twoLooks(way, open, open, inPlace);
  expect(report).toMatchObject({ accepted: 0, duplicate: 2 });
  const members = Object.entries(open as JsonObject);
  const turned = await twoLooks(way, open, Object.fromEntries(members.reverse()), inPlace);
  expect(turned.report).toMatchObject({ accepted: 0, duplicate: 2 });
});

test.each(ways)('undeclared, by %s: the same id at the same time is a duplicate', async (_, way) => {
  const { report, harness } = await twoLooks(way, open, closed);
  expect(report).toMatchObject({ accepted: 0, duplicate: 2 });
  expect(harness.delivered()).toEqual(['z', 'a']);
});

test.each(ways)('a change that moves the time, by %s, is delivered, declared or not', async (_, way) => {
  const undeclared = await twoLooks(way, open, closedLater);
  expect(undeclared.report).toMatchObject({ accepted: 1, duplicate: 1 });
  // For a query of each event once, after both versions arrived.
  expect(undeclared.harness.delivered()).toEqual(['z', 'a', 'a']);
  const declared = await twoLooks(way, open, closedLater, inPlace);
  expect(declared.report).toMatchObject({ accepted: 1, duplicate: 1 });
  expect(new Set(declared.harness.delivered()).size).toBe(3);
});

test('each version is remembered, not only the last one', async () => {
  const harness = pullHarness();
  const counts: number[] = [];
  for (const record of [open, closed, open, closed]) {
    const { accepted } = await runLater(harness, { ...fromNewest({ records: [record] }), ...inPlace });
    counts.push(accepted);
  }
  expect(counts).toEqual([1, 1, 0, 0]);
});

test('an undeclared source stores only the vendor’s id of each record', async () => {
  const harness = pullHarness();
  await runLater(harness, fromNewest({ records: [open] }));
  expect((await harness.stored())?.boundary).toEqual({ time: '2026-11-21T00:00:05.000Z', ids: ['a'] });
});

test('a version keeps its EventId, which begins with the vendor’s id, in another run and when its dead letter is replayed', async () => {
  const long = event('a', 5, { details: 'x'.repeat(2_000_000) });
  const source: PullSource = { ...fromNewest({ records: [long] }), ...inPlace };
  const [harness, other] = [pullHarness(), pullHarness()];
  await runLater(harness, source);
  await runLater(other, source);
  expect(harness.delivered()).toEqual([expect.stringMatching(/^a-[0-9a-f]{32}$/)]);
  expect(other.delivered()).toEqual(harness.delivered());
  const [letter] = harness.deadLetters.letters;
  expect(letter).toMatchObject({ cause: 'truncated', eventId: harness.delivered()[0] });
  const format = pulledRecord(source, {
    instance: 'default',
    startedAt: harness.clock.now(),
    sink: harness.sink,
  });
  const stored = letter as unknown as StoredDeadLetter;
  const formatted = runToEnd(format(JSON.parse(stored.record) as Json, stored));
  const row = typeof formatted === 'string' ? '{}' : formatted.text;
  expect(JSON.parse(row)).toMatchObject({ EventId: harness.delivered()[0] });
});
