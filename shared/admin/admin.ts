import { createBackfillAdmin, type BackfillAdmin } from './backfills';
import type { SourceId } from '../contract/checkpoint';
import type { CoverageReport } from '../contract/coverage-report';
import type { ChangedState, Pause, StoredBackup, StoredDeadLetter } from '../contract/operator';
import type { Reconciled } from '../contract/reconciliation';
import type { AdminContext } from './admin-context';
import { explainSource } from './coverage/explain-source';
import { redeliver, type Redelivered } from './dead-letters/redeliver';
import { pauseSource, resumeSource } from './pause-source';
import { reconcileSource, type LocalReader } from './coverage/reconcile';
import { changeState, readBackups, readState, type SourceState, type StateChange } from './checkpoints';
import type { Declared } from '../run/schedule';
import { dropDeadLetters } from './dead-letters/drop';
import { type DeadLetterFilter, listDeadLetters } from './dead-letters/list';

/**
 * The operators' actions. Each change is recorded in the audit log. An action that needs the source's lease returns
 * `busy` while a run has it. Every method throws SettingError and UnavailableError as storage does.
 */
export interface Admin {
  /** Every source that has ever run. */
  known(): Promise<SourceId[]>;
  pause(id: SourceId, by: string, reason?: string): Promise<Pause>;
  /** @returns the pause that it ended; `damaged` when that could not be read */
  resume(id: SourceId, by: string): Promise<Pause | 'damaged' | undefined>;
  readState(id: SourceId): Promise<SourceState | undefined>;
  changeState(id: SourceId, by: string, change: StateChange): Promise<ChangedState | 'busy'>;
  /** Backups of states that commands replaced, newest first. */
  backups(id: SourceId): Promise<StoredBackup[]>;
  /** The dead letters of one source or of all, oldest day first. An unreadable one is logged and skipped. */
  deadLetters(id: SourceId | undefined, matches: DeadLetterFilter): AsyncIterable<StoredDeadLetter>;
  /** @throws SettingError when the source is off */
  replay(id: SourceId, by: string, matches: DeadLetterFilter): Promise<Redelivered | 'busy'>;
  /** @returns the number of deleted dead letters */
  drop(id: SourceId, by: string, matches: DeadLetterFilter): Promise<number | 'busy'>;
  explain(id: SourceId, from: Date, to: Date): Promise<CoverageReport>;
  /** Backfills: past ranges that are read in parallel with live collection. */
  readonly backfills: BackfillAdmin;
  /** @param local reads the local workspace at an address @throws SettingError when the identity may not query */
  reconcile(id: SourceId, local: LocalReader): Promise<Reconciled>;
}

/**
 * Creates the operators' actions of an app.
 * @param tools creates the dependencies on first use @param declared looks up a source's declaration
 */
export function createAdmin(
  tools: () => AdminContext,
  declared: (id: SourceId) => Declared | undefined,
): Admin {
  return {
    backfills: createBackfillAdmin(tools),
    async known() {
      const ids: SourceId[] = [];
      for await (const id of tools().state.checkpoints.list()) ids.push(id);
      return ids;
    },
    pause: async (id, by, reason) => pauseSource(tools(), id, by, reason),
    resume: async (id, by) => resumeSource(tools(), id, by),
    readState: async (id) => readState(tools(), id),
    changeState: async (id, by, change) => changeState(tools(), id, by, change),
    backups: async (id) => readBackups(tools(), id),
    deadLetters: (id, matches) => listDeadLetters(tools(), id, matches),
    replay: async (id, by, matches) => redeliver(tools(), id, by, matches),
    drop: async (id, by, matches) => dropDeadLetters(tools(), id, by, matches),
    reconcile: async (id, local) => reconcileSource(tools(), id, local),
    explain: async (id, from, to) => explainSource(tools(), id, declared(id), { from, to }),
  };
}
