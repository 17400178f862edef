import type { Ledger } from '../../contract/checkpoint';
import type { Json } from '../../contract/json';
import type { StoredLetter } from '../../contract/operator';
import { walkBoundary, type BoundaryWalk } from '../../windows/watermark';
import { pacer } from '../../values/in-pieces';
import { readJson } from '../../values/json/parse';
import { noteKeptBytes } from '../../rows/kept-bytes';
import type { Encoded } from '../../rows/batch';
import {
  compileRecordFormat,
  type FormatOptions,
  type FormattedRow,
  type FormattedSource,
} from '../../rows/format';

/** What a replay must know of a row. */
export type ReplayedRow = Pick<FormattedRow, 'late' | 'truncated'>;

/** What the code of today makes of one letter. */
export type ReplayedLetter =
  | { readonly letter: StoredLetter; readonly encoded: Encoded<ReplayedRow> }
  | { readonly letter: StoredLetter; readonly became: 'filtered' | 'still a dead letter' };

/**
 * Compiles a source into the function that formats the letters of one page again, as a delivery would. A row keeps the
 * event id that its letter has, so that what is sent twice can be told; nothing is a duplicate, for a letter was never
 * delivered. Pauses, and never throws.
 */
export function compileReplay(
  source: FormattedSource,
  options: FormatOptions,
): (letters: readonly StoredLetter[]) => Generator<undefined, ReplayedLetter[], undefined> {
  return function* (letters) {
    const walk = walkBoundary(undefined);
    walk.page(false, options.startedAt.toISOString());
    let known: string | undefined;
    const named: BoundaryWalk = {
      ...walk,
      known: (_, id) => ({ id, duplicate: false }),
      hashed: (time, hash) => ({ id: known ?? walk.hashed(time, hash).id, duplicate: false }),
    };
    const format = compileRecordFormat(source, options, named);
    const become = function* (letter: StoredLetter): Generator<undefined, ReplayedLetter, undefined> {
      known = letter.eventId;
      const record = yield* recordOf(letter);
      if (record === undefined) return { letter, became: 'still a dead letter' };
      const one = yield* format(record);
      if (one.outcome === 'row') return { letter, encoded: { text: one.text, row: one.row } };
      return { letter, became: one.outcome === 'filtered' ? 'filtered' : 'still a dead letter' };
    };
    return yield* eachInTurn(letters, become);
  };
}

/** What a letter keeps; `undefined` where that is no JSON. Pauses. */
export function* recordOf({ record }: StoredLetter): Generator<undefined, Json | undefined, undefined> {
  try {
    return yield* noteKeptBytes(yield* readJson(Buffer.from(record)));
  } catch {
    return undefined;
  }
}

/** What letters become, one after another, with pauses between those that are long together. */
export function* eachInTurn<T>(
  letters: readonly StoredLetter[],
  become: (letter: StoredLetter) => Generator<undefined, T, undefined>,
): Generator<undefined, T[], undefined> {
  const became: T[] = [];
  const isPauseDue = pacer();
  for (const letter of letters) {
    became.push(yield* become(letter));
    if (isPauseDue(letter.record.length)) yield;
  }
  return became;
}

/**
 * The ledger once letters have ended elsewhere: what was dead-lettered is accepted, or filtered, and nothing is
 * fetched. Letters that this ledger does not know of, after a state was put in its place, count as fetched now.
 */
export function moveLetters(ledger: Ledger, accepted: number, filtered: number): Ledger {
  const known = Math.min(ledger.deadLettered, accepted + filtered);
  return {
    ...ledger,
    fetched: ledger.fetched + accepted + filtered - known,
    accepted: ledger.accepted + accepted,
    filtered: ledger.filtered + filtered,
    deadLettered: ledger.deadLettered - known,
  };
}
