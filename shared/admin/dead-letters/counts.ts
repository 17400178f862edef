import type { Checkpoint, ReplayedLetters, SourceId } from '../../contract/checkpoint';
import type { JsonObject } from '../../contract/json';
import type { SpoolTotals } from '../../contract/spool';
import { moveLetters } from './redeliver-rows';
import { movePushed } from './redeliver-pushed';
import type { AdminContext } from '../context';

/** A checkpoint stays under 64 KB. */
const MAX_NAMED_PULLED = 200;
/** A body may hold a hundred thousand records, in one page that is written again each time. */
const MAX_NAMED_PUSHED = 2_000;

/** Letters that ended elsewhere. */
export interface EndedLetters {
  readonly accepted: number;
  readonly filtered: number;
  /** What they added to the columns of a table that its records make. */
  readonly columns: SpoolTotals['columns'];
}

/** The ledger that counts a source's letters, under the source's lease: its checkpoint, or the totals of its spool. */
export interface LetterLedger {
  /** As many letters as one write of it may name. */
  readonly maxNamed: number;
  counts(): JsonObject;
  /** The columns that its records have made so far. */
  columns(): SpoolTotals['columns'];
  /** Letters that it counts elsewhere and that may still be kept. */
  replayed(): ReplayedLetters | undefined;
  /** Counts letters elsewhere and names them, in one write. @throws UnavailableError when the lease is lost */
  move(ended: EndedLetters, replayed: ReplayedLetters): Promise<void>;
  /** Names no letters any more: they are gone. */
  forget(): Promise<void>;
  /** Gives the lease back. Never throws. */
  release(): Promise<void>;
}

/** Takes the lease. @returns `busy` while a run, or a delivery, holds it */
export async function holdLedger(tools: AdminContext, id: SourceId): Promise<LetterLedger | 'busy'> {
  return (await tools.pushed(id)) === undefined ? holdPulled(tools, id) : holdPushed(tools, id);
}

async function holdPulled({ clock, state }: AdminContext, id: SourceId): Promise<LetterLedger | 'busy'> {
  const held = await state.checkpoints.hold(id);
  if (held === 'busy') return 'busy';
  return {
    maxNamed: MAX_NAMED_PULLED,
    counts: () => ({ ...held.checkpoint.ledger }),
    columns: () => ({}),
    replayed: () => held.checkpoint.replayed,
    move: ({ accepted, filtered }, replayed) =>
      held.save({
        ...held.checkpoint,
        ledger: moveLetters(held.checkpoint.ledger, accepted, filtered),
        replayed,
        savedAt: clock.now().toISOString(),
      }),
    forget: () => held.save(withoutReplayed(held.checkpoint)),
    release: () => held.release(),
  };
}

async function holdPushed({ log, state }: AdminContext, id: SourceId): Promise<LetterLedger | 'busy'> {
  const { deliveries, spool } = state;
  const held = await spool.hold(id);
  if (held === 'busy') return 'busy';
  // What was settled was done when the lease was taken.
  const save = (totals: SpoolTotals): Promise<void> => held.save({ ...totals, settled: {} });
  return {
    maxNamed: MAX_NAMED_PUSHED,
    counts() {
      const { dead, delivered, duplicate, filtered } = held.totals;
      return { delivered, dead, duplicate, filtered };
    },
    columns: () => held.totals.columns,
    replayed: () => held.totals.replayed,
    move: ({ accepted, columns, filtered }, replayed) =>
      save({
        ...movePushed(held.totals, accepted, filtered),
        columns: { ...held.totals.columns, ...columns },
        replayed,
      }),
    forget: () => save(withoutReplayed(held.totals)),
    async release() {
      await held.release();
      try {
        // A delivery that was woken meanwhile met it busy, and nobody else comes for what it was to deliver.
        for await (const _ of spool.blobs(id)) return await deliveries.wake(id);
      } catch {
        log.warn({ ...id }, 'its next delivery waits for sweep');
      }
    },
  };
}

function withoutReplayed<T extends Pick<Checkpoint, 'replayed'>>({
  replayed: _,
  ...rest
}: T): Omit<T, 'replayed'> {
  return rest;
}
