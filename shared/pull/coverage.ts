import type { Checkpoint } from '../contract/checkpoint';
import type { Outcome, RunReport } from '../contract/run';
import type { PullRange } from '../contract/windows';
import { compareIso } from '../values/time';
import { deliveredThrough } from '../windows/window-plan';
import { behindGone } from '../windows/time-spans';

/** The event time up to which a checkpoint covers everything since its start; `undefined` before the first row. */
export function deliveredTo({ windows, boundary }: Checkpoint): string | undefined {
  return (windows && deliveredThrough(windows)) ?? boundary?.time;
}

/** The event time at which a run's coverage begins: earlier runs have delivered what came before. */
export function coverageBegins(checkpoint: Checkpoint): string | undefined {
  const { startFrom } = checkpoint;
  const delivered = deliveredTo(checkpoint);
  if (delivered !== undefined || startFrom === undefined) return delivered;
  return behindGone(startFrom, checkpoint);
}

/**
 * The range of event times that a run covers. For a windowed source it ends where the live windows have delivered without a
 * gap. For any other source it ends at the start of a run that caught up, and at the newest delivered event of a run that
 * did not.
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

/** The range of event times that a backfill slice covers once it is complete, without what the vendor no longer kept. */
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
