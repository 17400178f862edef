import { progressOf } from '../backfill/progress';
import { planBackfill, type BackfillRequest } from '../backfill/plan';
import { logDamagedJob, wakeWorkers } from '../backfill/job';
import { dropDedupIndex } from '../backfill/work';
import type { Backfill, BackfillProgress, BackfillState, PlannedBackfill } from '../contract/backfill';
import type { SourceId } from '../contract/checkpoint';
import type { AuditAction } from '../contract/operator';
import { recordEvent, type AdminContext } from './context';

/** What an operator may do to a backfill that goes on. */
export type BackfillChange = 'pause' | 'resume' | 'cancel';

const BECOMES: Readonly<Record<BackfillChange, BackfillState>> = {
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
};

/** What operators do with backfills. */
export interface BackfillAdmin {
  /** @throws SettingError when the source is off, or its vendor cannot be asked for the range */
  plan(id: SourceId, wish: BackfillRequest): Promise<PlannedBackfill>;
  /** Makes a plan durable, and wakes its workers. */
  start(planned: PlannedBackfill): Promise<Backfill>;
  /** Of one source or of all, oldest first. */
  list(id?: SourceId): Promise<readonly BackfillProgress[]>;
  /** @returns what it is then; one that is over stays so */
  change(backfill: Backfill, by: string, change: BackfillChange): Promise<Backfill>;
}

/** Backfills, as operators order and see them. @param tools are made when they are first needed */
export function createBackfillAdmin(tools: () => AdminContext): BackfillAdmin {
  return {
    plan: async (id, wish) => planBackfill(tools(), id, wish),

    async start({ backfill, estimate }) {
      const { state } = tools();
      const order = await state.backfills.add(backfill);
      const { by, from, id, parts, to, workers } = order;
      const after = { backfill: id, from, to, parts, workers, estimate: { ...estimate } };
      await recordEvent(tools(), order, { what: 'backfill-start', by, before: null, after });
      await wakeWorkers(state, order, Math.min(workers, parts));
      return order;
    },

    async list(id) {
      const { state } = tools();
      const orders: Backfill[] = [];
      for await (const order of state.backfills.list(id, logDamagedJob(tools()))) orders.push(order);
      const all = await Promise.all(orders.map((order) => progressOf(state, order)));
      return all.sort((a, b) => (a.at < b.at ? -1 : 1));
    },

    async change(backfill, by, change) {
      const { clock, state } = tools();
      const made = await state.backfills.setState(backfill, backfill.id, BECOMES[change], clock.now());
      if (made === undefined || made.state !== BECOMES[change]) return made ?? backfill;
      const [before, after] = [backfill, made].map((one) => ({ backfill: one.id, state: one.state }));
      const what: AuditAction = `backfill-${change}`;
      await recordEvent(tools(), backfill, { what, by, before: before ?? null, after: after ?? null });
      if (change === 'resume') await wakeWorkers(state, made, Math.min(made.workers, made.parts));
      if (change === 'cancel') await dropDedupIndex(made, state);
      return made;
    },
  };
}
