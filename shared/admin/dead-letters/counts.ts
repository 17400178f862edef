import type { Checkpoint, Ledger, RedeliveredDeadLetters, SourceId } from '../../contract/checkpoint';
import type { JsonObject } from '../../contract/json';
import type { DeadLetterPage } from '../../contract/operator';
import { storedOutcomes, type SpoolCounters } from '../../contract/spool';
import type { SourceKind } from '../../values/source-kind';
import type { AdminContext } from '../admin-context';

/** Keeps a checkpoint under 64 KB. */
const MAX_NAMED_PULLED = 200;
/** One page may hold the 100,000 records of a body, and each batch of a redelivery rewrites that page. */
const MAX_NAMED_PUSHED = 2_000;

/** Dead letters that were redelivered. */
export interface EndedDeadLetters {
  readonly accepted: number;
  readonly filtered: number;
  /** Columns that they added to a table whose columns come from its records. */
  readonly columns: SpoolCounters['columns'];
}

/** The ledger that counts a source's dead letters, under the source's lease: its checkpoint, or the counters of its spool. */
export interface DeadLetterCounts {
  /** How many dead letters one write may name. */
  readonly maxNamed: number;
  ledger(): JsonObject;
  /** The columns that the source's records have created so far. */
  columns(): SpoolCounters['columns'];
  /** Dead letters that are counted as redelivered and may still be stored. */
  redelivered(): RedeliveredDeadLetters | undefined;
  /** Counts dead letters as redelivered and names them, in one write. @throws UnavailableError when the lease is lost */
  move(ended: EndedDeadLetters, redelivered: RedeliveredDeadLetters): Promise<void>;
  /** Removes the names of dead letters, once they are deleted. */
  forget(): Promise<void>;
  /** Releases the lease. Never throws. */
  release(): Promise<void>;
}

/** By source kind. A source that no connector declares any more counts as pulled. */
const ACQUIRE: Readonly<Record<SourceKind, typeof acquirePulled>> = {
  pull: acquirePulled,
  webhook: acquirePushed,
  'data-collector': acquirePushed,
};

/** Acquires the lease, deletes what an interrupted redelivery has counted, does the work, and releases the lease. */
export async function withCounts<T>(
  context: AdminContext,
  id: SourceId,
  work: (counts: DeadLetterCounts) => Promise<T>,
): Promise<T | 'busy'> {
  const { deadLetters } = context.state;
  const acquire = ACQUIRE[context.kindOf(id) ?? 'pull'];
  const counts = await acquire(context, id);
  if (counts === 'busy') return 'busy';
  try {
    const interrupted = counts.redelivered();
    if (interrupted !== undefined) {
      for await (const page of deadLetters.list(id))
        if (page.name === interrupted.page) await deadLetters.remove(page, new Set(interrupted.letters));
    }
    const result = await work(counts);
    if (counts.redelivered() !== undefined) await counts.forget();
    return result;
  } finally {
    await counts.release();
  }
}

/**
 * Does the work with the ledger that counts a page's dead letters. The dead letters of a backfill slice are counted by the
 * slice's ledger, under its own lease; all others by the source's, which is already leased.
 * @returns `busy` while a worker has the slice's lease
 */
export async function withPageCounts<T>(
  context: AdminContext,
  { id, runId }: DeadLetterPage,
  counts: DeadLetterCounts,
  work: (counts: DeadLetterCounts) => Promise<T>,
): Promise<T | 'busy'> {
  const [, part] = /^([\da-f]{8}\.\d+)\./.exec(runId) ?? [];
  return part === undefined ? work(counts) : withCounts(context, { ...id, part }, work);
}

async function acquirePulled(
  { clock, state }: AdminContext,
  id: SourceId,
): Promise<DeadLetterCounts | 'busy'> {
  const leased = await state.checkpoints.acquire(id);
  if (leased === 'busy') return 'busy';
  return {
    maxNamed: MAX_NAMED_PULLED,
    ledger: () => ({ ...leased.checkpoint.ledger }),
    columns: () => ({}),
    redelivered: () => leased.checkpoint.replayed,
    move: (ended, replayed) =>
      leased.save({
        ...leased.checkpoint,
        ledger: moveInLedger(leased.checkpoint.ledger, ended),
        replayed,
        savedAt: clock.now().toISOString(),
      }),
    forget: () => leased.save(withoutReplayed(leased.checkpoint)),
    release: () => leased.release(),
  };
}

/**
 * Moves dead-lettered records to accepted or filtered. Records that the ledger does not count, because an operator
 * replaced the checkpoint, are also added to `fetched`.
 */
function moveInLedger(ledger: Ledger, { accepted, filtered }: EndedDeadLetters): Ledger {
  const known = Math.min(ledger.deadLettered, accepted + filtered);
  return {
    ...ledger,
    fetched: ledger.fetched + accepted + filtered - known,
    accepted: ledger.accepted + accepted,
    filtered: ledger.filtered + filtered,
    deadLettered: ledger.deadLettered - known,
  };
}

async function acquirePushed({ log, state }: AdminContext, id: SourceId): Promise<DeadLetterCounts | 'busy'> {
  const { deliveries, spool } = state;
  const leased = await spool.acquire(id);
  if (leased === 'busy') return 'busy';
  // Acquiring the lease has already completed the commit that `settled` names.
  const save = (counters: SpoolCounters): Promise<void> => leased.save({ ...counters, settled: {} });
  return {
    maxNamed: MAX_NAMED_PUSHED,
    ledger: () => storedOutcomes(leased.counters),
    columns: () => leased.counters.columns,
    redelivered: () => leased.counters.replayed,
    move: (ended, replayed) => save({ ...moveInCounters(leased.counters, ended), replayed }),
    forget: () => save(withoutReplayed(leased.counters)),
    async release() {
      await leased.release();
      try {
        // A delivery that started meanwhile could not acquire the lease: its bodies need another trigger message.
        for await (const _ of spool.blobs(id)) return await deliveries.send(id);
      } catch {
        log.warn({ ...id }, 'its next delivery waits for sweep');
      }
    },
  };
}

/**
 * Moves dead-lettered records to accepted or filtered; the sum is unchanged. Dead letters beyond the count were stored
 * twice by a crash and change nothing.
 */
function moveInCounters(
  counters: SpoolCounters,
  { accepted, columns, filtered }: EndedDeadLetters,
): SpoolCounters {
  const nowAccepted = Math.min(counters.deadLettered, accepted);
  const nowFiltered = Math.min(counters.deadLettered - nowAccepted, filtered);
  return {
    ...counters,
    accepted: counters.accepted + nowAccepted,
    filtered: counters.filtered + nowFiltered,
    deadLettered: counters.deadLettered - nowAccepted - nowFiltered,
    columns: { ...counters.columns, ...columns },
  };
}

function withoutReplayed<T extends Pick<Checkpoint, 'replayed'>>({
  replayed: _,
  ...rest
}: T): Omit<T, 'replayed'> {
  return rest;
}
