import type { RawRecord, ReceiveSource } from '../contract/connector';
import type { DeadLetter } from '../contract/run';
import type { PushedBody } from '../contract/spool';
import { readPosted, recordsIn, withPost } from '../kit/received-body';
import type { Encoded } from './batch';
import type { BodyFormat, PushedRow } from './classic';
import { encodeRow, hash, isWanted, type FormatOptions } from './format';
import { compileRow } from './row';

/** What one record of a post became. */
export type ReceivedRecord = { readonly record: RawRecord } & (
  | { readonly became: 'row'; readonly encoded: Encoded<PushedRow>; readonly drifted: boolean }
  | { readonly became: 'filtered' }
  | { readonly became: 'dead letter'; readonly letter: DeadLetter }
);

/** A post, as far as its records are in it. */
export type PostedBody = Pick<PushedBody, 'bytes' | 'contentType' | 'facts' | 'receivedAt'>;

/**
 * Formats the records of posts into the rows of their source's table. A record that says no time happened when its post
 * was received. Its `EventId` is the vendor's, or the SHA-256 of the record; an ordinal tells records of one post apart
 * that have the same: a body that is posted twice gives the same ids twice.
 * @returns a function that throws SyntaxError or TypeError for a body that holds no JSON
 */
export function compileReceived(
  source: ReceiveSource,
  options: FormatOptions,
): (body: PostedBody) => Generator<ReceivedRecord, void, undefined> {
  const { drop, sink } = options;
  const toRow = compileRow(source, options.instance, options.startedAt);
  const become = (raw: RawRecord, body: PostedBody, nameOf: (name: string) => string): ReceivedRecord => {
    const record = withPost(raw, source, body);
    if (!isWanted(source, drop, record)) return { record, became: 'filtered' };
    const formatted = toRow(record, body.receivedAt);
    if ('letter' in formatted) return { record, became: 'dead letter', letter: formatted.letter };
    const { columns, drifted, eventId } = formatted;
    columns['EventId'] = nameOf(eventId ?? hash(raw));
    const encoded = encodeRow(source.table, columns, sink, record);
    if ('letter' in encoded) return { record, became: 'dead letter', letter: encoded.letter };
    const { text, truncated } = encoded;
    const row = truncated === undefined ? { record } : { record, truncated };
    return { record, became: 'row', encoded: { text, row }, drifted };
  };
  return function* (body) {
    const nameOf = namer();
    for (const raw of recordsIn(readPosted(source.receive, body))) yield become(raw, body, nameOf);
  };
}

/** Formats bodies of the spool as {@link compileReceived} does. */
export function compileReceivedBody(source: ReceiveSource, options: FormatOptions): BodyFormat {
  const recordsOf = compileReceived(source, options);
  return {
    format(body) {
      const records = [...recordsOf(body)];
      return {
        rows: records.flatMap((one) => (one.became === 'row' ? [one.encoded] : [])),
        letters: records.flatMap((one) => (one.became === 'dead letter' ? [one.letter] : [])),
        filtered: records.filter(({ became }) => became === 'filtered').length,
        drifted: records.filter((one) => one.became === 'row' && one.drifted).length,
      };
    },
    columns: () => ({}),
  };
}

function namer(): (name: string) => string {
  const met = new Map<string, number>();
  return (name) => {
    const before = met.get(name) ?? 0;
    met.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  };
}
