import type { StoredLetter } from '../../contract/operator';
import type { Post, SpoolTotals } from '../../contract/spool';
import { pacer } from '../../values/in-pieces';
import type { BodyFormat } from '../../push/data-collector/rows';
import { eachInTurn, recordOf, type ReplayedLetter } from './redeliver-rows';
import { letter as keep } from '../../rows/row';

/**
 * The letters of the records that a body's letter holds, to stand in its place: the ledger counts records, so that it
 * stays as it is, and each record then ends by itself. `undefined` for any other letter, and for a body that the code
 * of today cannot read either. Pauses, and never throws.
 */
export function* openBody(
  { records }: BodyFormat,
  letter: StoredLetter,
): Generator<undefined, StoredLetter[] | undefined, undefined> {
  if (letter.cause !== 'body-set-aside') return undefined;
  try {
    const opened = yield* records({ bytes: new TextEncoder().encode(letter.record), ...postOf(letter) });
    if (opened.length === 0) return undefined;
    const letters: StoredLetter[] = [];
    const isPauseDue = pacer();
    for (const [place, { eventId, record }] of opened.entries()) {
      const own = yield* keep('record-set-aside', letter.detail, record, eventId);
      letters.push({ ...letter, ...own, id: `${letter.id}-${place}` });
      if (isPauseDue(own.record.length)) yield;
    }
    return letters;
  } catch {
    return undefined;
  }
}

/** Causes of letters that hold no record: what a body is, and bytes of which nobody knows what they were. */
const WHOLE = new Set<StoredLetter['cause']>(['body-set-aside', 'damaged']);

/** Formats letters of what was pushed, as a delivery would. Pauses, and never throws. */
export function replayPushed(
  { row }: BodyFormat,
  letters: readonly StoredLetter[],
): Generator<undefined, ReplayedLetter[], undefined> {
  return eachInTurn(letters, function* (letter): Generator<undefined, ReplayedLetter, undefined> {
    const record = WHOLE.has(letter.cause) ? undefined : yield* recordOf(letter);
    const post = postOf(letter);
    if (record === undefined) return { letter, became: 'still a dead letter' };
    const { eventId } = letter;
    const encoded = yield* row(eventId === undefined ? { record } : { record, eventId }, post);
    if (encoded === 'filtered') return { letter, became: 'filtered' };
    if ('letter' in encoded) return { letter, became: 'still a dead letter' };
    const { truncated } = encoded.row;
    const cut = truncated === undefined ? {} : { truncated: { ...truncated, post } };
    return { letter, encoded: { text: encoded.text, row: { late: false, ...cut } } };
  });
}

/**
 * The totals once letters ended elsewhere: what was dead is delivered, or filtered, and as much is stored as before.
 * Letters that they do not know of, because a crash kept them twice, change nothing.
 */
export function movePushed(totals: SpoolTotals, accepted: number, filtered: number): SpoolTotals {
  const delivered = Math.min(totals.dead, accepted);
  const dead = totals.dead - delivered;
  const turnedAway = Math.min(dead, filtered);
  return {
    ...totals,
    delivered: totals.delivered + delivered,
    filtered: totals.filtered + turnedAway,
    dead: dead - turnedAway,
  };
}

/** The first versions kept nothing of the post: its record then came when its letter was kept. */
function postOf({ at, post }: StoredLetter): Post {
  return post ?? { receivedAt: at };
}
