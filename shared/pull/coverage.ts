import type { Checkpoint } from '../contract/checkpoint';
import type { Outcome, RunReport } from '../contract/run';
import type { PullRange } from '../contract/windows';
import { compareIso } from '../values/time';
import { deliveredThrough } from '../windows/window-plan';
import { behindGone } from '../windows/time-spans';

/** The event time that a checkpoint vouches for, from its start on without a gap; `undefined` before the first row. */
export function deliveredTo({ windows, boundary }: Checkpoint): string | undefined {
  return (windows && deliveredThrough(windows)) ?? boundary?.time;
}

/** From when a run goes on, in event time: what came before was delivered by the runs before it. */
export function coverageBegins(checkpoint: Checkpoint): string | undefined {
  const { startFrom } = checkpoint;
  const delivered = deliveredTo(checkpoint);
  if (delivered !== undefined || startFrom === undefined) return delivered;
  return behindGone(startFrom, checkpoint);
}

/**
 * The range of event times that a run vouches for. Of a source that is read in windows it is what its live windows
 * delivered without a gap. Of any other a run that caught up vouches for all until it began, and one that did not for
 * all until the newest event delivered.
 */
export function coveredRange(
  from: string | undefined,
  after: Checkpoint | undefined,
  outcome: Outcome,
  startedAt: Date,
): Pick<RunReport, 'coveredFrom' | 'coveredTo'> {
  if (from === undefined || after === undefined) return {};
  const to =
    (after.windows && deliveredThrough(after.windows)) ??
    (outcome === 'caught-up' ? startedAt.toISOString() : (after.boundary?.time ?? from));
  return compareIso(from, to) < 0 ? { coveredFrom: from, coveredTo: to } : {};
}

/** A part of a backfill vouches for its range once all of it is delivered that the vendor still kept. */
export function deliveredRange(
  range: PullRange,
  after: Checkpoint | undefined,
  outcome: Outcome,
): Pick<RunReport, 'coveredFrom' | 'coveredTo'> {
  if (outcome !== 'caught-up' || after === undefined) return {};
  const { to } = range;
  const from = behindGone(range.from, after);
  return compareIso(from, to) < 0 ? { coveredFrom: from, coveredTo: to } : {};
}
