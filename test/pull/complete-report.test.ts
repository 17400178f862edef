import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';
import { completeReport, judgeWait, waitingSinceOf } from '../../shared/pull/complete-report';
import { SettingError } from '../../shared/contract/errors';
import { fakeClock } from '../fakes/fake-clock';
import { HARNESS_ID } from '../fakes/pull-harness';
import { silentLog } from '../fakes/silent-log';

const T = Date.parse('2026-11-21T12:00:00Z');
const MINUTE_MS = 60_000;
const at = (minutes: number): string => new Date(T + minutes * MINUTE_MS).toISOString();
const every = (minutes: number) => () => minutes * MINUTE_MS;

/** A run that began this many minutes later, and had to wait. */
function waited(minutes: number, change: Partial<RunReport> = {}): RunReport {
  return {
    ...HARNESS_ID,
    ...EMPTY_LEDGER,
    runId: 'run',
    table: 'Alerts_CL',
    pages: 0,
    drifted: 0,
    startedAt: at(minutes),
    durationMs: 0,
    outcome: 'out-of-time',
    resumeAt: at(minutes + 60),
    waitsFor: 'asking acme: it is left alone.',
    ...change,
  };
}

test('a source that waits is late after its schedule, and has failed an hour later, for as long as it waits', () => {
  const outcomes: [number, string][] = [];
  let last: RunReport | undefined;
  for (let minutes = 0; minutes <= 85; minutes += 5) {
    last = judgeWait(waited(minutes), last, every(5), new Date(at(minutes)));
    expect(last.waitingSince).toBe(at(0));
    outcomes.push([minutes, last.outcome]);
  }
  expect(outcomes.find(([, outcome]) => outcome === 'late')).toEqual([10, 'late']);
  expect(outcomes.find(([, outcome]) => outcome === 'failed')).toEqual([70, 'failed']);
  expect(outcomes.at(-1)).toEqual([85, 'failed']);
  expect(last).toMatchObject({
    failingSince: at(0),
    resumeAt: at(145),
    error: {
      name: 'UnavailableError',
      message: expect.stringMatching(/^asking acme: it is left alone\. It has waited since 2026-11-21T12:00/),
    },
  });
});

test('a daily source is not late before the day is over', () => {
  const last = judgeWait(waited(0), undefined, every(1_440), new Date(at(0)));
  expect(judgeWait(waited(600), last, every(1_440), new Date(at(600))).outcome).toBe('out-of-time');
  expect(judgeWait(waited(1_445), last, every(1_440), new Date(at(1_445))).outcome).toBe('late');
});

test('a delivery restarts the wait, and a wait continues after failures', () => {
  const progress = waited(30, { pages: 3, fetched: 9, accepted: 9 });
  expect(judgeWait(progress, waited(0), every(5), new Date(at(30)))).toBe(progress);
  expect(waitingSinceOf(waited(35), progress)).toBe(at(35));
  expect(waitingSinceOf(waited(35), waited(30, { outcome: 'failed', failingSince: at(10) }))).toBe(at(10));
  expect(waitingSinceOf(waited(35), waited(30, { outcome: 'failed' }))).toBe(at(30));
});

test('a time in the future, from a clock that was ahead, counts as now', () => {
  const last = waited(30, { waitingSince: at(10_000) });
  expect(judgeWait(waited(35), last, every(5), new Date(at(35)))).toMatchObject({
    outcome: 'out-of-time',
    waitingSince: at(35),
  });
});

test('a damaged previous report is logged, and the run is judged without it', async () => {
  const log = silentLog();
  const problem = new SettingError('runs/acme/default/alerts.json is damaged.', { isDamage: true });
  const reports = { put: () => Promise.resolve(), read: () => Promise.reject(problem) };
  const tools = { clock: fakeClock(at(1)), everyMs: every(5), log };
  const judged = await completeReport(waited(0, { outcome: 'failed' }), reports, tools);
  expect(judged.failingSince).toBe(at(0));
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { ...HARNESS_ID, reason: problem.message } }]);
});
