import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';
import { shouldRequeue, countNoProgress, continueAfterMs } from '../../shared/pull/no-progress';
import { HARNESS_ID } from '../fakes/pull-harness';

const NOW = new Date('2026-11-21T12:00:00Z');
const inMs = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();

/** A run that stopped before it caught up, without progress. */
function report(change: Partial<RunReport> = {}): RunReport {
  return {
    ...HARNESS_ID,
    ...EMPTY_LEDGER,
    runId: 'run',
    table: 'Alerts_CL',
    pages: 1,
    drifted: 0,
    startedAt: NOW.toISOString(),
    durationMs: 0,
    outcome: 'out-of-time',
    ...change,
  };
}

/** The waits of consecutive runs, until one waits for its timer. */
function waitsOf(each: Partial<RunReport>): number[] {
  const waits: number[] = [];
  let last: RunReport | undefined;
  while (waits.length < 50) {
    last = countNoProgress(report(each), last);
    const waitMs = continueAfterMs(last, NOW);
    if (waitMs === undefined) return waits;
    waits.push(waitMs);
  }
  return waits;
}

test('runs without progress are continued at growing intervals, a few times, and then by their timer', () => {
  const waits = waitsOf({ duplicate: 3, fetched: 3 });
  expect(waits).toHaveLength(6);
  expect(waits).toEqual([...new Set(waits)].sort((a, b) => a - b));
  expect(waits[0]).toBeGreaterThan(0);
});

test('a longer wait that the vendor asks for is kept, without more continuations', () => {
  expect(waitsOf({ resumeAt: inMs(60_000) })).toEqual([60_000, 60_000, 60_000, 60_000, 80_000, 160_000]);
  expect(waitsOf({ resumeAt: inMs(3_600_000) })).toEqual([]);
});

test.each<[string, Partial<RunReport>]>([
  ['delivered something new', { fetched: 3, accepted: 1, duplicate: 2 }],
  ['kept a dead letter', { fetched: 1, deadLettered: 1 }],
  ['filtered a record', { fetched: 1, filtered: 1 }],
  ['finished a window of a recheck', { windowsDone: 1 }],
  ['was stopped before its first page', { pages: 0 }],
  ['covers more time', { coveredFrom: inMs(-2_000), coveredTo: inMs(-1_000) }],
])(
  'a run that %s is continued at once, and the runs without progress before it are forgotten',
  (_, change) => {
    const ended = countNoProgress(report(change), report({ withoutProgress: 5 }));
    expect(ended.withoutProgress).toBeUndefined();
    expect(continueAfterMs(ended, NOW)).toBe(0);
    expect(countNoProgress(report(), ended).withoutProgress).toBe(1);
  },
);

test('a source that is triggered again and again and stays equally late makes no progress, however much time it covers', () => {
  let nowMs = NOW.getTime();
  let coveredMs = nowMs - 720_000;
  let last = report({ startedAt: new Date(nowMs).toISOString(), accepted: 1 });
  const waits: number[] = [];
  for (let run = 0; run < 50; run++) {
    const now = new Date(nowMs);
    // Every second message was delivered twice.
    const to = run % 2 === 0 ? nowMs - 720_000 : coveredMs;
    const span = { coveredFrom: new Date(coveredMs).toISOString(), coveredTo: new Date(to).toISOString() };
    last = countNoProgress(report({ startedAt: now.toISOString(), ...(to > coveredMs ? span : {}) }), last);
    coveredMs = to;
    const waitMs = continueAfterMs(last, now);
    if (waitMs === undefined) break;
    waits.push(waitMs);
    if (run % 2 === 1) nowMs += waitMs;
  }
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000]);
});

test('a run that reduces its delay makes progress', () => {
  const before = report({ withoutProgress: 3, progressAt: inMs(-60_000), startedAt: inMs(-1_000) });
  const caught = report({ coveredFrom: inMs(-3_600_000), coveredTo: inMs(-3_600_000 + 61_000) });
  expect(countNoProgress(caught, before).withoutProgress).toBeUndefined();
});

test.each(['caught-up', 'failed'] as const)('a run that ended as %s sends no trigger message', (outcome) => {
  expect(continueAfterMs(report({ outcome }), NOW)).toBeUndefined();
});

test.each<[boolean, string, Partial<RunReport> | undefined, boolean]>([
  [true, 'was never run to its end', undefined, false],
  [true, 'goes on over the queue', { accepted: 1 }, true],
  [true, 'caught up, and was begun again since', { outcome: 'caught-up' }, true],
  [false, 'caught up', { outcome: 'caught-up' }, false],
  [false, 'wakes itself later, without progress', { withoutProgress: 1 }, true],
  [false, 'waits for its timer, without progress', { withoutProgress: 7 }, true],
  [false, 'waits for its vendor, and then for its timer', { resumeAt: inMs(3_600_000) }, true],
  [false, 'failed', { outcome: 'failed' }, true],
])(
  'a trigger message that met another run is requeued (%s) for a source that %s',
  (isBack, _, last, isUnfinished) => {
    expect(shouldRequeue(last === undefined ? undefined : report(last), isUnfinished, NOW)).toBe(isBack);
  },
);
