import { logDamagedJob } from '../backfill/job';
import { progressOf } from '../backfill/backfill-progress';
import type { BackfillProgress } from '../contract/backfill';
import {
  EMPTY_CHECKPOINT,
  formatId,
  type Account,
  type Checkpoint,
  type SourceId,
} from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import type { AuditAction, ChangedState, Lease, Pause, StoredBackup } from '../contract/operator';
import { readOrReport } from '../values/damage-errors';
import { parseJson, stringifyJson } from '../values/json/json';
import { importedCheckpoint } from '../storage/state/stored-checkpoint';
import { namedAccount } from '../run/run-source';
import { recordEvent, type AdminContext } from './admin-context';
import { sealPositions, maskPositions } from './position-secrets';

/** The stored state of one source. */
export interface SourceState extends SourceId {
  /** Absent when it cannot be read; see `problem`. */
  readonly checkpoint?: Checkpoint;
  /** What is damaged, and the remedy. */
  readonly problem?: string;
  readonly lease: Lease;
  readonly pause?: Pause;
  /** Its unfinished backfills; absent when there are none. */
  readonly backfills?: readonly BackfillProgress[];
}

/** The stored state of a source; `undefined` when it never ran. @throws UnavailableError when storage cannot be reached */
export async function readState(tools: AdminContext, id: SourceId): Promise<SourceState | undefined> {
  const { state } = tools;
  const lease = await state.checkpoints.lease(id);
  if (lease === undefined) return undefined;
  const problems: string[] = [];
  const damaged = ({ message }: Error): void => void problems.push(message);
  const pause = await readOrReport(state.pauses.read(id), damaged);
  const backfills = await unfinished(tools, id);
  const checkpoint = await readOrReport(state.checkpoints.read(id), damaged);
  if (checkpoint === undefined && problems.length === 0) return undefined;
  return {
    ...id,
    lease,
    ...(pause === undefined ? {} : { pause }),
    ...(backfills.length === 0 ? {} : { backfills }),
    ...(checkpoint === undefined ? {} : { checkpoint: maskPositions(checkpoint, tools) }),
    ...(problems.length === 0 ? {} : { problem: problems.join(' ') }),
  };
}

async function unfinished(tools: AdminContext, id: SourceId): Promise<BackfillProgress[]> {
  const { state } = tools;
  const found: BackfillProgress[] = [];
  for await (const job of state.backfills.list(id, logDamagedJob(tools))) {
    if (job.state === 'running' || job.state === 'paused') found.push(await progressOf(state, job));
  }
  return found;
}

/** The backups of a source's states, newest first, without secrets. @throws UnavailableError when storage cannot be reached */
export async function readBackups(tools: AdminContext, id: SourceId): Promise<StoredBackup[]> {
  const copies = await readCopies(tools, id);
  return copies.map(({ checkpoint, ...copy }) =>
    checkpoint === undefined ? copy : { ...copy, checkpoint: maskPositions(checkpoint, tools) },
  );
}

/** @throws SettingError when the backup is gone, or cannot be restored */
async function copyOf(tools: AdminContext, id: SourceId, name: string) {
  const copy = (await readCopies(tools, id)).find((one) => one.name === name);
  if (copy?.checkpoint !== undefined) return { what: 'state-import', checkpoint: copy.checkpoint } as const;
  throw new SettingError(
    `restoring a state of ${formatId(id)}: ${name} ${copy?.problem ?? 'is not among its backups'}. List them with "npx tributary state restore --list", and name another one.`,
  );
}

async function readCopies({ state }: AdminContext, id: SourceId): Promise<StoredBackup[]> {
  const copies = await state.backups.list(id);
  return copies.map(({ at, name, text }) => {
    try {
      const checkpoint = importedCheckpoint(parseJson(text));
      return { name, at, ...(typeof checkpoint === 'string' ? { problem: checkpoint } : { checkpoint }) };
    } catch {
      return { name, at, problem: 'it is not JSON' };
    }
  });
}

/**
 * A manual change of a state. The ledger stays, or is replaced by that of the imported or restored state, so that every
 * record remains counted.
 */
export type StateChange =
  | { readonly what: 'state-reset' }
  /** `since`: read again from this event time. `position`: continue at a position that only the source understands. */
  | { readonly what: 'state-set'; readonly since: Date; readonly position?: JsonObject }
  /** The same tenant under another address: only the account changes. */
  | { readonly what: 'state-adopt' }
  | { readonly what: 'state-import'; readonly checkpoint: Checkpoint }
  /** `name`: the backup to restore. */
  | { readonly what: 'state-restore'; readonly name: string };

/**
 * The checkpoint after a change. It keeps the names of redelivered dead letters, which may still be stored, and, unless a
 * state is imported, the ledger. Pure.
 */
function changedCheckpoint(
  before: Checkpoint,
  change: Exclude<StateChange, { readonly what: 'state-adopt' | 'state-restore' }>,
  now: Date,
): Checkpoint {
  const savedAt = now.toISOString();
  const { replayed } = before;
  const kept = { savedAt, ...(replayed === undefined ? {} : { replayed }) };
  if (change.what === 'state-import') {
    const { replayed: _, ...imported } = change.checkpoint;
    return { ...imported, ...kept };
  }
  const fresh = { ...EMPTY_CHECKPOINT, ledger: before.ledger, ...kept };
  if (change.what === 'state-reset') return fresh;
  return { ...fresh, startFrom: change.since.toISOString(), position: change.position ?? null };
}

/**
 * Backs up a state and changes it, under the source's lease. Adoption moves the state and its unfinished backfills to the
 * account in the current settings.
 * @returns `busy` while a run has the lease
 * @throws UnavailableError when storage cannot be reached
 * @throws SettingError when a source to adopt is off, or its state is damaged
 */
export async function changeState(
  tools: AdminContext,
  id: SourceId,
  by: string,
  change: StateChange,
): Promise<ChangedState | 'busy'> {
  const { clock, state } = tools;
  const isAdopted = change.what === 'state-adopt';
  const account = isAdopted ? namedAccount(tools.find(id)).hashes : {};
  const given = change.what === 'state-restore' ? await copyOf(tools, id, change.name) : change;
  const leased = await state.checkpoints.acquire(id, { evenDamaged: !isAdopted });
  if (leased === 'busy') return 'busy';
  try {
    const backup = await state.backups.put(id, leased.text ?? stringifyJson(leased.checkpoint));
    const before = leased.problem === undefined ? leased.checkpoint : ({ damaged: true } as const);
    const after =
      given.what === 'state-adopt'
        ? { ...leased.checkpoint, account }
        : sealPositions(changedCheckpoint(leased.checkpoint, given, clock.now()), id, tools);
    if (isAdopted) await adoptBackfills(tools, id, account);
    await leased.save(after);
    const what: AuditAction = change.what;
    await recordEvent(tools, id, {
      what,
      by,
      before: { ...brief(before, tools), backup },
      after: {
        ...brief(after, tools),
        ...(change.what === 'state-restore' ? { restored: change.name } : {}),
      },
    });
    return {
      before: 'damaged' in before ? before : maskPositions(before, tools),
      after: maskPositions(after, tools),
      backup,
    };
  } finally {
    await leased.release();
  }
}

async function adoptBackfills(tools: AdminContext, id: SourceId, account: Account): Promise<void> {
  const { backfills } = tools.state;
  for await (const job of backfills.list(id, logDamagedJob(tools))) {
    if (job.state === 'running' || job.state === 'paused') await backfills.bind(id, job.id, account);
  }
}

/** The part of a state that the audit log keeps; the backup has the rest. */
function brief(checkpoint: ChangedState['before'], tools: AdminContext): { readonly [key: string]: Json } {
  if ('damaged' in checkpoint) return { damaged: true };
  const { account, boundary, ledger, position, startFrom } = maskPositions(checkpoint, tools);
  return {
    account: account ?? null,
    position,
    startFrom: startFrom ?? null,
    newest: boundary?.time ?? null,
    ledger: { ...ledger },
  };
}
