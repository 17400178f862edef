import type { Checkpoint, SourceId } from './checkpoint';
import type { SettingError } from './errors';
import type { Json } from './json';
import type { DeadLetter, RunReport } from './run';

/** A source that an operator has stopped: its runs end as `paused` until it is resumed. */
export interface Pause {
  /** Who did it, as the system or `--as` names them. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly reason?: string;
}

/** What operators have said of each source, beside its checkpoint: no lease is needed to say it. */
export interface Pauses {
  /** `undefined` while the source is not paused. @throws UnavailableError when storage is not there; SettingError where it is damaged */
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
 * One thing that an operator did to one source: who, what, before, after. Never a record's content. Of what was done to
 * the workspace, `tables-apply` and `tables-deployed`, the source is the name of the table or of the rule.
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

/** Is told what is damaged of what is stored, and how it is mended. */
export type OnDamage = (problem: SettingError) => void;

/** Every act; nothing is ever taken out of it but by age. */
export interface AuditLog {
  add(act: AuditEvent): Promise<void>;
  /**
   * The acts on a source from `from` to `to`, oldest first.
   * @param damaged is told of each line that cannot be read, and the others follow; where it is left out that is thrown
   */
  read(id: SourceId, from: Date, to: Date, damaged?: OnDamage): Promise<AuditEvent[]>;
}

/** The reports of every run, a line each, for as long as the setting `RUN_HISTORY_DAYS` says. */
export interface RunHistory {
  add(report: RunReport): Promise<void>;
  /**
   * The runs of a source that began from `from` to `to`, oldest first.
   * @param damaged is told of each line that cannot be read, and the others follow; where it is left out that is thrown
   */
  read(id: SourceId, from: Date, to: Date, damaged?: OnDamage): Promise<RunReport[]>;
}

/** A dead letter as it is kept. */
export interface StoredDeadLetter extends DeadLetter, SourceId {
  /** Its run, its page and its place among the page's letters: the same for as long as it is kept. */
  readonly id: string;
  /** When it was kept; ISO 8601, UTC. */
  readonly at: string;
  readonly runId: string;
  /** The version of the framework that could not deliver it; absent in what the first versions kept. */
  readonly version?: string;
}

/** The letters of one page of one run: what is read and written as one. */
export interface DeadLetterPage {
  readonly id: SourceId;
  readonly runId: string;
  readonly page: number;
  /** Where they are kept. */
  readonly name: string;
}

/** The dead letters that wait for someone to look at them. */
export interface DeadLetterStore {
  /** Every page that has letters, of one source or of all; oldest day first. */
  list(id?: SourceId): AsyncIterable<DeadLetterPage>;
  /**
   * Empty where they are gone by now.
   * @param damaged is told of each letter that cannot be read, and the others follow; where it is left out that is thrown
   */
  read(page: DeadLetterPage, damaged?: OnDamage): Promise<StoredDeadLetter[]>;
  /** Takes letters away for good. Doing it twice changes nothing. One that cannot be read stays as it is. */
  remove(page: DeadLetterPage, ids: ReadonlySet<string>): Promise<void>;
  /** Puts others in the place of letters, by their ids, in one write. @throws UnavailableError when storage is not there */
  replace(page: DeadLetterPage, others: ReadonlyMap<string, readonly StoredDeadLetter[]>): Promise<void>;
}

/** Copies of a checkpoint, made before each manual change and kept for `RETENTION_DAYS`. */
export interface Backups {
  /** @param text the checkpoint as it was stored @returns the name of the copy */
  put(id: SourceId, text: string): Promise<string>;
  /** Those of a source, newest first. */
  list(id: SourceId): Promise<readonly Backup[]>;
}

/** A copy of a state as it is kept. */
export interface Backup {
  readonly name: string;
  /** When it was made; ISO 8601, UTC. */
  readonly at: string;
  readonly text: string;
}

/** A copy of a state, as far as it can be put back. */
export interface StoredBackup extends Pick<Backup, 'name' | 'at'> {
  /** Absent where it must not be put back; `problem` says why. */
  readonly checkpoint?: Checkpoint;
  readonly problem?: string;
}

/** Who holds a source, as far as it can be known. */
export interface Lease {
  readonly isHeld: boolean;
  /** The machine and the process that wrote the checkpoint last: the holder, once it has saved a page. */
  readonly lastWriter?: string;
}

/** Asks for leases without taking them. */
export interface Leases {
  /** `undefined` when the source never ran. */
  lease(id: SourceId): Promise<Lease | undefined>;
}

/** A checkpoint after a manual change. */
export interface ChangedState {
  readonly before: Checkpoint | { readonly damaged: true };
  readonly after: Checkpoint;
  /** The copy of the one before. */
  readonly backup: string;
}
