import { randomUUID } from 'node:crypto';
import { formatId, type Checkpoint, type HeldCheckpoint, type SourceId } from '../contract/checkpoint';
import { ContractError } from '../contract/errors';
import type { LetterPage, StoredLetter } from '../contract/operator';
import type { FormattedRow } from '../flow/format';
import { compileReplay, moveLetters, type ReplayedLetter } from '../flow/replay-letters';
import { sendRows } from '../flow/send';
import { readSink } from '../io/sink';
import { tell, type DeskTools } from './desk';

/** As many letters as one write of the checkpoint may name, which stays under 64 KB. */
const CHUNK = 200;
/** A replay sends for no longer than this; what is left stays for the next. */
const BUDGET_MS = 10 * 60_000;

/** Says which letters are meant. */
export type ChooseLetters = (letter: StoredLetter) => boolean;

/** What became of the letters that were meant. */
export interface Replayed {
  readonly accepted: number;
  /** Turned away by the source's `keep` or a DROP setting of today. */
  readonly filtered: number;
  /** Letters as before: the code of today cannot deliver them either. */
  readonly remaining: number;
  /** Their rows are in the table already, cut; a replay would send them twice. */
  readonly truncated: number;
}

/** Every letter of a source, or of all, oldest day first. @throws UnavailableError | ContractError */
export async function* readLetters(
  { state }: DeskTools,
  id: SourceId | undefined,
  choose: ChooseLetters,
): AsyncGenerator<StoredLetter, void, undefined> {
  for await (const page of state.deadLetters.list(id)) {
    yield* (await state.deadLetters.read(page)).filter(choose);
  }
}

/**
 * Formats and sends letters with the code and the settings of today, under the source's lease, and moves no cursor.
 * The ledger counts them in one write: dead-lettered less, accepted or filtered more. That write names the letters, so
 * that a replay which is cut short behind it is finished by the next; cut short before it, they are sent twice. None
 * is lost either way.
 * @returns `busy` when a run holds the source
 * @throws SettingError when the source is off; and what a sink throws: what was counted until then stands
 */
export async function replayLetters(
  tools: DeskTools,
  id: SourceId,
  by: string,
  choose: ChooseLetters,
): Promise<Replayed | 'busy'> {
  const deliver = deliverer(tools, id);
  return underLease(tools, id, async (held) => {
    const before = held.checkpoint.ledger;
    const total = { accepted: 0, filtered: 0, remaining: 0, truncated: 0 };
    const replayPage = async (
      page: LetterPage,
      letters: readonly StoredLetter[],
      ledger: HeldCheckpoint,
    ): Promise<void> => {
      for (let at = 0; at < letters.length; at += CHUNK) {
        const { accepted, filtered, gone } = await deliver(letters.slice(at, at + CHUNK));
        total.accepted += accepted;
        total.filtered += filtered;
        total.remaining += Math.min(CHUNK, letters.length - at) - gone.length;
        if (gone.length > 0) await count(tools, ledger, page, { accepted, filtered, gone });
      }
    };
    try {
      for await (const page of tools.state.deadLetters.list(id)) {
        const meant = (await tools.state.deadLetters.read(page)).filter(choose);
        const letters = meant.filter(({ cause }) => cause !== 'truncated');
        total.truncated += meant.length - letters.length;
        const part = partIn(page);
        if (letters.length === 0) continue;
        if (part === undefined) await replayPage(page, letters, held);
        else {
          const done = await underLease(tools, { ...id, part }, (own) => replayPage(page, letters, own));
          if (done === 'busy') total.remaining += letters.length;
        }
      }
    } finally {
      if (total.accepted + total.filtered > 0) {
        const after = { ledger: { ...held.checkpoint.ledger }, ...total };
        await tell(tools, id, { what: 'replay', by, before: { ledger: { ...before } }, after });
      }
    }
    return total;
  });
}

/** Removes letters for good. The ledger still says that their records ended as dead letters. @returns how many */
export async function dropLetters(
  tools: DeskTools,
  id: SourceId,
  by: string,
  choose: ChooseLetters,
): Promise<number | 'busy'> {
  return underLease(tools, id, async () => {
    const causes: Record<string, number> = {};
    let dropped = 0;
    try {
      for await (const page of tools.state.deadLetters.list(id)) {
        const meant = (await tools.state.deadLetters.read(page)).filter(choose);
        if (meant.length === 0) continue;
        await tools.state.deadLetters.remove(page, new Set(meant.map((letter) => letter.id)));
        dropped += meant.length;
        for (const { cause } of meant) causes[cause] = (causes[cause] ?? 0) + 1;
      }
    } finally {
      if (dropped > 0) await tell(tools, id, { what: 'drop', by, before: causes, after: { dropped } });
    }
    return dropped;
  });
}

/** Takes the lease, finishes what a replay before has left, and gives the lease back. */
async function underLease<T>(
  tools: DeskTools,
  id: SourceId,
  work: (held: HeldCheckpoint) => Promise<T>,
): Promise<T | 'busy'> {
  const held = await tools.state.checkpoints.hold(id);
  if (held === 'busy') return 'busy';
  try {
    const { replayed } = held.checkpoint;
    if (replayed !== undefined) {
      for await (const page of tools.state.deadLetters.list(id)) {
        if (page.name === replayed.page)
          await tools.state.deadLetters.remove(page, new Set(replayed.letters));
      }
    }
    const result = await work(held);
    if (held.checkpoint.replayed !== undefined) await held.save(withoutReplayed(held.checkpoint));
    return result;
  } finally {
    await held.release();
  }
}

interface Delivered {
  readonly accepted: number;
  readonly filtered: number;
  /** The ids of the letters that ended elsewhere. */
  readonly gone: readonly string[];
}

/** What sends letters of a source. A row that is cut keeps its whole record as a letter of its own, durable first. */
function deliverer(
  { clock, find, log, state }: DeskTools,
  id: SourceId,
): (letters: readonly StoredLetter[]) => Promise<Delivered> {
  const { instance, source } = find(id);
  const startedAt = clock.now();
  const signal = AbortSignal.timeout(BUDGET_MS);
  const deadline = new Date(startedAt.getTime() + BUDGET_MS);
  const sink = readSink(instance.env)({ who: formatId(id), deadline, signal, clock, log });
  const own = instance.sources.find((one) => one.source === id.source);
  const format = compileReplay(source, { instance: id.instance, startedAt, sink, drop: own?.drop });
  const runId = randomUUID();
  let page = 0;

  return async (letters) => {
    const outcomes = format(letters);
    const encoded = outcomes.flatMap((one) => ('encoded' in one ? [one.encoded] : []));
    const rows = encoded.map(({ row }) => row);
    const refused = new Set<FormattedRow>();
    try {
      for (const { row } of await sendRows(sink, source.table, own?.lateTable, encoded)) refused.add(row);
    } catch (error) {
      // What the workspace takes none of must not keep the letters behind it from being sent.
      if (!(error instanceof ContractError)) throw error;
      log.warn({ ...id, letters: rows.length, reason: error.message }, 'letters are refused');
      for (const row of rows) refused.add(row);
    }
    const cut = rows.flatMap((row) =>
      refused.has(row) || row.truncated === undefined ? [] : [row.truncated],
    );
    if (cut.length > 0) await state.deadLetters.put(id, { runId, page: page++ }, cut);
    const isAccepted = (one: ReplayedLetter): boolean => 'encoded' in one && !refused.has(one.encoded.row);
    const isFiltered = (one: ReplayedLetter): boolean => 'became' in one && one.became === 'filtered';
    return {
      accepted: rows.length - refused.size,
      filtered: outcomes.filter(isFiltered).length,
      gone: outcomes.filter((one) => isAccepted(one) || isFiltered(one)).map(({ letter }) => letter.id),
    };
  };
}

/** The part of a backfill whose ledger counts a page's letters; `undefined` where it is the source's own. */
function partIn({ runId }: LetterPage): string | undefined {
  return /^([\da-f]{8}\.\d+)\./.exec(runId)?.[1];
}

/** Counts letters that ended elsewhere, then takes them away. */
async function count(
  { clock, state }: DeskTools,
  held: HeldCheckpoint,
  page: LetterPage,
  { accepted, filtered, gone }: Delivered,
): Promise<void> {
  await held.save({
    ...held.checkpoint,
    ledger: moveLetters(held.checkpoint.ledger, accepted, filtered),
    replayed: { page: page.name, letters: gone },
    savedAt: clock.now().toISOString(),
  });
  await state.deadLetters.remove(page, new Set(gone));
}

function withoutReplayed({ replayed: _, ...checkpoint }: Checkpoint): Checkpoint {
  return checkpoint;
}
