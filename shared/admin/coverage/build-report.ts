import {
  addLedgers,
  EMPTY_LEDGER,
  formatId,
  type Checkpoint,
  type Ledger,
  type SourceId,
} from '../../contract/checkpoint';
import type { CoverageReport, Gap, Outage, PausedSpan, Span } from '../../contract/coverage-report';
import type { BackfillProgress } from '../../contract/backfill';
import type { Retention } from '../../contract/connector';
import type { AuditEvent, Pause, StoredDeadLetter } from '../../contract/operator';
import type { RunReport } from '../../contract/run';
import { compareIso } from '../../values/time';
import { coverageBegins } from '../../pull/coverage';
import { coverage, endOf } from './covered-spans';
import { outages, pausedSpans } from './outages';
import { later, uncovered, undelivered, union, within } from '../../windows/time-spans';
import { warningsOf, deadLetterOutcomes, statusOf } from './coverage-status';

const DAY_MS = 24 * 3_600_000;
/** Delay beyond the schedule and the vendor's lateness after which a source is late. */
const GRACE_MS = 3_600_000;

/** Everything known about a source at the time of the report. */
export interface ReportInput {
  readonly id: SourceId;
  readonly title: string;
  readonly table: string;
  readonly retention: Retention | undefined;
  /** True when its vendor serves ranges. */
  readonly canBackfill: boolean;
  readonly backfills: readonly BackfillProgress[];
  readonly asked: Span;
  readonly now: Date;
  readonly checkpoint: Checkpoint | undefined;
  /** From a day before the range until now, oldest first: earlier runs may cover its start, and late events come later. */
  readonly runs: readonly RunReport[];
  /** From a month before the range until now, oldest first. */
  readonly acts: readonly AuditEvent[];
  readonly pause: Pause | undefined;
  /** Dead letters that are still stored. */
  readonly letters: readonly Pick<StoredDeadLetter, 'at' | 'cause'>[];
  /** The longest interval of its schedule; 0 when unknown. */
  readonly everyMs: number;
  /** The vendor's minimum lateness. */
  readonly lagMs: number;
}

/** Reports the coverage of a source's events from its runs, checkpoint and audit events. Pure. */
export function coverageReport(input: ReportInput): CoverageReport {
  const { acts, asked, backfills, checkpoint, everyMs, id, lagMs, letters, now, pause, retention, runs } =
    input;
  /** Newer events may wait for the next run; events delivered later than this are late. */
  const freshMs = GRACE_MS + everyMs + lagMs;
  const nowIso = now.toISOString();
  const limits = { from: asked.from, to: compareIso(asked.to, nowIso) < 0 ? asked.to : nowIso };
  const starts = startTimes(acts, checkpoint);
  const begins = beginsWithin(limits, starts);
  const covered = coverage(limits, runs, checkpoint, {
    starts,
    handedOff: backfills.flatMap(({ at, isCatchUp, left }) =>
      isCatchUp === true ? left.map((span) => ({ ...span, at })) : [],
    ),
    lateMs: freshMs,
  });
  const live = runs.filter(({ part }) => part === undefined);
  const pauses = pausedSpans(acts, pause).filter(
    ({ since, to }) => within({ from: since, to: to ?? nowIso }, limits) !== undefined,
  );
  const since = runs.filter(({ startedAt }) => compareIso(startedAt, limits.from) >= 0);
  const own = since.filter(({ startedAt }) => compareIso(startedAt, limits.to) <= 0);
  const down = outages(limits, live, pauses, nowIso, GRACE_MS + everyMs);
  const gaps = missed(limits, begins, covered, backfills)
    .filter((gap) => !isFresh(gap, { checkpoint, down, freshMs, now, pause }))
    .flatMap((gap) => classify(gap, { ...input, down, pauses, nowIso }));
  const inTime = acts.filter(({ at }) => compareIso(at, limits.from) >= 0);
  const delivered = later(limits.to, covered.at(-1)?.at ?? limits.to);
  const ended = since.filter((run) => compareIso(endOf(run), delivered) <= 0);
  const deadLetters = deadLetterOutcomes(letters, inTime, ended, { ...limits, to: delivered });
  const gone = (checkpoint?.gone ?? []).flatMap((span) => within(span, limits) ?? []);
  const found = statusOf(id, { covered, gaps, gone, deadLetters, warnings: warningsOf(own, checkpoint) });
  const notAsked = beforeStart(limits, begins, [...covered, ...gaps, ...gone]);
  return {
    id,
    title: input.title,
    table: input.table,
    ...asked,
    askedAt: nowIso,
    ...(begins === undefined ? {} : { begins }),
    ...(retention === undefined ? {} : { retention }),
    ...found,
    reasons: [...found.reasons, ...notAsked],
    covered,
    gaps,
    outages: down,
    pauses,
    acts: inTime,
    letters: deadLetters,
    runs: {
      ended: own.length,
      failed: own.filter(({ outcome }) => outcome === 'failed').length,
      ledger: own.reduce<Ledger>(addLedgers, EMPTY_LEDGER),
    },
    ...(checkpoint === undefined ? {} : { ledger: checkpoint.ledger }),
  };
}

/** The start times in the source's checkpoint and in the checkpoints that operators replaced. */
function startTimes(acts: readonly AuditEvent[], checkpoint: Checkpoint | undefined): Set<string> {
  const before = acts.map((act) => (act.before as { readonly startFrom?: unknown } | null)?.startFrom);
  return new Set([checkpoint?.startFrom, ...before].filter((start) => typeof start === 'string'));
}

/** The source's first start time, when it lies within the range. */
function beginsWithin(limits: Span, starts: ReadonlySet<string>): string | undefined {
  const [first] = [...starts].sort(compareIso);
  if (first === undefined) return undefined;
  return compareIso(limits.from, first) < 0 && compareIso(first, limits.to) < 0 ? first : undefined;
}

/** Ranges that should have been delivered and were not. Time before the source's start counts only where a backfill covers it. */
function missed(
  limits: Span,
  begins: string | undefined,
  covered: readonly Span[],
  backfills: readonly Span[],
): Span[] {
  if (begins === undefined) return uncovered(limits, covered);
  const before = backfills.flatMap((ordered) => within(ordered, { from: limits.from, to: begins }) ?? []);
  return [...union(before), { from: begins, to: limits.to }].flatMap((span) => uncovered(span, covered));
}

/** Reasons for ranges before the source's start that no backfill covers: neither delivered nor lost. */
function beforeStart(limits: Span, begins: string | undefined, others: readonly Span[]): string[] {
  if (begins === undefined) return [];
  return uncovered({ from: limits.from, to: begins }, others).map(
    ({ from, to }) => `${from} to ${to} was not asked for: the source began at ${begins}.`,
  );
}

/** Classifies a gap as recoverable or lost, with its cause; splits it where the vendor's retention ends. */
function classify(
  gap: Span,
  {
    backfills,
    canBackfill,
    checkpoint,
    down,
    id,
    nowIso,
    now,
    pauses,
    retention,
  }: ReportInput & {
    readonly down: readonly Outage[];
    readonly pauses: readonly PausedSpan[];
    readonly nowIso: string;
  },
): Gap[] {
  const who = formatId(id);
  const isAhead = checkpoint === undefined || isAtEnd(gap, checkpoint);
  // The next run continues after the newest event; an earlier gap needs a command.
  const isPaused = pauses.some(({ to }) => to === undefined);
  const isOnItsWay = backfills.some(
    ({ left, state }) =>
      (state === 'running' || state === 'paused') && left.some((span) => within(span, gap) !== undefined),
  );
  const commandOf = (span: Span): string =>
    isOnItsWay
      ? `npx tributary backfill list ${who}`
      : !isAhead
        ? canBackfill
          ? `npx tributary backfill ${who} --from ${span.from} --to ${span.to}`
          : `npx tributary state set ${who} --since ${span.from}`
        : isPaused
          ? `npx tributary resume ${who}`
          : `npx tributary run ${who}`;
  const keptSince = (days: number): string => new Date(now.getTime() - days * DAY_MS).toISOString();
  const known = causeOf(gap, down, pauses, checkpoint, nowIso);
  const cause = isOnItsWay ? `${known}; a backfill of it is not finished` : known;
  const { except } = retention ?? {};
  const recoverable = (span: Span): Gap => ({
    ...span,
    verdict: 'recoverable',
    cause,
    ...(except !== undefined && compareIso(span.from, keptSince(except.days)) < 0
      ? { partlyLost: except.what }
      : {}),
    command: commandOf(span),
  });
  if (retention === undefined) return [recoverable(gap)];
  const keptFrom = keptSince(retention.days);
  const passed = checkpoint === undefined ? [] : undelivered(checkpoint);
  const gone = union([{ from: gap.from, to: keptFrom }, ...passed]).flatMap((one) => within(one, gap) ?? []);
  const lost = gone.map(({ from, to }): Gap => {
    return { from, to, verdict: 'lost', cause: `${cause}; the vendor keeps ${retention.days} days` };
  });
  return [...lost, ...uncovered(gap, gone).map(recoverable)].sort((a, b) => compareIso(a.from, b.from));
}

/** True for the time since the last run of a healthy source, which its next run delivers. */
function isFresh(
  gap: Span,
  {
    checkpoint,
    down,
    freshMs,
    now,
    pause,
  }: Pick<ReportInput, 'checkpoint' | 'now' | 'pause'> & {
    readonly down: readonly Outage[];
    readonly freshMs: number;
  },
): boolean {
  const isNew = now.getTime() - Date.parse(gap.from) < freshMs;
  return isNew && isAtEnd(gap, checkpoint) && pause === undefined && down.every(({ isOver }) => isOver);
}

function isAtEnd(gap: Span, checkpoint: Checkpoint | undefined): boolean {
  const reached = checkpoint && coverageBegins(checkpoint);
  return reached !== undefined && compareIso(reached, gap.from) <= 0;
}

function causeOf(
  gap: Span,
  down: readonly Outage[],
  pauses: readonly PausedSpan[],
  checkpoint: Checkpoint | undefined,
  now: string,
): string {
  if (checkpoint === undefined) return 'the source never ran';
  const { startFrom } = checkpoint;
  if (startFrom !== undefined && compareIso(gap.to, startFrom) <= 0)
    return `the source begins at ${startFrom}`;
  const pause = pauses.find(({ since, to }) => within({ from: since, to: to ?? now }, gap) !== undefined);
  if (pause !== undefined) return `paused by ${pause.by} since ${pause.since}`;
  return down.find((outage) => within(outage, gap) !== undefined)?.cause ?? 'no run has delivered it';
}
