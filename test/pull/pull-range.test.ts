import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { slicesOf } from '../../shared/windows/backfill-range';
import { createJob } from '../../shared/backfill/job';
import type { PullSource, RawRecord } from '../../shared/contract/connector';
import { UnavailableError } from '../../shared/contract/errors';
import type { RunReport } from '../../shared/contract/run';
import { lateVendor, type LateEvent } from '../fakes/late-vendor';
import { pullHarness, HARNESS_ID } from '../fakes/pull-harness';
import { SAMPLE_TABLE } from '../fakes/scripted-source';

/* Slices of a backfill, read by the real pull. */

const FROM = Date.parse('2026-11-20T00:00:00Z');
const HOUR_MS = 3_600_000;
const SPEC = { lag: { minMs: 0, maxMs: HOUR_MS } };
const order = (parts: number, isCatchUp: boolean) => ({
  ...createJob(HARNESS_ID, SPEC, {
    id: '0a1b2c3d',
    from: new Date(FROM).toISOString(),
    to: new Date(FROM + HOUR_MS).toISOString(),
    by: 'anna',
    at: new Date(FROM + 10 * HOUR_MS),
    ...(isCatchUp ? { isCatchUp } : {}),
  }),
  parts,
});

const eventAt = (id: string, minute: number): RawRecord => ({
  id,
  at: new Date(FROM + minute * 60_000).toISOString(),
});

/** Events at few different minutes, so that many lie at the bound of a slice or have equal times. */
const events = fc.array(fc.integer({ min: -5, max: 65 }), { maxLength: 40 }).map((minutes) =>
  minutes.map((minute, serial): LateEvent => {
    const atMs = FROM + minute * 60_000;
    return { serial, atMs, visibleMs: atMs };
  }),
);
const isIn = ({ atMs }: LateEvent, isCatchUp: boolean): boolean =>
  isCatchUp ? atMs > FROM && atMs < FROM + HOUR_MS : atMs >= FROM && atMs <= FROM + HOUR_MS;

interface Worked {
  readonly reports: readonly RunReport[];
  readonly delivered: readonly string[];
}

/** Reads every slice to its end. Each run may lose its save, or end after its first page. */
async function work(
  source: PullSource,
  made: ReturnType<typeof order>,
  trouble: readonly ('cut' | 'unsaved' | 'calm')[],
): Promise<Worked> {
  const harness = pullHarness();
  const reports: RunReport[] = [];
  let runs = 0;
  for (const [number, range] of slicesOf(made).entries()) {
    for (let report: RunReport | undefined; report?.outcome !== 'caught-up';) {
      const meets = trouble[runs++] ?? 'calm';
      harness.checkpoints.beforeSave = () => {
        if (meets === 'unsaved') throw new Error('the process is gone');
      };
      const part = `0a1b2c3d.${number}`;
      const parts = { id: { ...HARNESS_ID, part }, runId: `${part}.${randomUUID()}`, range };
      report = await harness.run(
        source,
        meets === 'cut' ? { ...parts, mayContinue: () => Promise.resolve(false) } : parts,
      );
      reports.push(report);
      expect(runs).toBeLessThan(200);
    }
  }
  return { reports, delivered: harness.delivered() };
}

const troubles = fc.array(fc.constantFrom('cut' as const, 'unsaved' as const, 'calm' as const), {
  maxLength: 30,
});

const shape = fc.record({
  parts: fc.integer({ min: 1, max: 12 }),
  withIds: fc.boolean(),
  goesOn: fc.boolean(),
  order: fc.constantFrom('oldest-first' as const, 'newest-first' as const),
  isCatchUp: fc.boolean(),
});

test('the slices of a range bring each event once, whatever is interrupted between two saves', async () => {
  await fc.assert(
    fc.asyncProperty(
      events,
      shape,
      fc.array(fc.constantFrom('cut' as const, 'calm' as const), { maxLength: 30 }),
      async (all, { goesOn, isCatchUp, order: direction, parts, withIds }, trouble) => {
        const window = { ...SPEC, maxMs: 20 * 60_000, order: direction };
        const source = lateVendor(all, { window, nowMs: () => FROM + 10 * HOUR_MS, withIds, goesOn });
        const { delivered, reports } = await work(source, order(parts, isCatchUp), trouble);
        const due = all.filter((event) => isIn(event, isCatchUp));
        expect(delivered).toHaveLength(due.length);
        expect(new Set(delivered).size).toBe(due.length);
        const covered = reports.filter(({ outcome }) => outcome === 'caught-up');
        expect(covered[0]?.coveredFrom).toBe(new Date(FROM).toISOString());
        expect(covered.at(-1)?.coveredTo).toBe(new Date(FROM + HOUR_MS).toISOString());
      },
    ),
    { numRuns: 80 },
  );
});

/** For a slice that is read newest first from a vendor whose reads cannot continue. */
const falling = (minutes: readonly number[]) =>
  lateVendor(
    minutes.map((minute, serial): LateEvent => {
      const atMs = FROM + minute * 60_000;
      return { serial, atMs, visibleMs: atMs };
    }),
    {
      window: { ...SPEC, maxMs: 20 * 60_000, order: 'newest-first' },
      nowMs: () => FROM + 10 * HOUR_MS,
      goesOn: false,
    },
  );

test('an event at the bound of two windows comes once, even from a vendor that returns the newest first', async () => {
  const { delivered } = await work(falling([5, 20, 30, 35, 40, 50]), order(1, false), []);
  expect([...delivered].sort()).toEqual([0, 1, 2, 3, 4, 5].map((serial) => `event-${serial}`));
});

test('a slice that takes many runs remembers what each of them delivered', async () => {
  const harness = pullHarness();
  const [range] = slicesOf(order(1, false));
  const part = '0a1b2c3d.12';
  const source = falling(Array.from({ length: 40 }, (_, at) => 1 + Math.floor(at / 2)));
  const mayGoOn = () => Promise.resolve(false);
  for (let run = 0, outcome = ''; outcome !== 'caught-up'; run++) {
    const runId = `${part}.${randomUUID()}`;
    const report = await harness.run(source, {
      id: { ...HARNESS_ID, part },
      runId,
      range,
      mayContinue: mayGoOn,
    });
    expect(['paused', 'caught-up']).toContain((outcome = report.outcome));
    expect(run).toBeLessThan(60);
  }
  expect([...new Set(harness.delivered())]).toHaveLength(40);
  expect(harness.delivered()).toHaveLength(40);
});

test('an event from before its slice that only this slice returns is delivered', async () => {
  const harness = pullHarness();
  const shown: { readonly minute: number; readonly record: RawRecord }[] = [
    { minute: 10, record: eventAt('a', 10) },
    { minute: 31, record: eventAt('b', 29) },
    { minute: 40, record: eventAt('c', 40) },
  ];
  // The vendor filters by the time of storage, and its records contain the event time.
  const source: PullSource = {
    table: SAMPLE_TABLE,
    window: SPEC,
    async *pull({ window }) {
      const [from, to] = [window?.from, window?.to].map((time) => Date.parse(time ?? ''));
      const isIn = ({ minute }: { readonly minute: number }): boolean =>
        FROM + minute * 60_000 >= from! && FROM + minute * 60_000 <= to!;
      yield { records: shown.filter(isIn).map(({ record }) => record), checkpoint: {}, last: true };
    },
  };
  for (const [number, range] of slicesOf(order(2, false)).entries()) {
    const part = { id: { ...HARNESS_ID, part: `0a1b2c3d.${number}` }, range };
    expect(await harness.run(source, part)).toMatchObject({ outcome: 'caught-up' });
  }
  expect(harness.delivered()).toEqual(['a', 'b', 'c']);
});

test('an event exactly at the bound of two slices comes from a vendor whose end is exclusive', async () => {
  const all = [0, 30, 60].map((minute, serial): LateEvent => {
    const atMs = FROM + minute * 60_000;
    return { serial, atMs, visibleMs: atMs };
  });
  const inclusive = lateVendor(all, { window: SPEC, nowMs: () => FROM + 10 * HOUR_MS });
  const source: PullSource = {
    ...inclusive,
    async *pull(context) {
      for await (const page of inclusive.pull(context)) {
        const records = page.records.filter((one) => (one as { at: string }).at !== context.window?.to);
        yield { ...page, records };
      }
    },
  };
  expect((await work(source, order(2, false), [])).delivered).toEqual(['event-0', 'event-1']);
});

test('nothing of a range is missing if its checkpoints are lost now and then, and doubles have the same EventId', async () => {
  await fc.assert(
    fc.asyncProperty(
      events,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      troubles,
      async (all, parts, withIds, trouble) => {
        const source = lateVendor(all, { window: SPEC, nowMs: () => FROM + 10 * HOUR_MS, withIds });
        const { delivered } = await work(source, order(parts, false), trouble);
        expect(new Set(delivered).size).toBe(all.filter((event) => isIn(event, false)).length);
      },
    ),
    { numRuns: 60 },
  );
});

test('a partition that fails stops no other of a slice, and is read when it works again', async () => {
  const harness = pullHarness();
  const names = ['a', 'b'];
  const all = names.flatMap((partition, at) =>
    Array.from({ length: 60 }, (_, minute): LateEvent => {
      const atMs = FROM + minute * 60_000;
      return { serial: at * 100 + minute, atMs, visibleMs: atMs, partition };
    }),
  );
  let isBroken = true;
  const source = lateVendor(all, {
    window: { ...SPEC, maxMs: 60_000 },
    nowMs: () => FROM + 10 * HOUR_MS,
    partitions: () => names,
    onAsk: ({ window }) => {
      if (isBroken && window?.partition === 'a') throw new UnavailableError('asking site a: 500.');
    },
  });
  const [range] = slicesOf(order(1, false));
  const part = { id: { ...HARNESS_ID, part: '0a1b2c3d.0' }, range };
  expect(await harness.run(source, part)).toMatchObject({ outcome: 'failed', accepted: 60 });
  const { windows } = (await harness.checkpoints.read(part.id)) ?? {};
  expect(windows?.open).toHaveLength(1);
  isBroken = false;
  expect(await harness.run(source, part)).toMatchObject({ outcome: 'caught-up', accepted: 60 });
  expect(harness.delivered().sort()).toEqual(all.map(({ serial }) => `event-${serial}`).sort());
});
