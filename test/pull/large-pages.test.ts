import type { PullSource, RawRecord } from '../../shared/contract/connector';
import { pauseMeter } from '../../shared/values/cooperative';
import { learnLateness } from '../../shared/windows/lateness';
import { takeRecords } from '../../shared/kit/rest/take-records';
import { packHashes, dedupHash } from '../../shared/windows/dedup-hash';
import { pullHarness } from '../fakes/pull-harness';
import { SAMPLE_TABLE } from '../fakes/scripted-source';

/* Code that iterates all records of a page yields to the event loop. The bench measures how long that takes. */

const COUNT = 20_000;

/** Pauses after this many records, whatever their length. */
const pausesOf = (count: number): number => {
  const isPauseDue = pauseMeter();
  return Array.from({ length: count }, () => isPauseDue(0)).filter(Boolean).length;
};
const PAUSES = pausesOf(COUNT);

/** How often other code got a turn during some work. */
async function turnsWhile(work: () => Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false];
  const look = (): void => {
    turns++;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isDone = true;
  return turns;
}

const NOON = Date.parse('2026-11-21T12:00:00Z');
const records = (count: number): RawRecord[] =>
  Array.from({ length: count }, (_, at) => ({ id: `e${at}`, at: new Date(NOON - count + at).toISOString() }));

test('reading the times of a large page pauses', async () => {
  const end = { time: 'at', until: undefined, now: new Date(NOON) };
  expect(await turnsWhile(() => takeRecords(records(COUNT), end))).toBeGreaterThanOrEqual(PAUSES);
});

test.each([
  [
    'learning how late events are',
    () => learnLateness(undefined, new Array<number>(COUNT).fill(1_000), '2026-11-21T12:00:00.000Z'),
  ],
  [
    'packing the dedup index',
    () => packHashes(Array.from({ length: COUNT }, (_, at) => dedupHash('key', undefined, `${at}`))),
  ],
])('%s pauses', (_, work) => {
  expect([...work()].length).toBeGreaterThanOrEqual(PAUSES);
});

test('delivering a large page of a window pauses', async () => {
  const harness = pullHarness();
  const all = records(COUNT);
  const source: PullSource = {
    table: SAMPLE_TABLE,
    window: { lag: { minMs: 60_000, maxMs: 60_000 } },
    async *pull({ window: { from = '', to = '' } = { from: '', to: '', lane: 'live' } }) {
      const shown = all.filter(
        (one) => from <= (one as { at: string }).at && (one as { at: string }).at <= to,
      );
      yield await Promise.resolve({ records: shown, checkpoint: {}, last: true });
    },
  };
  const begunAt = new Date(NOON - COUNT);
  harness.clock.advance(NOON + 120_000 - harness.clock.now().getTime());
  const turns = await turnsWhile(async () => {
    expect(await harness.run(source, { startFrom: begunAt })).toMatchObject({
      outcome: 'caught-up',
      accepted: COUNT,
    });
  });
  // Its order, time range, rows, lag, remembered ids and dead letters.
  expect(turns).toBeGreaterThanOrEqual(6 * PAUSES);
});
