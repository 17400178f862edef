import type { Checkpoint } from '../../contract/checkpoint';
import type { CoveredSpan, Span } from '../../contract/coverage-report';
import type { RunReport } from '../../contract/run';
import { compareIso } from '../../values/time';
import { deliveredTo } from '../../pull/coverage';
import { lengthMs, uncovered, undelivered, union, within } from '../../windows/spans';

/** What else is known of a source. */
export interface Known {
  /** Where it has begun, now or before its state was moved. */
  readonly starts: ReadonlySet<string>;
  /** What it gave to backfills, and is not delivered: neither its checkpoint nor its runs since vouch for it. */
  readonly handedOff: readonly HandedOff[];
  /** What was delivered later than this after it happened was completed late. */
  readonly lateMs: number;
}

/** A stretch that a backfill reads in the place of live collection. */
export interface HandedOff extends Span {
  /** Since when; ISO 8601, UTC. */
  readonly at: string;
}

/**
 * Which event time was delivered, and by when: each run adds what none before it had. What happened before the source
 * ran for the first time is not late. What no run of the history vouches for, the checkpoint may: all from its start
 * up to its newest event was delivered by somebody; of a source that is read in windows, up to its oldest gap.
 * @param runs oldest first, those of backfills too
 */
export function coverage(
  asked: Span,
  runs: readonly RunReport[],
  checkpoint: Checkpoint | undefined,
  { handedOff, lateMs, starts }: Known,
): CoveredSpan[] {
  const first = runs.find(({ part }) => part === undefined);
  const setUp = starts.has(first?.coveredFrom ?? '') ? (first?.startedAt ?? '') : '';
  const covered: CoveredSpan[] = [];
  // A year has a hundred thousand runs; together they cover a few spans.
  let known: readonly Span[] = [];
  for (const run of runs) {
    const at = endOf(run);
    // One that finished what was older went on behind it.
    const given = handedOff.filter((one) => run.part === undefined && compareIso(one.at, at) <= 0);
    const own = coveredBy(run.coveredFrom, run.coveredTo, asked).flatMap((span) => uncovered(span, given));
    for (const fresh of own.flatMap((span) => uncovered(span, known))) {
      const isLate = compareIso(fresh.to, setUp) > 0 && lengthMs({ from: fresh.from, to: at }) > lateMs;
      covered.push({ ...fresh, at, verdict: isLate ? 'completed late' : 'complete', runs: 1 });
    }
    known = union([...known, ...own]);
  }
  const before = coveredBy(checkpoint?.startFrom, checkpoint && deliveredTo(checkpoint), asked);
  const gone = checkpoint === undefined ? [] : undelivered(checkpoint);
  const unseen = before.flatMap((span) => uncovered(span, [...known, ...handedOff, ...gone]));
  covered.push(...unseen.map((span) => ({ ...span, verdict: 'complete', runs: 0 }) as const));
  return joined(covered.sort((a, b) => compareIso(a.from, b.from)));
}

/** The part of what is asked for that two times enclose; none where one of them is missing. */
function coveredBy(from: string | undefined, to: string | undefined, asked: Span): Span[] {
  if (from === undefined || to === undefined) return [];
  return [within({ from, to }, asked)].filter((span) => span !== undefined);
}

/** When a run ended; ISO 8601, UTC. */
export function endOf({ durationMs, startedAt }: RunReport): string {
  return new Date(Date.parse(startedAt) + durationMs).toISOString();
}

/** Neighbours of one verdict as one. */
function joined(spans: readonly CoveredSpan[]): CoveredSpan[] {
  const all: CoveredSpan[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    const isSame =
      last?.to === span.from &&
      last.verdict === span.verdict &&
      (last.at === undefined) === (span.at === undefined);
    if (!isSame) all.push(span);
    else all.splice(-1, 1, { ...last, ...span, from: last.from, runs: last.runs + span.runs });
  }
  return all;
}
