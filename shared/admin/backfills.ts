import { progressOf } from '../backfill/backfill-progress';
import { planBackfill, type BackfillRequest } from '../backfill/plan-backfill';
import { logDamagedJob, requestWorkers } from '../backfill/job';
import { dropDedupIndex } from '../backfill/worker';
import type { Backfill, BackfillProgress, BackfillState, PlannedBackfill } from '../contract/backfill';
import type { SourceId } from '../contract/checkpoint';
import type { AuditAction } from '../contract/operator';
import { recordEvent, type AdminContext } from './admin-context';

/** A change to an unfinished backfill. */
export type BackfillChange = 'pause' | 'resume' | 'cancel';

const NEXT_STATE: Readonly<Record<BackfillChange, BackfillState>> = {
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
};

/** The operators' actions on backfills. */
export interface BackfillAdmin {
  /** @throws SettingError when the source is off, or its vendor does not serve the range */
  plan(id: SourceId, request: BackfillRequest): Promise<PlannedBackfill>;
  /** Stores a planned job and requests its workers. */
  start(planned: PlannedBackfill): Promise<Backfill>;
  /** The backfills of one source or of all, oldest first. */
  list(id?: SourceId): Promise<readonly BackfillProgress[]>;
  /** @returns the backfill after the change; an ended one is not changed */
  change(backfill: Backfill, by: string, change: BackfillChange): Promise<Backfill>;
}

/** @param tools creates the dependencies on first use */
export function createBackfillAdmin(tools: () => AdminContext): BackfillAdmin {
  return {
    plan: async (id, request) => planBackfill(tools(), id, request),

    async start({ backfill, estimate }) {
      const { state } = tools();
      const job = await state.backfills.add(backfill);
      const { by, from, id, parts, to, workers } = job;
      const after = { backfill: id, from, to, parts, workers, estimate: { ...estimate } };
      await recordEvent(tools(), job, { what: 'backfill-start', by, before: null, after });
      await requestWorkers(state, job, Math.min(workers, parts));
      return job;
    },

    async list(id) {
      const { state } = tools();
      const jobs: Backfill[] = [];
      for await (const job of state.backfills.list(id, logDamagedJob(tools()))) jobs.push(job);
      const all = await Promise.all(jobs.map((job) => progressOf(state, job)));
      return all.sort((a, b) => (a.at < b.at ? -1 : 1));
    },

    async change(backfill, by, change) {
      const { clock, state } = tools();
      const made = await state.backfills.setState(backfill, backfill.id, NEXT_STATE[change], clock.now());
      if (made === undefined || made.state !== NEXT_STATE[change]) return made ?? backfill;
      const [before, after] = [backfill, made].map((one) => ({ backfill: one.id, state: one.state }));
      const what: AuditAction = `backfill-${change}`;
      await recordEvent(tools(), backfill, { what, by, before: before ?? null, after: after ?? null });
      if (change === 'resume') await requestWorkers(state, made, Math.min(made.workers, made.parts));
      if (change === 'cancel') await dropDedupIndex(made, state);
      return made;
    },
  };
}
