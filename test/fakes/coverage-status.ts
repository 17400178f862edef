import type { RunReport } from '../../shared/contract/run';
import { coverageReport } from '../../shared/admin/coverage/build-report';
import { RIG_ID, type PullRig } from './pull-harness';
import { SAMPLE_TABLE } from './scripted-source';

/** What `explain` says of a rig's source after these runs, from a time until now. */
export async function verdictOf(rig: PullRig, runs: readonly RunReport[], from: Date): Promise<string> {
  const now = rig.clock.now();
  return coverageReport({
    id: RIG_ID,
    title: 'Alerts',
    table: SAMPLE_TABLE.name,
    retention: undefined,
    canBackfill: true,
    backfills: [],
    asked: { from: from.toISOString(), to: now.toISOString() },
    now,
    checkpoint: await rig.stored(),
    runs,
    acts: [],
    pause: undefined,
    letters: [],
    everyMs: 300_000,
    lagMs: 0,
  }).verdict;
}
