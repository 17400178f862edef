import {
  formatId,
  isBalanced,
  type Checkpoint,
  type GoneSpan,
  type SourceId,
} from '../../contract/checkpoint';
import type {
  CoveredSpan,
  CoverageReport,
  Gap,
  DeadLetterOutcomes,
  Span,
  CoverageStatus,
} from '../../contract/coverage-report';
import type { AuditEvent, StoredDeadLetter } from '../../contract/operator';
import type { RunReport } from '../../contract/run';
import { compareIso } from '../../values/time';

/**
 * The outcomes of a range's dead letters. A dead letter is stored before its run ends, so one that a run counted and that
 * cannot be found is gone.
 * @param letters that are still stored @param acts since the range's start @param runs of the range
 */
export function deadLetterOutcomes(
  letters: readonly Pick<StoredDeadLetter, 'at' | 'cause'>[],
  acts: readonly AuditEvent[],
  runs: readonly Pick<RunReport, 'deadLettered'>[],
  limits: Span,
): DeadLetterOutcomes {
  const waiting: Record<string, number> = {};
  const ofTime = letters.filter(
    ({ at }) => compareIso(at, limits.from) >= 0 && compareIso(at, limits.to) <= 0,
  );
  const own = ofTime.filter(({ cause }) => cause !== 'truncated');
  for (const { cause } of own) waiting[cause] = (waiting[cause] ?? 0) + 1;
  const sum = (what: AuditEvent['what'], names: readonly string[]): number =>
    acts
      .filter((act) => act.what === what)
      .flatMap(({ after }) =>
        names.map((name) => Number((after as Record<string, unknown> | null)?.[name] ?? 0)),
      )
      .reduce((a, b) => a + b, 0);
  const replayed = sum('replay', ['accepted', 'filtered']);
  const dropped = sum('drop', ['dropped']);
  const counted = runs.reduce((total, { deadLettered }) => total + deadLettered, 0);
  const gone = Math.max(0, counted - own.length - replayed - dropped);
  return { waiting, truncated: ofTime.length - own.length, replayed, dropped, gone };
}

/** Warnings for the operator, a sentence each. @param runs of the requested range */
export function warningsOf(
  runs: readonly Pick<RunReport, 'leftPartitions' | 'mayBeCut' | 'outOfOrder'>[],
  checkpoint: Checkpoint | undefined,
): string[] {
  const left = runs.reduce((most, run) => Math.max(most, run.leftPartitions ?? 0), 0);
  const odd = runs.filter(({ outOfOrder = 0 }) => outOfOrder > 0).length;
  const cut = runs.filter(({ mayBeCut = 0 }) => mayBeCut > 0).length;
  const isUneven = checkpoint !== undefined && !isBalanced(checkpoint.ledger);
  return [
    ...(left > 0
      ? [
          `${left} partitions are over the limit and are not read: give some of them an instance of their own.`,
        ]
      : []),
    ...(odd > 0
      ? [
          `${odd} runs met records that were not oldest first, although the source declares it: if the vendor sorts differently, events may be missing. Compare \`window.order\` with the vendor's documentation.`,
        ]
      : []),
    ...(cut > 0
      ? [
          `${cut} runs got a page that may not be whole: if the vendor cuts its answers, events are missing. Compare \`next\` with the vendor's documentation.`,
        ]
      : []),
    ...(isUneven ? ['The ledger does not balance: look at the state of the source.'] : []),
  ];
}

/** Notes on events that the vendor no longer kept at the source's start; they do not count as lost. */
function notKeptAtStart({ atStart, from, to, what = 'What happened' }: GoneSpan): string[] {
  if (atStart !== true) return [];
  return [`${what} from ${from} to ${to}: the vendor no longer kept it when the source began.`];
}

/** The findings for a range. */
export interface Findings {
  readonly covered: readonly CoveredSpan[];
  readonly gaps: readonly Gap[];
  readonly gone: readonly GoneSpan[];
  readonly deadLetters: DeadLetterOutcomes;
  readonly warnings: readonly string[];
}

/** A reason, and the status that it causes. */
type Finding = readonly [CoverageStatus, string];

/** The worst status found, every reason, and the commands to run. */
export function statusOf(
  id: SourceId,
  { covered, deadLetters, gaps, gone, warnings }: Findings,
): Pick<CoverageReport, 'verdict' | 'reasons' | 'commands'> {
  const late = covered.filter(({ verdict }) => verdict === 'completed late');
  const found: readonly Finding[] = [
    ...gaps.flatMap(ofGap),
    ...gone.flatMap(ofGone),
    ...ofLetters(deadLetters),
    ...late.map(({ at = '', from, to }): Finding => [
      'completed late',
      `${from} to ${to} was delivered late, by ${at}.`,
    ]),
    ...warnings.map((warning): Finding => ['recoverable', warning]),
  ];
  const kinds = new Set(found.map(([verdict]) => verdict));
  const worst = (['lost', 'recoverable', 'completed late'] as const).find((one) => kinds.has(one));
  const reasons =
    worst === undefined
      ? ['All that the vendor showed was delivered in time.']
      : found.map(([, reason]) => reason);
  const replay = `npx tributary dead-letters replay ${formatId(id)}`;
  return {
    verdict: worst ?? 'complete',
    reasons: [...reasons, ...gone.flatMap(notKeptAtStart)],
    commands: [
      ...new Set([
        ...gaps.flatMap(({ command }) => command ?? []),
        ...(waitingIn(deadLetters) > 0 ? [replay] : []),
      ]),
    ],
  };
}

function ofGap({ cause, from, partlyLost, to, verdict }: Gap): Finding[] {
  const state = verdict === 'lost' ? 'is lost' : 'is not delivered';
  const partly: Finding[] =
    partlyLost === undefined
      ? []
      : [['lost', `${partlyLost} of ${from} to ${to}: the vendor keeps them for a shorter time.`]];
  return [[verdict, `${from} to ${to} ${state}: ${cause.replace(/\.$/, '')}.`], ...partly];
}

/** Partly lost ranges; a wholly lost one is a gap. */
function ofGone({ atStart, from, to, what }: GoneSpan): Finding[] {
  if (what === undefined || atStart === true) return [];
  return [['lost', `${what} of ${from} to ${to} are lost: the vendor keeps them for a shorter time.`]];
}

function ofLetters(deadLetters: DeadLetterOutcomes): Finding[] {
  const { dropped, gone } = deadLetters;
  const waiting = waitingIn(deadLetters);
  const forgotten = `${gone} dead letters are no longer stored: RETENTION_DAYS is over, or somebody deleted them.`;
  return [
    ...(waiting > 0 ? [['recoverable', `${waiting} records wait as dead letters.`] as const] : []),
    ...(dropped > 0 ? [['lost', `${dropped} records were dropped by an operator.`] as const] : []),
    ...(gone > 0 ? [['lost', forgotten] as const] : []),
  ];
}

function waitingIn({ waiting }: DeadLetterOutcomes): number {
  return Object.values(waiting).reduce((a, b) => a + b, 0);
}
