import type { RunReport } from '../../shared/contract/run';
import { coverageReport } from '../../shared/admin/coverage/build-report';
import { HARNESS_ID, type PullHarness } from './pull-harness';
import { SAMPLE_TABLE } from './scripted-source';

/** The status that `explain` reports for the harness's source after these runs, from a time until now. */
export async function coverageStatusOf(
  harness: PullHarness,
  runs: readonly RunReport[],
  from: Date,
): Promise<string> {
  const now = harness.clock.now();
  return coverageReport({
    id: HARNESS_ID,
    title: 'Alerts',
    table: SAMPLE_TABLE.name,
    retention: undefined,
    canBackfill: true,
    backfills: [],
    asked: { from: from.toISOString(), to: now.toISOString() },
    now,
    checkpoint: await harness.stored(),
    runs,
    acts: [],
    pause: undefined,
    letters: [],
    everyMs: 300_000,
    lagMs: 0,
  }).verdict;
}
