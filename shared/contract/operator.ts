import type { Checkpoint, SourceId } from './checkpoint';
import type { SettingError } from './errors';
import type { Json } from './json';
import type { DeadLetter, RunReport } from './run';

/** An operator's pause of a source. Its runs end as `paused` until it is resumed. */
export interface Pause {
  /** The operator, from the system's user name or `--as`. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly reason?: string;
}

/** The store of pauses, apart from the checkpoints: pausing needs no lease. */
export interface Pauses {
  /** `undefined` while the source is not paused. @throws UnavailableError when storage is unavailable; SettingError when the stored pause is damaged */
  read(id: SourceId): Promise<Pause | undefined>;
  put(id: SourceId, pause: Pause): Promise<void>;
  remove(id: SourceId): Promise<void>;
}

/** An operator's manual action. */
export type AuditAction =
  | 'pause'
  | 'resume'
  | 'state-set'
  | 'state-reset'
  | 'state-import'
  | 'state-restore'
  | 'state-adopt'
  | 'replay'
  | 'drop'
  | 'backfill-start'
  | 'backfill-pause'
  | 'backfill-resume'
  | 'backfill-cancel'
  | 'tables-apply'
  | 'tables-deployed';

/**
 * One action of an operator on one source: who, what, before, after. Never a record's content. For actions on the
 * workspace (`tables-apply`, `tables-deployed`) `source` is the name of the table or of the rule.
 */
export interface AuditEvent extends SourceId {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  readonly what: AuditAction;
  readonly before: Json;
  readonly after: Json;
}

/** Called with each damaged part of the stored data. The error says how to repair it. */
export type OnDamage = (problem: SettingError) => void;

/** The log of operators' actions. Append-only; only retention removes entries. */
export interface AuditLog {
  add(act: AuditEvent): Promise<void>;
  /**
   * The events of a source from `from` to `to`, oldest first.
   * @param damaged called for each unreadable line, and reading continues. Without it the first such error is thrown
   */
  read(id: SourceId, from: Date, to: Date, damaged?: OnDamage): Promise<AuditEvent[]>;
}

/** The reports of all runs, one line each, kept for `RUN_HISTORY_DAYS`. */
export interface RunHistory {
  add(report: RunReport): Promise<void>;
  /**
   * The runs of a source that started from `from` to `to`, oldest first.
   * @param damaged called for each unreadable line, and reading continues. Without it the first such error is thrown
   */
  read(id: SourceId, from: Date, to: Date, damaged?: OnDamage): Promise<RunReport[]>;
}

/** A stored dead letter. */
export interface StoredDeadLetter extends DeadLetter, SourceId {
  /** Run, page and index within the page. Stable as long as the dead letter is stored. */
  readonly id: string;
  /** When it was stored; ISO 8601, UTC. */
  readonly at: string;
  readonly runId: string;
  /** The version of the framework that could not deliver it. Absent in dead letters of the first versions. */
  readonly version?: string;
}

/** The dead letters of one page of one run. They are read and written together. */
export interface DeadLetterPage {
  readonly id: SourceId;
  readonly runId: string;
  readonly page: number;
  /** The name of the blob. */
  readonly name: string;
}

/** The store of dead letters, for operators. */
export interface DeadLetterStore {
  /** All pages with dead letters, of one source or of all; oldest day first. */
  list(id?: SourceId): AsyncIterable<DeadLetterPage>;
  /**
   * Reads the dead letters of a page. Empty when they were removed meanwhile.
   * @param damaged called for each unreadable dead letter, and reading continues. Without it the first such error is thrown
   */
  read(page: DeadLetterPage, damaged?: OnDamage): Promise<StoredDeadLetter[]>;
  /** Deletes dead letters. Idempotent. Keeps unreadable ones unchanged. */
  remove(page: DeadLetterPage, ids: ReadonlySet<string>): Promise<void>;
  /** Replaces dead letters by id, in one write. @throws UnavailableError when storage is unavailable */
  replace(page: DeadLetterPage, others: ReadonlyMap<string, readonly StoredDeadLetter[]>): Promise<void>;
}

/** Copies of a checkpoint, made before each manual change and kept for `RETENTION_DAYS`. */
export interface Backups {
  /** @param text the stored text of the checkpoint @returns the name of the copy */
  put(id: SourceId, text: string): Promise<string>;
  /** All copies of a source's checkpoint, newest first. */
  list(id: SourceId): Promise<readonly Backup[]>;
}

/** A stored copy of a checkpoint. */
export interface Backup {
  readonly name: string;
  /** When it was made; ISO 8601, UTC. */
  readonly at: string;
  readonly text: string;
}

/** A copy of a checkpoint, parsed and checked. */
export interface StoredBackup extends Pick<Backup, 'name' | 'at'> {
  /** Absent when the copy must not be restored; `problem` says why. */
  readonly checkpoint?: Checkpoint;
  readonly problem?: string;
}

/** The lease of a source. */
export interface Lease {
  readonly isHeld: boolean;
  /** The host and process that last wrote the checkpoint. It is the holder's once the holder has saved a page. */
  readonly lastWriter?: string;
}

/** Looks leases up without acquiring them. */
export interface Leases {
  /** `undefined` when the source never ran. */
  lease(id: SourceId): Promise<Lease | undefined>;
}

/** The result of a manual change of a checkpoint. */
export interface ChangedState {
  readonly before: Checkpoint | { readonly damaged: true };
  readonly after: Checkpoint;
  /** The name of the copy of the previous checkpoint. */
  readonly backup: string;
}
