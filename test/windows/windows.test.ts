import fc from 'fast-check';
import type { Window, WindowPlan, WindowSpec } from '../../shared/contract/windows';
import { MAX_PARTITIONS, planWindows } from '../../shared/windows/plan-windows';
import { advanceWindow, closeWindow, splitWindow } from '../../shared/windows/window-progress';
import {
  EMPTY_PLAN,
  MAX_OPEN_WINDOWS,
  deliveredThrough,
  keepFrom,
  middleOf,
  nextWindow,
  openRange,
  windowProblem,
} from '../../shared/windows/window-plan';

const MINUTE = 60_000;
const START = Date.parse('2026-11-21T00:00:00Z');
const iso = (minute: number): string => new Date(START + minute * MINUTE).toISOString();
const spec: WindowSpec = { lag: { minMs: 2 * MINUTE, maxMs: 60 * MINUTE }, maxMs: 30 * MINUTE };
const timeAt = (minute: number, parts: object = {}) => ({
  ...{ now: iso(minute), startFrom: iso(0), overlapMs: 20 * MINUTE, partitions: [''] },
  ...parts,
});
const rangeSpecOf = ({ open }: WindowPlan): unknown[] => open.map(({ lane, from, to }) => [lane, from, to]);
/** Closes everything that is open. */
const worked = (plan: WindowPlan, minute: number): WindowPlan =>
  plan.open.reduce((left, { id }) => closeWindow(left, id, spec, iso(minute)), plan);

test('live windows go from the start to the shortest lag before now, none longer than the vendor allows', () => {
  const plan = planWindows(EMPTY_PLAN, spec, timeAt(72));
  expect(rangeSpecOf(plan)).toEqual([
    ['live', iso(0), iso(30)],
    ['live', iso(30), iso(60)],
    ['live', iso(60), iso(70)],
  ]);
});

test('a run without a new range plans nothing, however often it is planned', () => {
  const plan = worked(planWindows(EMPTY_PLAN, spec, timeAt(10)), 10);
  expect(planWindows(plan, spec, timeAt(10))).toEqual(plan);
});

test('a recheck reaches back as far as events are late, each time a quarter of that has passed', () => {
  const first = worked(planWindows(EMPTY_PLAN, spec, timeAt(40)), 40);
  expect(rangeSpecOf(planWindows(first, spec, timeAt(44)))).toEqual([['live', iso(38), iso(42)]]);
  const second = planWindows(first, spec, timeAt(45));
  expect(rangeSpecOf(second)).toEqual([
    ['live', iso(38), iso(43)],
    ['recheck', iso(18), iso(38)],
  ]);
  expect(rangeSpecOf(planWindows(worked(second, 45), spec, timeAt(49)))).toEqual([
    ['live', iso(43), iso(47)],
  ]);
});

test('there is no recheck where every event comes before its live window is read', () => {
  const first = worked(planWindows(EMPTY_PLAN, spec, timeAt(40)), 40);
  const plan = planWindows(first, spec, timeAt(55, { overlapMs: 2 * MINUTE }));
  expect(rangeSpecOf(plan)).toEqual([['live', iso(38), iso(53)]]);
});

test('each range gets a final pass when the longest lag is over, unless it was older than that when it was read', () => {
  const first = worked(planWindows(EMPTY_PLAN, spec, timeAt(80)), 80);
  expect(first.frontiers['']).toMatchObject({ live: iso(78), final: iso(20) });
  const options = { overlapMs: 0 };
  expect(rangeSpecOf(planWindows(first, spec, timeAt(94, options)))).toEqual([['live', iso(78), iso(92)]]);
  expect(rangeSpecOf(planWindows(first, spec, timeAt(95, options)))).toEqual([
    ['live', iso(78), iso(93)],
    ['final', iso(20), iso(35)],
  ]);
});

test('live windows are read first, the oldest of them first', () => {
  const first = worked(planWindows(EMPTY_PLAN, spec, timeAt(80)), 80);
  const plan = planWindows(first, spec, timeAt(145));
  const order: unknown[] = [];
  for (let left = plan, window = nextWindow(left); window !== undefined; window = nextWindow(left)) {
    order.push([window.lane, window.from]);
    left = closeWindow(left, window.id, spec, iso(145));
  }
  expect(order.map((each) => (each as string[])[0])).toEqual([
    'live',
    'live',
    'live',
    'recheck',
    'final',
    'final',
  ]);
  expect(order.slice(0, 3)).toEqual([78, 108, 138].map((minute) => ['live', iso(minute)]));
});

test('a live window of seconds waits until the open windows are done, because it would always be read before them', () => {
  const first = worked(planWindows(EMPTY_PLAN, spec, timeAt(80)), 80);
  const live = nextWindow(planWindows(first, spec, timeAt(95))) as Window;
  const others = closeWindow(planWindows(first, spec, timeAt(95)), live.id, spec, iso(95));
  const lanes = (minute: number, parts = {}): unknown[] =>
    planWindows(others, spec, timeAt(minute, parts)).open.map(({ lane }) => lane);
  expect(lanes(95.5)).toEqual(['recheck', 'final']);
  expect(lanes(96)).toEqual(['recheck', 'final', 'live']);
  // A failed window delays no other.
  expect(lanes(95.5, { failed: new Set(['']), partitions: ['', 'eu'] })).toContain('live');
  const done = worked(others, 95);
  expect(rangeSpecOf(planWindows(done, spec, timeAt(95.5)))).toEqual([['live', iso(93), iso(93.5)]]);
});

test('the remaining range of a window keeps its position; two halves meet, and start without one', () => {
  const plan = planWindows(EMPTY_PLAN, spec, timeAt(32));
  const [window] = plan.open as [Window];
  const rest = advanceWindow(
    plan,
    window.id,
    { from: iso(10), to: iso(30), position: { cursor: 'a' } },
    spec,
    iso(32),
  );
  expect(rest.open).toEqual([
    { ...window, from: iso(10), pages: 0, position: { cursor: 'a' }, listedAt: iso(32) },
  ]);
  const halves = splitWindow(rest, window.id, middleOf(rest.open[0] as Window, spec));
  expect(halves.open).toEqual([
    { id: 1, lane: 'live', from: iso(10), to: iso(20) },
    { id: 2, lane: 'live', from: iso(20), to: iso(30) },
  ]);
  expect(splitWindow(plan, window.id, iso(30))).toBe(plan);
});

test('after a clock was ahead the live watermark steps back, and windows beyond it are cut', () => {
  const ahead = worked(planWindows(EMPTY_PLAN, spec, timeAt(500)), 500);
  const back = planWindows(ahead, spec, timeAt(100));
  expect(back.frontiers['']).toMatchObject({ live: iso(98), final: iso(40) });
  const open = planWindows(EMPTY_PLAN, spec, timeAt(42));
  expect(rangeSpecOf(planWindows(open, spec, timeAt(12)))).toEqual([['live', iso(0), iso(10)]]);
});

test('delivered ids are kept as long as a read may return them, even after a clock was ahead', () => {
  const plan = worked(planWindows(EMPTY_PLAN, spec, timeAt(500)), 500);
  expect(keepFrom(plan, spec, undefined)).toBe(iso(440));
  expect(keepFrom(plan, spec, iso(100))).toBe(iso(40));
  expect(keepFrom(plan, { ...spec, olderMs: 15 * MINUTE }, iso(100))).toBe(iso(25));
});

test('every partition has its own watermark; one that is no longer listed is kept while there is room', () => {
  const two = planWindows(EMPTY_PLAN, spec, timeAt(12, { partitions: ['a', 'b'] }));
  expect(two.open.map(({ partition, to }) => [partition, to])).toEqual([
    ['a', iso(10)],
    ['b', iso(10)],
  ]);
  const one = planWindows(two, spec, timeAt(12, { partitions: ['a'] }));
  expect(one.open.map(({ partition }) => partition)).toEqual(['a']);
  expect(one.frontiers['b']).toMatchObject({ live: iso(0) });
  const again = planWindows(worked(one, 12), spec, timeAt(20, { partitions: ['a', 'b'], overlapMs: 0 }));
  expect(again.open.map(({ from, partition }) => [partition, from])).toEqual([
    ['a', iso(10)],
    ['b', iso(0)],
  ]);
});

test('a partition that is no longer listed does not hold back the coverage of the others, and counts again once it is back', () => {
  const both = timeAt(12, { partitions: ['a', 'b'] });
  const two = worked(planWindows(EMPTY_PLAN, spec, both), 12);
  expect(deliveredThrough(two)).toBe(iso(10));
  const one = worked(planWindows(two, spec, timeAt(50, { partitions: ['a'] })), 50);
  expect(deliveredThrough(one)).toBe(iso(48));
  expect(deliveredThrough(planWindows(one, spec, timeAt(60, { partitions: [] })))).toBeUndefined();
  // A version without the list keeps the rest of a watermark, and continues there.
  expect(one.frontiers['b']).toMatchObject({ start: iso(0), live: iso(10) });
  const back = planWindows(one, spec, timeAt(60, { partitions: ['a', 'b'] }));
  expect(deliveredThrough(back)).toBe(iso(10));
  expect(deliveredThrough(worked(back, 60))).toBe(iso(58));
});

test('the final pass of a partition takes place when it is listed again', () => {
  const parts = { partitions: ['a'], overlapMs: 0 };
  const read = worked(planWindows(EMPTY_PLAN, spec, timeAt(32, parts)), 32);
  const last = { partition: 'a', lane: 'final', from: iso(0) };
  const open = planWindows(read, spec, timeAt(80, parts)).open.filter(({ lane }) => lane === 'final');
  expect(open).toMatchObject([last]);
  const gone = planWindows(planWindows(read, spec, timeAt(80, parts)), spec, timeAt(80, { partitions: [] }));
  expect(gone.open).toEqual([]);
  expect(
    planWindows(gone, spec, timeAt(80, parts)).open.filter(({ lane }) => lane === 'final'),
  ).toMatchObject([last]);
});

test('partitions beyond the limit are left out and counted', () => {
  const many = Array.from({ length: MAX_PARTITIONS + 7 }, (_, i) => `site-${1_000 + i}`);
  let plan = planWindows(EMPTY_PLAN, spec, timeAt(12, { partitions: many }));
  expect(plan.open).toHaveLength(MAX_OPEN_WINDOWS);
  expect([Object.keys(plan.frontiers).length, plan.leftPartitions]).toEqual([MAX_PARTITIONS, 7]);
  const others = many.map((name) => name.replace('site', 'moved'));
  plan = planWindows(plan, spec, timeAt(20, { partitions: others.slice(0, 10) }));
  expect([Object.keys(plan.frontiers).length, plan.leftPartitions]).toEqual([MAX_PARTITIONS, undefined]);
});

/** The possible events of a plan, one after another. */
const happening = fc.oneof(
  fc.record({
    kind: fc.constant('run' as const),
    afterMinutes: fc.integer({ min: 0, max: 90 }),
    works: fc.integer({ min: 0, max: 12 }),
  }),
  fc.record({ kind: fc.constant('jump' as const), minutes: fc.integer({ min: -600, max: 600 }) }),
  fc.record({ kind: fc.constant('progress' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('split' as const) }),
  fc.record({
    kind: fc.constant('declare' as const),
    minMinutes: fc.integer({ min: 0, max: 30 }),
    moreMinutes: fc.integer({ min: 0, max: 200 }),
    longest: fc.option(fc.integer({ min: 1, max: 120 })),
    overlap: fc.integer({ min: 0, max: 90 }),
  }),
);

/** Joins ranges that touch. */
function union(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const joined: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

test('delivered and open windows cover the whole time line, whatever the runs, the clock and the declaration do', () => {
  const check = (
    happenings: readonly (typeof happening extends fc.Arbitrary<infer T> ? T : never)[],
  ): void => {
    let [plan, declared, minute, overlapMs] = [EMPTY_PLAN, spec, 30, 20 * MINUTE];
    const delivered: (readonly [number, number])[] = [];
    const close = (window: Window): void => {
      delivered.push([Date.parse(window.from), Date.parse(window.to)]);
      plan = closeWindow(plan, window.id, declared, iso(minute));
    };
    const replan = (): void => {
      plan = planWindows(plan, declared, timeAt(minute, { overlapMs }));
      const live = plan.open.filter(({ lane }) => lane === 'live');
      const open = live.map(({ from, to }) => [Date.parse(from), Date.parse(to)] as const);
      const frontier = Date.parse(plan.frontiers['']?.live ?? '');
      const covered = union([...delivered, ...open]).find(([from]) => from <= START) ?? [START, START];
      expect(covered[1]).toBeGreaterThanOrEqual(frontier);
      expect(plan.open.length).toBeLessThanOrEqual(MAX_OPEN_WINDOWS);
      expect(JSON.stringify(plan).length).toBeLessThan(16_384);
    };
    for (const each of happenings) {
      if (each.kind === 'run') {
        minute += each.afterMinutes;
        replan();
        for (let work = 0; work < each.works; work++) {
          const window = nextWindow(plan);
          if (window !== undefined) close(window);
        }
      } else if (each.kind === 'jump') minute = Math.max(0, minute + each.minutes);
      else if (each.kind === 'declare') {
        const lag = { minMs: each.minMinutes * MINUTE, maxMs: (each.minMinutes + each.moreMinutes) * MINUTE };
        declared = { lag, ...(each.longest === null ? {} : { maxMs: each.longest * MINUTE }) };
        overlapMs = each.overlap * MINUTE;
      } else {
        const window = nextWindow(plan);
        if (window === undefined) continue;
        if (each.kind === 'split') plan = splitWindow(plan, window.id, middleOf(window, declared));
        else {
          const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
          const reached = new Date(Math.floor(from + (to - from) * each.share)).toISOString();
          delivered.push([from, Date.parse(reached)]);
          const rest = { from: reached, to: window.to, position: undefined };
          plan = advanceWindow(plan, window.id, rest, declared, iso(minute));
        }
      }
      replan();
    }
    replan();
    // In the end every range is read, and nothing between the start and the end is left out.
    for (let window = nextWindow(plan); window !== undefined; window = nextWindow(plan)) {
      close(window);
      plan = planWindows(plan, declared, timeAt(minute, { overlapMs }));
    }
    const end = START + minute * MINUTE - declared.lag.minMs;
    expect(union([...delivered, [START, START]])[0]?.[1]).toBeGreaterThanOrEqual(Math.max(end, START));
  };
  fc.assert(fc.property(fc.array(happening, { maxLength: 40 }), check), { numRuns: 300 });
});

test('a window without maxMs has any length, whatever its step; an invalid one is reported', () => {
  const lag = { minMs: 1, maxMs: 2 };
  expect(windowProblem({ lag, stepMs: 1_000 })).toBeUndefined();
  expect(windowProblem({ lag, stepMs: 1_000, maxMs: 1_000 })).toBeUndefined();
  expect(windowProblem({ lag, stepMs: 1_000, maxMs: 999 })).toContain('maxMs is 999');
  expect(windowProblem({ lag, stepMs: 0 })).toContain('stepMs is 0');
  expect(windowProblem({ lag, maxPages: 0 })).toContain('maxPages is 0');
  const range = { from: '2026-11-01T00:00:00.000Z', to: '2027-11-01T00:00:00.000Z' } as const;
  expect(openRange(EMPTY_PLAN, { lane: 'live', ...range }, {}).plan.open).toEqual([
    { id: 1, lane: 'live', ...range },
  ]);
});
