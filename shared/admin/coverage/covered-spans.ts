import type { Checkpoint } from '../../contract/checkpoint';
import type { CoveredSpan, Span } from '../../contract/coverage-report';
import type { RunReport } from '../../contract/run';
import { compareIso } from '../../values/time';
import { deliveredTo } from '../../pull/coverage';
import { lengthMs, uncovered, undelivered, union, within } from '../../windows/time-spans';

/** Further input of the coverage. */
export interface Known {
  /** The source's current start time, and those from before its state was moved. */
  readonly starts: ReadonlySet<string>;
  /** Undelivered ranges handed off to backfills: neither the checkpoint nor later runs cover them. */
  readonly handedOff: readonly HandedOff[];
  /** An event delivered later than this after it happened is `completed late`. */
  readonly lateMs: number;
}

/** A range that a backfill reads instead of live collection. */
export interface HandedOff extends Span {
  /** When it was handed off; ISO 8601, UTC. */
  readonly at: string;
}

/**
 * The delivered ranges of event time, and when each was delivered: a run adds what no earlier run covered. Events from
 * before the first run are not late. Where the history has no run, the checkpoint covers the time from its start to its
 * newest event, or to the oldest gap of a source with windows.
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
  // A year has 100,000 runs, but they merge into few spans.
  let known: readonly Span[] = [];
  for (const run of runs) {
    const at = endOf(run);
    // A run that ended after the handoff continued after the gap.
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

/** The part of the requested range between two times; empty when one is missing. */
function coveredBy(from: string | undefined, to: string | undefined, asked: Span): Span[] {
  if (from === undefined || to === undefined) return [];
  return [within({ from, to }, asked)].filter((span) => span !== undefined);
}

/** When a run ended; ISO 8601, UTC. */
export function endOf({ durationMs, startedAt }: RunReport): string {
  return new Date(Date.parse(startedAt) + durationMs).toISOString();
}

/** Joins adjacent spans of one status. */
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
