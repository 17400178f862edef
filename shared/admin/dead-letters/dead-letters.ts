import type { SourceId } from '../../contract/checkpoint';
import type { LetterPage, StoredLetter } from '../../contract/operator';
import { recordEvent, type AdminContext } from '../context';
import { holdLedger, type LetterLedger } from './counts';
import { wayOf, type LetterFormat } from './route';
import { deliverer } from './redeliver';

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

/** Every letter of a source, or of all, oldest day first. @throws UnavailableError */
export async function* readLetters(
  tools: AdminContext,
  id: SourceId | undefined,
  choose: ChooseLetters,
): AsyncGenerator<StoredLetter, void, undefined> {
  for await (const page of tools.state.deadLetters.list(id))
    yield* (await readPage(tools, page)).filter(choose);
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
  tools: AdminContext,
  id: SourceId,
  by: string,
  choose: ChooseLetters,
): Promise<Replayed | 'busy'> {
  const way = await wayOf(tools, id, BUDGET_MS);
  return underLease(tools, id, async (ledger) => {
    const before = ledger.counts();
    const format = way.format(ledger.columns());
    const deliver = deliverer(tools, id, way, format);
    const total = { accepted: 0, filtered: 0, remaining: 0, truncated: 0 };
    const replayPage = async (
      page: LetterPage,
      letters: readonly StoredLetter[],
      own: LetterLedger,
    ): Promise<void> => {
      for (let at = 0; at < letters.length; at += own.maxNamed) {
        const some = letters.slice(at, at + own.maxNamed);
        const { gone, ...ended } = await deliver(some);
        total.accepted += ended.accepted;
        total.filtered += ended.filtered;
        total.remaining += some.length - gone.length;
        if (gone.length === 0) continue;
        await own.move(ended, { page: page.name, letters: gone });
        await tools.state.deadLetters.remove(page, new Set(gone));
      }
    };
    try {
      for await (const page of tools.state.deadLetters.list(id)) {
        const meant = (await readPage(tools, page)).filter(choose);
        const whole = meant.filter(({ cause }) => cause !== 'truncated');
        total.truncated += meant.length - whole.length;
        const letters = await openAll(tools, page, whole, format);
        const part = partIn(page);
        if (letters.length === 0) continue;
        if (part === undefined) await replayPage(page, letters, ledger);
        else {
          const done = await underLease(tools, { ...id, part }, (own) => replayPage(page, letters, own));
          if (done === 'busy') total.remaining += letters.length;
        }
      }
    } finally {
      if (total.accepted + total.filtered > 0) {
        const after = { ledger: ledger.counts(), ...total };
        await recordEvent(tools, id, { what: 'replay', by, before: { ledger: before }, after });
      }
    }
    return total;
  });
}

/** Removes letters for good. The ledger still says that their records ended as dead letters. @returns how many */
export async function dropLetters(
  tools: AdminContext,
  id: SourceId,
  by: string,
  choose: ChooseLetters,
): Promise<number | 'busy'> {
  return underLease(tools, id, async () => {
    const causes: Record<string, number> = {};
    let dropped = 0;
    try {
      for await (const page of tools.state.deadLetters.list(id)) {
        const meant = (await readPage(tools, page)).filter(choose);
        if (meant.length === 0) continue;
        await tools.state.deadLetters.remove(page, new Set(meant.map((letter) => letter.id)));
        dropped += meant.length;
        for (const { cause } of meant) causes[cause] = (causes[cause] ?? 0) + 1;
      }
    } finally {
      if (dropped > 0) await recordEvent(tools, id, { what: 'drop', by, before: causes, after: { dropped } });
    }
    return dropped;
  });
}

/** The letters of a page. One that is damaged is told and left as it is: the others are looked at all the same. */
async function readPage({ log, state }: AdminContext, page: LetterPage): Promise<StoredLetter[]> {
  const damaged = ({ message }: Error): void =>
    log.error({ ...page.id, reason: message }, 'dead letters cannot be read');
  return state.deadLetters.read(page, damaged);
}

/** Takes the lease, finishes what a replay before has left, and gives the lease back. */
async function underLease<T>(
  tools: AdminContext,
  id: SourceId,
  work: (ledger: LetterLedger) => Promise<T>,
): Promise<T | 'busy'> {
  const ledger = await holdLedger(tools, id);
  if (ledger === 'busy') return 'busy';
  try {
    const replayed = ledger.replayed();
    if (replayed !== undefined) {
      for await (const page of tools.state.deadLetters.list(id)) {
        if (page.name === replayed.page)
          await tools.state.deadLetters.remove(page, new Set(replayed.letters));
      }
    }
    const result = await work(ledger);
    if (ledger.replayed() !== undefined) await ledger.forget();
    return result;
  } finally {
    await ledger.release();
  }
}

/** Puts the letters of its records in the place of each that holds several, in one write. @returns those that are there now */
async function openAll(
  { state }: AdminContext,
  page: LetterPage,
  letters: readonly StoredLetter[],
  { open }: LetterFormat,
): Promise<StoredLetter[]> {
  const opened = new Map<string, StoredLetter[]>();
  for (const letter of letters) {
    const records = await open(letter);
    if (records !== undefined) opened.set(letter.id, records);
  }
  if (opened.size > 0) await state.deadLetters.replace(page, opened);
  return letters.flatMap((letter) => opened.get(letter.id) ?? [letter]);
}

/** The part of a backfill whose ledger counts a page's letters; `undefined` where it is the source's own. */
function partIn({ runId }: LetterPage): string | undefined {
  return /^([\da-f]{8}\.\d+)\./.exec(runId)?.[1];
}
