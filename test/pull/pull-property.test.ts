import { isBalanced } from '../../shared/contract/checkpoint';
import type { RawRecord } from '../../shared/contract/connector';
import { UnavailableError } from '../../shared/contract/errors';
import { textsOf } from '../fakes/batches';
import { HOSTILE_RECORDS } from '../fakes/hostile-records';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';
import { event, NO_ID_TABLE, SAMPLE_TABLE, scriptedSource, type Step } from '../fakes/scripted-source';

type Random = (below: number) => number;

/** A small random generator: the same numbers for the same seed. */
function numbers(seed: number): Random {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Small, so that tests often reach it. */
const HOSTILE = Object.entries(HOSTILE_RECORDS)
  .filter(([name]) => !/MB|KB|20,000/.test(name))
  .map(([, record]) => record);

/** Random records: events within a few seconds, equal ones, unwanted ones, hostile ones. */
function randomPage(random: Random, serial: () => number): RawRecord[] {
  return Array.from({ length: random(6) }, () => {
    const kind = random(10);
    if (kind === 0) return HOSTILE[random(HOSTILE.length)] ?? null;
    if (kind === 1) return event('again', random(3));
    if (kind === 2) return event(`away ${serial()}`, random(60), { away: true });
    return event(`event-${serial()}`, Math.min(59, Math.floor(serial() / 10)));
  });
}

const keep = (record: RawRecord): boolean => (record as { away?: boolean } | null)?.away !== true;

/** Makes calls of the sink, the checkpoints and the dead letters fail at random. */
function trouble(harness: PullHarness, random: Random): void {
  const fail = (): UnavailableError | undefined =>
    random(8) === 0 ? new UnavailableError('trouble.') : undefined;
  const throwNowAndThen = (): void => {
    const error = fail();
    if (error !== undefined) throw error;
  };
  harness.sink.answer = ({ count }) => (count > 2 && random(3) === 0 ? 'too-large' : fail());
  harness.checkpoints.beforeSave = throwNowAndThen;
  harness.deadLetters.beforePut = throwNowAndThen;
}

/** Ends all failures. */
function calm(harness: PullHarness): void {
  harness.sink.answer = () => undefined;
  harness.checkpoints.beforeSave = () => undefined;
  harness.deadLetters.beforePut = () => undefined;
}

describe.each([
  ['with ids', SAMPLE_TABLE],
  ['without ids', NO_ID_TABLE],
])('a feed %s, through random faults', (_, table) => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'accounts for every record: seed %i',
    async (seed) => {
      const [harness, random, script] = [pullHarness(), numbers(seed), [] as Step[]];
      let count = 0;
      const pages: RawRecord[][] = [];
      for (let run = 0; run < 12; run++) {
        for (let more = random(4); more > 0; more--) pages.push(randomPage(random, () => count++));
        script.splice(0, script.length, ...pages);
        if (random(4) === 0) script.push(new Error('the vendor is odd'));
        trouble(harness, random);
        const deadline = new Date(harness.clock.now().getTime() + (random(3) === 0 ? -1 : 3_600_000));
        const report = await harness.run(scriptedSource(script, { table, keep }), { deadline });
        const stored = await harness.stored();
        expect([isBalanced(report), isBalanced(stored!.ledger), stored!.ledger.pending]).toEqual([
          true,
          true,
          0,
        ]);
      }
      calm(harness);
      expect(await harness.run(scriptedSource(pages, { table, keep }))).toMatchObject({
        outcome: 'caught-up',
        pending: 0,
      });
      expect(accountOf(harness, pages)).toMatchObject({
        missing: [],
        fetched: (await harness.stored())?.ledger.fetched,
      });
    },
  );
});

/** The events that never arrived, and the number of records. */
function accountOf(
  harness: PullHarness,
  pages: readonly (readonly RawRecord[])[],
): { missing: string[]; fetched: number } {
  const arrived = new Set(harness.sink.rows.map((row) => row['Name'] as string));
  const names = pages.flat().map((record) => String((record as { name?: string } | null)?.name));
  const missing = names.filter((name) => name.startsWith('event event-') && !arrived.has(name));
  return { missing, fetched: pages.flat().length };
}

test('rows with the same text are counted one by one when the sink refuses them', async () => {
  const harness = pullHarness();
  const [older, newer] = [event('same', 0), event('newer', 9)];
  harness.sink.answer = (batch) =>
    textsOf(batch).some((row) => row.includes('event same')) ? 'too-large' : 'accepted';
  const report = await harness.run(scriptedSource([[newer, older, older]]));
  expect(report).toMatchObject({ fetched: 3, accepted: 1, deadLettered: 2 });
  expect(harness.deadLetters.letters).toMatchObject([
    { cause: 'too-large', eventId: 'same' },
    { cause: 'too-large', eventId: 'same' },
  ]);
});

test('a row with a cut field counts as accepted, and its whole record is a dead letter', async () => {
  const harness = pullHarness();
  const report = await harness.run(scriptedSource([[event('a', 0, { name: 'x'.repeat(70_000) })]]));
  expect(report).toMatchObject({ fetched: 1, accepted: 1, deadLettered: 0 });
  expect(harness.deadLetters.letters).toMatchObject([{ cause: 'truncated', eventId: 'a' }]);
});

describe('a re-read', () => {
  test('drops and counts what was delivered at the newest time, and accepts new records there', async () => {
    const harness = pullHarness();
    const first = [event('a', 1), event('b', 2), event('c', 2)];
    await harness.run(scriptedSource([first], { rereads: true }));
    const second = [event('b', 2), event('late', 2), event('c', 2), event('d', 3)];
    const report = await harness.run(scriptedSource([first, second], { rereads: true }));
    expect(report).toMatchObject({ fetched: 4, accepted: 2, duplicate: 2 });
    expect(harness.delivered()).toEqual(['a', 'b', 'c', 'late', 'd']);
  });

  test('without ids drops as many equal records as were delivered', async () => {
    const harness = pullHarness();
    const first = [event('x', 2), event('x', 2)];
    const second = [event('x', 2), event('x', 2), event('x', 2), event('y', 2)];
    const options = { rereads: true, table: NO_ID_TABLE };
    await harness.run(scriptedSource([first], options));
    const report = await harness.run(scriptedSource([first, second], options));
    expect(report).toMatchObject({ fetched: 4, accepted: 2, duplicate: 2 });
    expect(new Set(harness.delivered()).size).toBe(4);
  });
});

test('equal records without ids on a later page are new where nothing is read again', async () => {
  const harness = pullHarness();
  const script = [[event('x', 2)], [event('x', 2)]];
  expect(await harness.run(scriptedSource(script, { table: NO_ID_TABLE }))).toMatchObject({
    accepted: 2,
    duplicate: 0,
  });
});

test('an event in the future is delivered, and does not move where the next read begins', async () => {
  const harness = pullHarness();
  await harness.run(scriptedSource([[event('a', 1), { id: 'wrong clock', at: '2099-01-01T00:00:00Z' }]]));
  expect(await harness.stored()).toMatchObject({
    boundary: { time: '2026-11-21T00:00:01.000Z', ids: ['a'] },
  });
  expect(harness.delivered()).toEqual(['a', 'wrong clock']);
});
