import { EMPTY_LEDGER, type Checkpoint } from '../../../shared/contract/checkpoint';
import type { AuditEvent } from '../../../shared/contract/operator';
import type { RunReport } from '../../../shared/contract/run';
import { coverageReport, type ReportInput } from '../../../shared/admin/coverage/build-report';

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const START = '2026-11-19T00:00:00.000Z';
const SET_UP = '2026-11-20T00:00:00.000Z';
const day = (time: string): string => `2026-11-20T${time}:00.000Z`;

/** A run that took no time: what it covers ends when it began. */
function run(at: string, from: string, more: Partial<RunReport> = {}): RunReport {
  return {
    ...ID,
    ...EMPTY_LEDGER,
    runId: at,
    table: 'Acme_CL',
    pages: 1,
    drifted: 0,
    startedAt: at,
    durationMs: 0,
    outcome: 'caught-up',
    coveredFrom: from,
    coveredTo: at,
    ...more,
  };
}
const failed = (at: string, message = 'asking acme: 503.'): RunReport => {
  const { coveredFrom: _, coveredTo: __, ...report } = run(at, at);
  return { ...report, outcome: 'failed', error: { name: 'UnavailableError', message } };
};
const act = (
  at: string,
  what: AuditEvent['what'],
  before: AuditEvent['before'],
  after: AuditEvent['after'],
): AuditEvent => ({
  ...ID,
  id: at,
  at,
  by: 'anna',
  what,
  before,
  after,
});
const checkpoint = (newest: string, more: Partial<Checkpoint> = {}): Checkpoint => ({
  version: 1,
  position: {},
  ledger: EMPTY_LEDGER,
  startFrom: START,
  boundary: { time: newest, ids: [] },
  ...more,
});

/** A source that was set up at midnight and ran every hour until noon. The report is made at noon. */
function evidence(more: Partial<ReportInput> = {}): ReportInput {
  const hours = Array.from({ length: 12 }, (_, hour) => day(`${String(hour + 1).padStart(2, '0')}:00`));
  const runs = [
    run(SET_UP, START),
    ...hours.map((at, hour) => run(at, hour === 0 ? SET_UP : hours[hour - 1]!)),
  ];
  return {
    id: ID,
    title: 'Alerts',
    table: 'Acme_CL',
    retention: { days: 30, source: 'https://acme.test/retention' },
    asked: { from: START, to: day('12:00') },
    now: new Date(day('12:10')),
    checkpoint: checkpoint(day('11:59')),
    runs,
    acts: [],
    pause: undefined,
    letters: [],
    everyMs: 0,
    lagMs: 0,
    canBackfill: false,
    backfills: [],
    ...more,
  };
}
const until = (time: string): RunReport[] =>
  evidence().runs.filter(({ startedAt }) => startedAt <= day(time));

test('a source that ran all the time is complete, including the range that its first run read back', () => {
  expect(coverageReport(evidence())).toMatchObject({
    verdict: 'complete',
    commands: [],
    gaps: [],
    outages: [],
    covered: [{ from: START, to: day('12:00'), verdict: 'complete', at: day('12:00'), runs: 13 }],
  });
});

test('the report of a month of runs is built quickly', () => {
  const at = (minute: number): string => new Date(Date.parse(START) + minute * 60_000).toISOString();
  const runs = Array.from({ length: 10_000 }, (_, each) => run(at(5 * each + 5), at(5 * each)));
  const asked = { from: START, to: at(50_000) };
  const before = process.cpuUsage();
  const one = coverageReport(
    evidence({ asked, runs, now: new Date(asked.to), checkpoint: checkpoint(asked.to) }),
  );
  expect(one).toMatchObject({ verdict: 'complete', covered: [{ runs: 10_000 }] });
  expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
});

test('an outage that a later run made up for is completed late, with its cause and its times', () => {
  const runs = [
    ...until('03:00'),
    failed(day('04:00')),
    failed(day('05:00')),
    run(day('09:00'), day('03:00')),
  ];
  const one = coverageReport(
    evidence({ runs, asked: { from: START, to: day('09:00') }, now: new Date(day('09:10')) }),
  );
  expect(one).toMatchObject({ verdict: 'completed late', gaps: [], commands: [] });
  expect(one.covered.map(({ from, to, verdict }) => [from, to, verdict])).toEqual([
    [START, day('03:00'), 'complete'],
    [day('03:00'), day('09:00'), 'completed late'],
  ]);
  expect(one.outages).toContainEqual({
    from: day('04:00'),
    to: day('09:00'),
    failures: 2,
    cause: 'UnavailableError: asking acme: 503.',
    isOver: true,
  });
});

const HOUR_MS = 3_600_000;

test('a source that runs once a day is complete between two runs, without an outage', () => {
  const at = (day: number): string => new Date(Date.parse(SET_UP) + day * 24 * HOUR_MS).toISOString();
  const runs = [run(SET_UP, START), run(at(1), SET_UP), run(at(2), at(1))];
  const now = new Date(Date.parse(at(2)) + 23 * HOUR_MS);
  const asked = { from: START, to: now.toISOString() };
  const daily = { runs, now, asked, checkpoint: checkpoint(at(2)), everyMs: 24 * HOUR_MS };
  expect(coverageReport(evidence(daily))).toMatchObject({ verdict: 'complete', gaps: [], outages: [] });
  expect(coverageReport(evidence({ ...daily, everyMs: HOUR_MS }))).toMatchObject({
    verdict: 'recoverable',
    covered: [{ verdict: 'complete' }, { from: SET_UP, to: at(2), verdict: 'completed late' }],
    outages: [{}, {}, { isOver: false }],
  });
});

test('events that the vendor publishes late are neither late nor missing before the shortest lag is over', () => {
  const lagMs = 6 * HOUR_MS;
  const behind = (at: string): string => new Date(Date.parse(at) - lagMs).toISOString();
  const runs = evidence().runs.map((each) => ({
    ...each,
    coveredFrom: each.startedAt === SET_UP ? START : behind(each.coveredFrom!),
    coveredTo: behind(each.startedAt),
  }));
  const reached = behind(day('12:00'));
  const windows = {
    nextId: 2,
    frontiers: { '': { start: START, live: reached, recheck: reached, final: reached } },
    open: [],
  };
  const slow = { runs, checkpoint: checkpoint(reached, { windows }) };
  expect(coverageReport(evidence({ ...slow, lagMs }))).toMatchObject({ verdict: 'complete', gaps: [] });
  expect(coverageReport(evidence(slow))).toMatchObject({ verdict: 'recoverable', gaps: [{ from: reached }] });
});

test('a run can still recover an outage that continues', () => {
  const runs = [...until('03:00'), failed(day('04:00'))];
  const one = coverageReport(evidence({ runs, checkpoint: checkpoint(day('03:00')) }));
  expect(one).toMatchObject({
    verdict: 'recoverable',
    commands: ['npx tributary run acme/alerts'],
    gaps: [{ from: day('03:00'), to: day('12:00'), cause: 'UnavailableError: asking acme: 503.' }],
    outages: [{ from: day('04:00'), isOver: false, failures: 1 }],
  });
});

test('a source that waits for its vendor beyond its schedule is reported at once, with what it waits for', () => {
  const error = { name: 'UnavailableError', message: 'asking acme: it is left alone until 05:00.' };
  const late: RunReport = { ...failed(day('04:00')), outcome: 'late', error, waitingSince: day('03:30') };
  const one = coverageReport(
    evidence({
      runs: [...until('03:30'), late],
      checkpoint: checkpoint(day('03:30')),
      now: new Date(day('04:05')),
    }),
  );
  expect(one).toMatchObject({
    verdict: 'recoverable',
    reasons: [expect.stringMatching(/ is not delivered: .*it is left alone until 05:00\.$/)],
    outages: [
      { from: day('03:30'), isOver: false, failures: 1, cause: expect.stringContaining(error.message) },
    ],
    commands: ['npx tributary run acme/alerts'],
  });
});

test('a function app that does not run is an outage without a failure', () => {
  const one = coverageReport(evidence({ runs: until('03:00'), checkpoint: checkpoint(day('03:00')) }));
  expect(one.outages).toEqual([
    { from: day('03:00'), to: day('12:00'), failures: 0, cause: 'nothing ran', isOver: false },
  ]);
});

test('a pause is reported with who and why; it is not an outage, and resuming recovers what it left', () => {
  const pause = { by: 'anna', since: day('03:10'), reason: 'audit' };
  const acts = [act(day('03:10'), 'pause', null, pause)];
  const one = coverageReport(
    evidence({ runs: until('03:00'), checkpoint: checkpoint(day('03:00')), acts, pause }),
  );
  expect(one).toMatchObject({
    verdict: 'recoverable',
    commands: ['npx tributary resume acme/alerts'],
    pauses: [pause],
    outages: [],
    gaps: [{ cause: `paused by anna since ${day('03:10')}` }],
  });
});

test('a pause that ended says who ended it', () => {
  const acts = [
    act(day('03:10'), 'pause', null, { by: 'anna', since: day('03:10') }),
    { ...act(day('03:50'), 'resume', { by: 'anna', since: day('03:10') }, null), by: 'ben' },
  ];
  expect(coverageReport(evidence({ acts })).pauses).toEqual([
    { by: 'anna', since: day('03:10'), to: day('03:50'), resumedBy: 'ben' },
  ]);
});

test('what the vendor no longer keeps is lost; the command recovers only the rest', () => {
  const now = new Date('2026-12-10T00:00:00.000Z');
  const asked = { from: '2026-11-05T00:00:00.000Z', to: START };
  const one = coverageReport(evidence({ asked, now }));
  expect(one.verdict).toBe('lost');
  expect(one.gaps).toMatchObject([
    { to: '2026-11-10T00:00:00.000Z', verdict: 'lost', cause: expect.stringContaining('keeps 30 days') },
    {
      from: '2026-11-10T00:00:00.000Z',
      verdict: 'recoverable',
      command: 'npx tributary state set acme/alerts --since 2026-11-10T00:00:00.000Z',
    },
  ]);
});

test('events that the vendor keeps for a shorter time are named', () => {
  const retention = {
    days: 180,
    except: { what: 'Git events', days: 7 },
    source: 'https://acme.test/retention',
  };
  const asked = { from: '2026-11-05T00:00:00.000Z', to: START };
  const one = coverageReport(evidence({ retention, asked }));
  expect(one.gaps).toMatchObject([{ verdict: 'recoverable', partlyLost: 'Git events' }]);
  expect([one.verdict, one.reasons.join()]).toEqual(['lost', expect.stringContaining('Git events of')]);
});

test('waiting dead letters are recoverable; replayed and dropped ones are counted', () => {
  const letters = ['refused', 'page-set-aside', 'page-set-aside', 'truncated'].map((cause) => ({
    at: day('05:00'),
    cause: cause as 'refused',
  }));
  const waiting = coverageReport(evidence({ letters }));
  expect(waiting).toMatchObject({
    verdict: 'recoverable',
    commands: ['npx tributary dead-letters replay acme/alerts'],
    letters: { waiting: { refused: 1, 'page-set-aside': 2 }, truncated: 1 },
  });
  const acts = [
    act(day('06:00'), 'replay', {}, { accepted: 2, filtered: 1, remaining: 0, truncated: 0 }),
    act(day('07:00'), 'drop', {}, { dropped: 4 }),
  ];
  expect(coverageReport(evidence({ acts }))).toMatchObject({
    verdict: 'lost',
    letters: { replayed: 3, dropped: 4 },
  });
});

test('dead letters that runs counted and that are no longer stored are lost, unless the audit log has them', () => {
  const runs = [...until('03:00'), run(day('12:00'), day('03:00'), { fetched: 5, deadLettered: 5 })];
  const letters = [{ at: day('12:00'), cause: 'refused' }] as const;
  const acts = [act(day('12:05'), 'replay', {}, { accepted: 2, filtered: 0, remaining: 0, truncated: 0 })];
  expect(coverageReport(evidence({ runs, letters, acts }))).toMatchObject({
    verdict: 'lost',
    reasons: expect.arrayContaining([expect.stringMatching(/^2 dead letters are no longer stored/)]),
    letters: { waiting: { refused: 1 }, replayed: 2, gone: 2 },
  });
  expect(coverageReport(evidence({ runs, letters: Array(5).fill(letters[0]) })).letters.gone).toBe(0);
});

test('the counts include only the runs in the requested range', () => {
  const asked = { from: day('06:00'), to: day('12:00') };
  const runs = evidence().runs.map((each) => ({ ...each, fetched: 1, accepted: 1 }));
  expect(coverageReport(evidence({ asked, runs })).runs).toMatchObject({ ended: 7, ledger: { fetched: 7 } });
});

test('where the run history is gone, the checkpoint covers the time before its newest event', () => {
  expect(coverageReport(evidence({ runs: [] })).covered).toEqual([
    { from: START, to: day('11:59'), verdict: 'complete', runs: 0 },
  ]);
});

test('the range that an operator skipped with state set is not covered', () => {
  const moved = checkpoint(day('12:00'), { startFrom: day('10:00') });
  const acts = [act(day('10:00'), 'state-set', { startFrom: START }, {})];
  const runs = [...until('03:00'), run(day('11:00'), day('10:00')), run(day('12:00'), day('11:00'))];
  expect(coverageReport(evidence({ runs, acts, checkpoint: moved })).gaps).toMatchObject([
    { from: day('03:00'), to: day('10:00'), command: expect.stringContaining(`--since ${day('03:00')}`) },
  ]);
});

test('for a source read in windows, coverage ends at its first gap, however new its newest event is', () => {
  const frontier = (live: string) => ({ start: START, live, recheck: live, final: live });
  const windows = {
    nextId: 3,
    frontiers: { hq: frontier(day('03:00')), lab: frontier(day('11:00')) },
    open: [],
  };
  const one = coverageReport(
    evidence({ runs: until('03:00'), checkpoint: checkpoint(day('11:59'), { windows }) }),
  );
  expect(one).toMatchObject({
    verdict: 'recoverable',
    commands: ['npx tributary run acme/alerts'],
    gaps: [{ from: day('03:00'), to: day('12:00') }],
  });
});

test('a source with more partitions than it may read is not complete', () => {
  const runs = evidence().runs.map((each) => ({ ...each, leftPartitions: 3 }));
  expect(coverageReport(evidence({ runs }))).toMatchObject({
    verdict: 'recoverable',
    reasons: [expect.stringMatching(/^3 partitions are over the limit and are not read/)],
  });
});

test('a source that never ran says so and suggests a run, which begins at its START', () => {
  expect(coverageReport(evidence({ runs: [], checkpoint: undefined, canBackfill: true }))).toMatchObject({
    verdict: 'recoverable',
    covered: [],
    gaps: [{ cause: 'the source never ran' }],
    commands: ['npx tributary run acme/alerts'],
  });
});

describe('the time before a source began', () => {
  const earlier = '2026-11-12T00:00:00.000Z';
  const asked = { from: earlier, to: day('12:00') };

  test('is not a gap: nobody asked for it, and the report says so', () => {
    const one = coverageReport(evidence({ asked, canBackfill: true }));
    expect(one).toMatchObject({ verdict: 'complete', begins: START, gaps: [], commands: [] });
    expect(one.reasons).toEqual([
      'All that the vendor showed was delivered in time.',
      `${earlier} to ${START} was not asked for: the source began at ${START}.`,
    ]);
    const finished = { from: earlier, to: START, state: 'finished', left: [], at: day('01:00') };
    const backfills = [finished] as unknown as ReportInput['backfills'];
    expect(coverageReport(evidence({ asked, canBackfill: true, backfills })).reasons).not.toContainEqual(
      expect.stringContaining('was not asked for'),
    );
  });

  test('is a gap where the request covers nothing else, or where a backfill of it was requested', () => {
    const before = { from: earlier, to: START };
    const command = `npx tributary backfill acme/alerts --from ${earlier} --to ${START}`;
    const alone = coverageReport(evidence({ asked: before, canBackfill: true }));
    expect([alone.begins, alone.commands]).toEqual([undefined, [command]]);
    const from = '2026-11-17T00:00:00.000Z';
    const cancelled = { from, to: START, state: 'cancelled', left: [], at: day('01:00') };
    const backfills = [cancelled] as unknown as ReportInput['backfills'];
    expect(coverageReport(evidence({ asked, canBackfill: true, backfills }))).toMatchObject({
      verdict: 'recoverable',
      begins: START,
      gaps: [{ from, to: START }],
    });
  });

  test('ends at the first start; a range that a later state set skipped is a gap', () => {
    const moved = act(day('02:00'), 'state-set', { startFrom: START }, { startFrom: day('08:00') });
    const one = coverageReport(
      evidence({
        asked,
        acts: [moved],
        runs: [...until('02:00'), run(day('12:00'), day('08:00'))],
        checkpoint: checkpoint(day('11:59'), { startFrom: day('08:00') }),
      }),
    );
    expect(one).toMatchObject({ begins: START, gaps: [{ from: day('02:00'), to: day('08:00') }] });
  });
});

test('a run that finished its windows from before an outage does not cover what it handed off to a backfill', () => {
  const order = {
    ...ID,
    version: 1,
    id: '0a1b2c3d',
    from: day('02:00'),
    to: day('08:00'),
    parts: 1,
    workers: 1,
    stepMs: 1,
    isCatchUp: true,
    by: 'catch-up',
    at: day('11:30'),
    changedAt: day('11:30'),
    done: 0,
    worked: 0,
    ledger: EMPTY_LEDGER,
  } as const;
  const left = [{ from: order.from, to: order.to }];
  const runs = [...until('01:00'), run(day('11:30'), day('01:00')), run(day('12:00'), day('11:30'))];
  const told = (more: Partial<ReportInput>) =>
    coverageReport(evidence({ runs, canBackfill: true, ...more })).gaps;
  expect(told({ backfills: [{ ...order, state: 'running', left }] })).toMatchObject([
    { ...left[0], command: 'npx tributary backfill list acme/alerts' },
  ]);
  expect(told({ backfills: [{ ...order, state: 'cancelled', left }] })).toMatchObject([
    { ...left[0], command: `npx tributary backfill acme/alerts --from ${order.from} --to ${order.to}` },
  ]);
  // Delivered events stay delivered after a second hand-off.
  const again = { ...order, at: day('12:05'), state: 'running', left } as const;
  expect(told({ runs: evidence().runs, backfills: [again] })).toEqual([]);
  const part = { ...run(day('11:45'), order.from, { coveredTo: order.to }), part: '0a1b2c3d.0' };
  const finished = { ...order, state: 'finished', done: 1, left: [] } as const;
  expect(told({ runs: [...runs, part], backfills: [finished] })).toEqual([]);
});

describe('the time that the vendor no longer kept when the source read it', () => {
  const from = '2026-10-01T00:00:00.000Z';
  const kept = '2026-10-20T00:00:00.000Z';

  test('is lost, even where the checkpoint alone would cover it', () => {
    const gone = [{ from, to: kept }];
    const asked = { from, to: day('12:00') };
    const one = coverageReport(
      evidence({
        asked,
        checkpoint: checkpoint(day('11:59'), { startFrom: from, gone }),
        retention: { days: 30, source: '' },
      }),
    );
    expect(one.verdict).toBe('lost');
    expect(one.reasons[0]).toBe(
      `${from} to ${kept} is lost: no run has delivered it; the vendor keeps 30 days.`,
    );
    expect(one.covered[0]?.from).toBe(kept);
  });

  test('is partly lost, where the other events were delivered', () => {
    const gone = [{ from: START, to: day('06:00'), what: 'Git events' }];
    expect(coverageReport(evidence({ checkpoint: checkpoint(day('11:59'), { gone }) }))).toMatchObject({
      verdict: 'lost',
      reasons: [
        `Git events of ${START} to ${day('06:00')} are lost: the vendor keeps them for a shorter time.`,
      ],
    });
  });

  test('is reported but not lost where the vendor had deleted it before the source began', () => {
    const gone = [{ from, to: START, atStart: true as const }];
    const asked = { from, to: day('12:00') };
    expect(coverageReport(evidence({ asked, checkpoint: checkpoint(day('11:59'), { gone }) }))).toMatchObject(
      {
        verdict: 'complete',
        reasons: [
          'All that the vendor showed was delivered in time.',
          `What happened from ${from} to ${START}: the vendor no longer kept it when the source began.`,
        ],
      },
    );
  });
});
