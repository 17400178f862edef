import type { Checkpoint } from '../contract/checkpoint';
import type { PullSource } from '../contract/connector';
import type { Outcome, RunReport } from '../contract/run';
import { compareIso } from '../kit/time';

/** From when a run goes on, in event time: what came before was delivered by the runs before it. */
export function coverageBegins({ boundary, startFrom }: Checkpoint): string | undefined {
  return boundary?.time ?? startFrom;
}

/**
 * The range of event times that a run vouches for. A run that caught up vouches for all until it began, less the delay
 * that the source's declaration leaves to its vendor; any other until the newest event delivered.
 */
export function coveredRange(
  source: PullSource,
  from: string | undefined,
  after: Checkpoint | undefined,
  outcome: Outcome,
  startedAt: Date,
): Pick<RunReport, 'coveredFrom' | 'coveredTo'> {
  if (from === undefined || after === undefined) return {};
  const delayMs = source.pull.rest?.until?.delayMs ?? 0;
  const to =
    outcome === 'caught-up'
      ? new Date(startedAt.getTime() - delayMs).toISOString()
      : (after.boundary?.time ?? from);
  return compareIso(from, to) < 0 ? { coveredFrom: from, coveredTo: to } : {};
}
