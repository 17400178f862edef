import fc from 'fast-check';
import { EMPTY_CHECKPOINT, isBalanced } from '../../shared/contract/checkpoint';
import { ContractError, SettingError, UnavailableError } from '../../shared/contract/errors';
import type { JsonObject } from '../../shared/contract/json';
import type { WindowSpec } from '../../shared/contract/windows';
import { stringifyJson } from '../../shared/values/json/json';
import { lateVendor, type LateEvent, type LateVendorOptions } from '../fakes/late-vendor';
import { pullHarness, HARNESS_ID, type PullHarness } from '../fakes/pull-harness';

const MINUTE = 60_000;
const START = Date.parse('2026-11-21T12:00:00Z');
const spec: WindowSpec = { lag: { minMs: 2 * MINUTE, maxMs: 60 * MINUTE } };
const startFrom = new Date(START);

/** One event: how many seconds after the start it happened, and how much later its vendor shows it. */
const eventOf = (serial: number, second: number, lateSeconds = 0, partition?: string): LateEvent => {
  const atMs = START + second * 1_000;
  const of = partition === undefined ? {} : { partition };
  return { serial, atMs, visibleMs: atMs + lateSeconds * 1_000, ...of };
};
const nowOf = (harness: PullHarness) => (): number => harness.clock.now().getTime();
/** Runs every five minutes until every window had its last read. */
async function followUp(
  harness: PullHarness,
  events: LateEvent[],
  options: LateVendorOptions,
  minutes = 150,
): Promise<void> {
  for (let minute = 0; minute <= minutes; minute += 5) {
    harness.clock.advance(5 * MINUTE);
    expect(await harness.run(lateVendor(events, options), { startFrom })).toMatchObject({
      outcome: 'caught-up',
    });
  }
}

const shape = fc.record({
  withIds: fc.boolean(),
  goesOn: fc.boolean(),
  order: fc.constantFrom('oldest-first' as const, 'newest-first' as const),
  maxMs: fc.option(
    fc.integer({ min: 1, max: 40 }).map((minutes) => minutes * MINUTE),
    { nil: undefined },
  ),
  maxPages: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  lagMinutes: fc.integer({ min: 2, max: 60 }),
});
const feed = fc.array(
  fc.record({ second: fc.integer({ min: 0, max: 7_200 }), late: fc.integer({ min: 0, max: 60 }) }),
  { maxLength: 60 },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ minutes: fc.integer({ min: 0, max: 30 }) }) },
  fc.record({ vendorFailsAt: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ sinkFailsAt: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ saveFailsAt: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ segmentFails: fc.constant(true) }),
  fc.record({ onePage: fc.constant(true) }),
  fc.record({ jump: fc.integer({ min: -90, max: 90 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Runs with one failure. @returns true if rows may have been sent without a saved checkpoint */
async function troubled(
  harness: PullHarness,
  events: LateEvent[],
  options: LateVendorOptions,
  wrong: Step,
): Promise<boolean> {
  let [asks, sends, saves] = [0, 0, 0];
  const failIf = (isTime: boolean): undefined => {
    if (isTime) throw new UnavailableError('trouble.');
    return undefined;
  };
  const onAsk = (): void => failIf('vendorFailsAt' in wrong && ++asks >= wrong.vendorFailsAt);
  harness.sink.answer = () => failIf('sinkFailsAt' in wrong && ++sends >= wrong.sinkFailsAt);
  harness.checkpoints.beforeSave = () => failIf('saveFailsAt' in wrong && ++saves >= wrong.saveFailsAt);
  harness.seen.beforePut = () => failIf('segmentFails' in wrong);
  const deadline = new Date(nowOf(harness)() + ('onePage' in wrong ? -1 : 3_600_000));
  const report = await harness.run(lateVendor(events, { ...options, onAsk }), { startFrom, deadline });
  expect(isBalanced(report)).toBe(true);
  harness.sink.answer = () => undefined;
  harness.checkpoints.beforeSave = () => undefined;
  harness.seen.beforePut = () => undefined;
  return 'saveFailsAt' in wrong || 'segmentFails' in wrong;
}

test('a late vendor with random faults: nothing is missing, and only what a crash left in doubt is sent twice', async () => {
  await fc.assert(
    fc.asyncProperty(shape, feed, fc.array(step, { maxLength: 12 }), async (of, made, steps) => {
      const harness = pullHarness();
      const { withIds, goesOn, lagMinutes, ...rest } = of;
      const lag = { minMs: 2 * MINUTE, maxMs: lagMinutes * MINUTE };
      const { maxMs, maxPages, order } = rest;
      const window: WindowSpec = {
        ...{ lag, order },
        ...(maxMs === undefined ? {} : { maxMs }),
        ...(maxPages === undefined ? {} : { maxPages }),
      };
      const events = made.map(({ second, late }, i) => eventOf(i, second, Math.min(late, lagMinutes) * 60));
      const options = { window, withIds, goesOn, nowMs: nowOf(harness) };
      let isDoubtful = false;
      for (const each of steps) {
        if ('minutes' in each) harness.clock.advance(each.minutes * MINUTE);
        const jumpMs = 'jump' in each ? each.jump * MINUTE : 0;
        const nowMs = (): number => nowOf(harness)() - jumpMs;
        // The vendor's clock is right; ours is wrong for one run, and the next run detects it.
        harness.clock.advance(jumpMs);
        isDoubtful = (await troubled(harness, events, { ...options, nowMs }, each)) || isDoubtful;
        harness.clock.advance(-jumpMs);
        if (jumpMs !== 0) await harness.run(lateVendor(events, options), { startFrom });
      }
      await followUp(harness, events, options, 120 + 2 * lagMinutes + 30);
      const key = (row: Readonly<Record<string, unknown>>): string =>
        `${String(row['EventTime'])} ${String(row['EventId'])}`;
      const arrived = new Set(harness.sink.rows.map(key));
      expect(arrived.size).toBe(events.length);
      expect(isDoubtful || harness.sink.rows.length === events.length).toBe(true);
      const stored = await harness.stored();
      expect(isBalanced(stored!.ledger)).toBe(true);
      expect(stringifyJson(stored as never).length).toBeLessThan(65_536);
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['no window is rechecked', 2],
  ['late events are rechecked', 60],
])('a clock that stays ahead of the vendor’s loses nothing where %s', async (_, lagMinutes) => {
  const harness = pullHarness();
  const window: WindowSpec = { lag: { minMs: 2 * MINUTE, maxMs: lagMinutes * MINUTE } };
  const events = Array.from({ length: 60 }, (__, i) => eventOf(i, i * 60, (i % 2) * lagMinutes * 60));
  const nowMs = (): number => nowOf(harness)() - 10 * MINUTE;
  const options = { window, nowMs, tellsTime: true };
  for (let minute = 0; minute <= 200; minute++) {
    harness.clock.advance(MINUTE);
    // A run that ends after its first page must not store a plan beyond the records that it read.
    for (const timeMs of [-1, -1, MINUTE]) {
      await harness.run(lateVendor(events, options), {
        startFrom,
        deadline: new Date(nowOf(harness)() + timeMs),
      });
    }
  }
  expect(harness.sink.rows.map((row) => row['EventId']).sort()).toEqual(
    events.map(({ serial }) => `event-${serial}`).sort(),
  );
});

test('a vendor clock that says 1970 is ignored, and delivered events stay covered', async () => {
  const harness = pullHarness();
  const events = Array.from({ length: 9 }, (_, i) => eventOf(i, i * 60));
  const vendor = lateVendor(events, {
    window: spec,
    nowMs: nowOf(harness),
    tellsTime: true,
    toldMs: () => 0,
  });
  harness.clock.advance(10 * MINUTE);
  const upTo = new Date(nowOf(harness)() - 2 * MINUTE).toISOString();
  expect(await harness.run(vendor, { startFrom })).toMatchObject({ accepted: 9, coveredTo: upTo });
});

test.each([0, 10])(
  'runs with time for one page reach the end, even where our clock is %i minutes ahead',
  async (aheadMinutes) => {
    const harness = pullHarness();
    // The last event is at the upper bound; an empty window would return it again.
    const events = Array.from({ length: 29 }, (_, i) => eventOf(i, i * 60));
    const nowMs = (): number => nowOf(harness)() - aheadMinutes * MINUTE;
    let asked = 0;
    const onAsk = (): number => ++asked;
    const vendor = lateVendor(events, { window: spec, nowMs, tellsTime: true, onAsk });
    harness.clock.advance((30 + aheadMinutes) * MINUTE);
    const pages = 10;
    const outcomes: string[] = [];
    while (outcomes.at(-1) !== 'caught-up' && outcomes.length < 3 * pages) {
      const deadline = new Date(nowOf(harness)() - 1);
      outcomes.push((await harness.run(vendor, { startFrom, deadline })).outcome);
    }
    expect(outcomes.at(-1)).toBe('caught-up');
    expect(outcomes.length).toBeLessThanOrEqual(pages + 1);
    // The next run requests the prefetched page again.
    expect(asked).toBeLessThanOrEqual(2 * outcomes.length + 1);
    expect(await harness.stored()).toMatchObject({ unfinished: false, ledger: { accepted: events.length } });
  },
);

test('a run with time for one page also reads one recheck page, after its live window', async () => {
  const harness = pullHarness();
  const window: WindowSpec = { lag: { minMs: 2 * MINUTE, maxMs: 60 * MINUTE } };
  const events = Array.from({ length: 40 }, (_, i) => eventOf(i, i * 60));
  const lanes: (string | undefined)[] = [];
  const vendor = lateVendor(events, {
    ...{ window, nowMs: nowOf(harness), pageSize: 50 },
    onAsk: ({ window: asked }) => lanes.push(asked?.lane),
  });
  harness.clock.advance(10 * MINUTE);
  expect(await harness.run(vendor, { startFrom })).toMatchObject({ outcome: 'caught-up' });
  harness.clock.advance(4 * MINUTE);
  expect(await harness.run(vendor, { startFrom })).toMatchObject({ outcome: 'caught-up' });
  lanes.length = 0;
  harness.clock.advance(30 * MINUTE);
  const report = await harness.run(vendor, { startFrom, deadline: harness.clock.now() });
  expect(lanes.slice(0, 2)).toEqual(['live', 'recheck']);
  expect(report).toMatchObject({ pages: 2 });
});

test('an event whose time is far in the future is delivered, and no other event is skipped for it', async () => {
  const harness = pullHarness();
  const window: WindowSpec = { lag: { minMs: 2 * MINUTE, maxMs: 2 * MINUTE } };
  const events = Array.from({ length: 30 }, (_, i) => eventOf(i, i * 60));
  const far = eventOf(99, 600);
  const vendor = lateVendor([...events, far], { window, nowMs: nowOf(harness) });
  const pull: typeof vendor.pull = async function* (context) {
    for await (const page of vendor.pull(context)) {
      const records = page.records as readonly JsonObject[];
      yield {
        ...page,
        records: records.map((one) =>
          one['id'] === 'event-99' ? { ...one, at: '9999-12-31T00:00:00.000Z' } : one,
        ),
      };
    }
  };
  for (let run = 0; run < 12; run++) {
    harness.clock.advance(5 * MINUTE);
    expect(await harness.run({ ...vendor, pull }, { startFrom })).toMatchObject({ outcome: 'caught-up' });
  }
  const arrived = harness.sink.rows.map((row) => row['EventId']).sort();
  expect(arrived).toEqual([...events, far].map(({ serial }) => `event-${serial}`).sort());
});

test('an event added late to a list that a run had begun is found by a recheck, however much later the list is continued', async () => {
  const harness = pullHarness();
  const old = [0, 1, 2].map((i) => eventOf(i, i * 60));
  const fresh = Array.from({ length: 12 }, (_, i) =>
    eventOf(10 + i, 4_300 + i * 60, i % 2 === 0 ? 0 : 3_000),
  );
  const events = [...old, ...fresh];
  const options = { window: spec, nowMs: nowOf(harness), listsOnce: true };
  harness.clock.advance(90 * MINUTE);
  await harness.run(lateVendor(events, options), { startFrom, deadline: new Date(nowOf(harness)() - 1) });
  harness.clock.advance(180 * MINUTE);
  expect(await harness.run(lateVendor(events, options), { startFrom })).toMatchObject({
    outcome: 'caught-up',
  });
  expect(harness.sink.rows.map((row) => row['EventId']).sort()).toEqual(
    events.map(({ serial }) => `event-${serial}`).sort(),
  );
});

test.each([true, false])(
  'a position that the vendor no longer knows is dropped, and its window read again from its start (ids: %s)',
  async (withIds) => {
    const harness = pullHarness();
    const events = Array.from({ length: 30 }, (_, i) => eventOf(i, 60 + Math.floor(i / 4)));
    const options = { window: spec, withIds, nowMs: nowOf(harness) };
    const onAsk = ({ checkpoint }: { checkpoint: JsonObject | null }): void => {
      if (checkpoint !== null) throw new ContractError('asking acme: 410 Gone.');
    };
    harness.clock.advance(10 * MINUTE);
    for (let run = 0; run < 3; run++) {
      const deadline = harness.clock.now();
      const report = await harness.run(lateVendor(events, { ...options, onAsk }), { startFrom, deadline });
      expect(report).toMatchObject({ outcome: 'out-of-time' });
    }
    await followUp(harness, events, { ...options, onAsk });
    expect(harness.sink.rows).toHaveLength(30);
    expect(new Set(harness.delivered()).size).toBe(30);
  },
);

test('a window that the vendor also refuses from its start fails the run, with one more request each run', async () => {
  const harness = pullHarness();
  const events = Array.from({ length: 9 }, (_, i) => eventOf(i, 60 + i));
  let [asks, isBroken] = [0, false];
  const onAsk = (): void => {
    asks++;
    if (isBroken) throw new ContractError('asking acme: 400 Bad Request.');
  };
  const options = { window: spec, nowMs: nowOf(harness), onAsk };
  harness.clock.advance(10 * MINUTE);
  await harness.run(lateVendor(events, options), { startFrom, deadline: harness.clock.now() });
  const before = await harness.stored();
  [asks, isBroken] = [0, true];
  const report = await harness.run(lateVendor(events, options), { startFrom });
  expect(report).toMatchObject({ outcome: 'failed', error: { message: 'asking acme: 400 Bad Request.' } });
  expect([asks, await harness.stored()]).toEqual([2, before]);
});

test('a burst that no run can read whole is split into more windows, and read', async () => {
  const harness = pullHarness();
  // A minute with 400 events, read one page a run from a vendor whose reads cannot continue.
  const events = Array.from({ length: 400 }, (_, i) => eventOf(i, 60 + Math.floor(i / 10)));
  const options = { window: spec, goesOn: false, pageSize: 20, nowMs: nowOf(harness) };
  harness.clock.advance(10 * MINUTE);
  let runs = 0;
  for (; runs < 200; runs++) {
    const deadline = harness.clock.now();
    const report = await harness.run(lateVendor(events, options), { startFrom, deadline });
    if (report.outcome === 'caught-up') break;
  }
  expect(new Set(harness.delivered()).size).toBe(400);
  expect(harness.sink.rows).toHaveLength(400);
  expect(runs).toBeLessThan(60);
});

test('a window with more pages than the vendor returns is split into two', async () => {
  const harness = pullHarness();
  const events = Array.from({ length: 100 }, (_, i) => eventOf(i, i * 5));
  const asked: string[] = [];
  const options: LateVendorOptions = {
    ...{ window: { ...spec, maxPages: 4 }, pageSize: 5, nowMs: nowOf(harness) },
    onAsk: ({ window }) => asked.push(`${window?.from} ${window?.to}`),
  };
  harness.clock.advance(12 * MINUTE);
  await harness.run(lateVendor(events, options), { startFrom });
  const perWindow = [...new Set(asked)].map((window) => asked.filter((one) => one === window).length);
  expect(Math.max(...perWindow)).toBeLessThanOrEqual(5);
  expect(harness.delivered()).toEqual(events.map(({ serial }) => `event-${serial}`));
});

test('records of a quarantined page are neither delivered again nor kept twice', async () => {
  const harness = pullHarness();
  const events = [eventOf(0, 60), eventOf(1, 120), eventOf(2, 90, 600)];
  const options = { window: spec, withIds: true, nowMs: nowOf(harness) };
  const run = () => harness.run(lateVendor(events, options), { startFrom });
  harness.clock.advance(5 * MINUTE);
  expect(await run()).toMatchObject({ accepted: 2 });
  harness.sink.answer = () => ({ refused: '400' });
  harness.clock.advance(60 * MINUTE);
  for (let times = 1; times < 5; times++) expect(await run()).toMatchObject({ outcome: 'failed' });
  expect(await run()).toMatchObject({ outcome: 'caught-up', deadLettered: 1 });
  harness.sink.answer = () => undefined;
  await followUp(harness, events, options);
  expect(harness.delivered()).toEqual(['event-0', 'event-1']);
  expect(harness.deadLetters.letters).toMatchObject([{ cause: 'page-set-aside', eventId: 'event-2' }]);
});

describe('newest first', () => {
  const window: WindowSpec = { ...spec, order: 'newest-first' };

  test('the position does not move until a window closes', async () => {
    const harness = pullHarness();
    const events = Array.from({ length: 9 }, (_, i) => eventOf(i, i * 10));
    harness.clock.advance(10 * MINUTE);
    await harness.run(lateVendor(events, { window, goesOn: false, nowMs: nowOf(harness) }), { startFrom });
    const positions = harness.checkpoints.saved.map(({ position }) => position);
    const begin = { since: new Date(START).toISOString() };
    expect(positions.slice(1, 3)).toEqual([begin, begin]);
    expect(positions.at(-1)).toEqual({ since: new Date(START + 8 * MINUTE).toISOString() });
    expect(harness.delivered()).toHaveLength(9);
  });

  test('a run that stops in the middle leaves the older slice, and the next one reads only that', async () => {
    const harness = pullHarness();
    const events = Array.from({ length: 9 }, (_, i) => eventOf(i, i * 10));
    const options = { window, goesOn: false, nowMs: nowOf(harness) };
    harness.clock.advance(10 * MINUTE);
    await harness.run(lateVendor(events, options), { startFrom, deadline: harness.clock.now() });
    expect((await harness.stored())?.windows?.open).toMatchObject([{ from: startFrom.toISOString() }]);
    expect(harness.delivered()).toEqual(['event-8', 'event-7', 'event-6']);
    await harness.run(lateVendor(events, options), { startFrom });
    expect(harness.delivered()).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0].map((serial) => `event-${serial}`));
  });
});

describe('partitions', () => {
  const options = (
    harness: PullHarness,
    partitions: () => readonly string[],
    more: object = {},
  ): LateVendorOptions => ({
    ...{ window: spec, nowMs: nowOf(harness), partitions, ...more },
  });

  test('each is read, a new one from the start, and one that fails stops no other', async () => {
    const harness = pullHarness();
    const events = ['a', 'b', 'c'].flatMap((name, at) =>
      [1, 2].map((n) => eventOf(at * 10 + n, n * 60, 0, name)),
    );
    const onAsk = ({ window }: { window?: { partition?: string } }): void => {
      if (window?.partition === 'a') throw new UnavailableError('asking site a: 500.');
    };
    harness.clock.advance(10 * MINUTE);
    const failed = await harness.run(
      lateVendor(
        events,
        options(harness, () => ['a', 'b'], { onAsk }),
      ),
      { startFrom },
    );
    expect(failed).toMatchObject({
      outcome: 'failed',
      accepted: 2,
      error: { message: 'asking site a: 500.' },
    });
    harness.clock.advance(5 * MINUTE);
    await harness.run(
      lateVendor(
        events,
        options(harness, () => ['a', 'b', 'c']),
      ),
      { startFrom },
    );
    expect(harness.delivered().sort()).toEqual([
      'event-1',
      'event-11',
      'event-12',
      'event-2',
      'event-21',
      'event-22',
    ]);
  });

  test('a partition that waits does not hide the error of another', async () => {
    const harness = pullHarness();
    const events = ['a', 'b'].map((name, at) => eventOf(at, 60, 0, name));
    const errors = {
      a: new UnavailableError('a prepares.', { resumeAt: new Date(START + 60 * MINUTE) }),
      b: new SettingError('asking site b: 403.', { status: 403 }),
    };
    const onAsk = ({ window }: { window?: { partition?: string } }): void => {
      throw window?.partition === 'a' ? errors.a : errors.b;
    };
    harness.clock.advance(10 * MINUTE);
    const vendor = lateVendor(
      events,
      options(harness, () => ['a', 'b'], { onAsk }),
    );
    expect(await harness.run(vendor, { startFrom })).toMatchObject({
      outcome: 'failed',
      error: { message: 'asking site b: 403.' },
    });
  });

  test('a partition that is no longer listed leaves no gap in coverage, even if it was the only one', async () => {
    const harness = pullHarness();
    const events = ['a', 'b'].map((name, at) => eventOf(at, 60, 0, name));
    const reached: (string | undefined)[] = [];
    for (const listed of [['a', 'b'], ['a'], [], ['b']]) {
      harness.clock.advance(10 * MINUTE);
      const source = lateVendor(
        events,
        options(harness, () => listed),
      );
      const { coveredTo, outcome } = await harness.run(source, { startFrom });
      expect(outcome).toBe('caught-up');
      reached.push(coveredTo);
    }
    const minute = (after: number): string => new Date(START + after * MINUTE).toISOString();
    expect(reached).toEqual([minute(8), minute(18), minute(30), minute(38)]);
  });

  test.each([
    ['a partition that fails run after run', undefined, 1],
    ['a partition whose vendor accepts only short ranges', 10 * MINUTE, 1],
    ['a set of forty that fail', undefined, 40],
  ])('%s delays no other, however long', async (_, maxMs, failing) => {
    const harness = pullHarness();
    const broken = Array.from({ length: failing }, (__, n) => `a-${n}`);
    const names = [...broken, 'b'];
    const events = names.flatMap((name, at) =>
      Array.from({ length: 10 }, (__, n) => eventOf(at * 100 + n, n * 600, 0, name)),
    );
    let isBroken = true;
    const onAsk = ({ window }: { window?: { partition?: string } }): void => {
      if (isBroken && window?.partition?.startsWith('a') === true) throw new UnavailableError('500.');
    };
    const made = options(harness, () => names, { onAsk, window: { ...spec, ...(maxMs ? { maxMs } : {}) } });
    const ofB = (): number => harness.delivered().filter((id) => Number(id.slice(6)) >= failing * 100).length;
    for (let run = 1; run <= 15; run++) {
      harness.clock.advance(10 * MINUTE);
      expect(await harness.run(lateVendor(events, made), { startFrom })).toMatchObject({ outcome: 'failed' });
      expect((await harness.stored())?.windows?.open.length ?? 0).toBeLessThanOrEqual(failing + 32);
    }
    expect(ofB()).toBe(10);
    isBroken = false;
    await followUp(harness, events, made, 60);
    expect(harness.delivered().sort()).toEqual(events.map(({ serial }) => `event-${serial}`).sort());
  });

  test('equal records without an id in several partitions are each delivered once', async () => {
    const harness = pullHarness();
    const names = ['a', 'b'];
    const events = names.flatMap((name, at) => [0, 1, 2].map((n) => eventOf(at * 10 + 2 * n, 60, 0, name)));
    const made = options(harness, () => names, { withIds: false, pageSize: 2 });
    await followUp(harness, events, made);
    expect(harness.sink.rows).toHaveLength(6);
    expect(new Set(harness.delivered()).size).toBe(6);
  });

  test('partitions beyond the limit are counted in the report', async () => {
    const harness = pullHarness();
    const many = Array.from(
      { length: 103 },
      (_, i) => `site-${i}-of-a-tenant-with-a-name-that-is-rather-long`,
    );
    harness.clock.advance(10 * MINUTE);
    const report = await harness.run(
      lateVendor(
        [],
        options(harness, () => many),
      ),
      { startFrom },
    );
    expect(report).toMatchObject({ outcome: 'caught-up', leftPartitions: 3 });
    expect(stringifyJson((await harness.stored()) as never).length).toBeLessThan(65_536);
  });
});

describe('a delivered event', () => {
  const many = Array.from({ length: 50 }, (_, i) => eventOf(i, i));

  test('is sent twice and not lost when the segments are gone', async () => {
    const harness = pullHarness();
    const options = { window: spec, nowMs: nowOf(harness) };
    harness.clock.advance(10 * MINUTE);
    await harness.run(lateVendor(many, options), { startFrom });
    harness.seen.lose();
    await followUp(harness, many, options);
    expect(new Set(harness.delivered()).size).toBe(50);
    expect(harness.sink.rows.length).toBeGreaterThan(50);
  });

  test('is sent twice and not lost when a segment is damaged, and the damage is reported', async () => {
    const harness = pullHarness();
    const options = { window: spec, nowMs: nowOf(harness) };
    harness.clock.advance(10 * MINUTE);
    await harness.run(lateVendor(many, options), { startFrom });
    const problem = new SettingError('the segment is damaged: nothing needs to be done.', { isDamage: true });
    harness.seen.read = () => Promise.reject(problem);
    await followUp(harness, many, options);
    expect(new Set(harness.delivered()).size).toBe(50);
    expect(harness.sink.rows.length).toBeGreaterThan(50);
    expect(stringifyJson(harness.log.lines as never)).toContain(problem.message);
  });

  test('beyond the size limit of the dedup index is sent twice and counted, never dropped', async () => {
    const harness = pullHarness();
    const options = { window: spec, nowMs: nowOf(harness) };
    harness.clock.advance(10 * MINUTE);
    const report = await harness.run(lateVendor(many, options), { startFrom, maxDedupEvents: 20 });
    expect(report).toMatchObject({ accepted: 50, unremembered: 30 });
    await followUp(harness, many, options);
    expect(new Set(harness.delivered()).size).toBe(50);
    // The checkpoint itself contains the newest ids.
    expect(harness.sink.rows.length).toBeGreaterThanOrEqual(50 + 29);
  });

  test('is forgotten once no read can return it again, and its segments are deleted', async () => {
    const harness = pullHarness();
    const options = { window: spec, nowMs: nowOf(harness) };
    const later = eventOf(99, 6 * 3_600);
    harness.clock.advance(10 * MINUTE);
    await harness.run(lateVendor([...many, later], options), { startFrom });
    expect(harness.seen.names()).not.toEqual([]);
    await followUp(harness, [...many, later], options, 9 * 60);
    const named = Object.entries((await harness.stored())?.seen?.buckets ?? {});
    expect(named.map(([bucket]) => bucket)).toEqual(['2026-11-21T18:00']);
    expect(harness.seen.names()).toEqual(
      named.flatMap(([bucket, all]) => all.map(([name]) => `${bucket}/${name}`)),
    );
    expect(harness.sink.rows).toHaveLength(51);
  });

  test('stays in the backup of a replaced state, and is known again after a restore', async () => {
    const harness = pullHarness();
    const options = { window: spec, nowMs: nowOf(harness) };
    const events = [...many, eventOf(99, 6 * 3_600)];
    harness.clock.advance(10 * MINUTE);
    await harness.run(lateVendor(events, options), { startFrom });
    const copy = (await harness.stored())!;
    harness.checkpoints.seed(HARNESS_ID, EMPTY_CHECKPOINT);
    await followUp(harness, events, options, 9 * 60);
    expect(harness.sink.rows).toHaveLength(50 + 51);
    harness.checkpoints.seed(HARNESS_ID, copy);
    await followUp(harness, events, options, 5);
    expect(harness.sink.rows).toHaveLength(50 + 51 + 1);
  });

  test('is stored in few segments, however many pages there were', async () => {
    const harness = pullHarness();
    const events = Array.from({ length: 600 }, (_, i) => eventOf(i, i));
    harness.clock.advance(13 * MINUTE);
    await harness.run(lateVendor(events, { window: spec, nowMs: nowOf(harness) }), { startFrom });
    expect(harness.sink.rows).toHaveLength(600);
    expect(harness.seen.names().length).toBeLessThanOrEqual(10);
  });

  test('is referred to by the checkpoint only once it is durable', async () => {
    const harness = pullHarness();
    harness.checkpoints.beforeSave = ({ seen }) => {
      const named = Object.entries(seen?.buckets ?? {}).flatMap(([bucket, all]) =>
        all.map(([name]) => `${bucket}/${name}`),
      );
      expect(harness.seen.names()).toEqual(expect.arrayContaining(named));
    };
    harness.clock.advance(10 * MINUTE);
    const report = await harness.run(lateVendor(many, { window: spec, nowMs: nowOf(harness) }), {
      startFrom,
    });
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 50 });
  });
});

describe('another version', () => {
  const options = (harness: PullHarness) => ({ window: spec, nowMs: nowOf(harness) });

  test('without windows continues where this one was, and this one where that one was', async () => {
    const harness = pullHarness();
    const events = Array.from({ length: 6 }, (_, i) => eventOf(i, i * 300));
    harness.clock.advance(12 * MINUTE);
    await harness.run(lateVendor(events, options(harness)), { startFrom });
    const stored = await harness.stored();
    expect(stored?.position).toEqual({ since: new Date(START + 10 * MINUTE).toISOString() });
    // It delivers up to minute 20 and keeps members that it does not know.
    harness.checkpoints.seed(HARNESS_ID, {
      ...stored!,
      position: { since: new Date(START + 20 * MINUTE).toISOString() },
    });
    harness.clock.advance(20 * MINUTE);
    await harness.run(lateVendor(events, options(harness)), { startFrom });
    expect(harness.delivered()).toEqual(['event-0', 'event-1', 'event-2', 'event-4', 'event-5']);
  });

  test('that stopped between two pages left a position from which this version continues', async () => {
    const harness = pullHarness();
    const events = Array.from({ length: 6 }, (_, i) => eventOf(i, i * 60));
    const until = new Date(START + 4 * MINUTE).toISOString();
    const position = { atMs: START + 2 * MINUTE, serial: 2, since: startFrom.toISOString(), until };
    const before = { version: 1, position, ledger: { ...ZERO, fetched: 3, accepted: 3 } } as const;
    harness.checkpoints.seed(HARNESS_ID, before);
    harness.clock.advance(12 * MINUTE);
    await harness.run(lateVendor(events, options(harness)), { startFrom });
    expect(harness.delivered()).toEqual(['event-3', 'event-4', 'event-5']);
  });
});

const ZERO = { fetched: 0, accepted: 0, duplicate: 0, filtered: 0, deadLettered: 0, pending: 0 };

test('rows of late events go to another table where a setting names one', async () => {
  const harness = pullHarness();
  const tables: [string, number][] = [];
  const { sink } = harness;
  const routed = {
    ...sink,
    send: (table: { name: string }, batch: Parameters<typeof sink.send>[1]) => {
      tables.push([table.name, batch.count]);
      return sink.send(table as never, batch);
    },
  };
  const events = [eventOf(1, 60), eventOf(2, 3 * 24 * 3_600)];
  harness.clock.advance(3 * 24 * 60 * MINUTE + 10 * MINUTE);
  const connect = async () => ({ http: { request: () => Promise.reject(new Error('no')) }, sink: routed });
  await harness.run(lateVendor(events, options3(harness)), {
    startFrom,
    lateTable: 'SampleLate_CL',
    connect,
  });
  expect(tables).toEqual([
    ['Sample_CL', 1],
    ['SampleLate_CL', 1],
  ]);
  expect(harness.sink.rows.map((row) => row['IsLate'])).toEqual([false, true]);
});

const options3 = (harness: PullHarness): LateVendorOptions => ({ window: spec, nowMs: nowOf(harness) });
