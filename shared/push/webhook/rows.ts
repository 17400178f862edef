import type { RawRecord, ReceiveSource } from '../../contract/connector';
import type { Json } from '../../contract/json';
import type { DeadLetter } from '../../contract/run';
import type { Post, PushedBody } from '../../contract/spool';
import { runToEnd, pauseMeter } from '../../values/cooperative';
import { largeMap } from '../../values/large-map';
import { readPosted, recordsIn, withPost } from '../parse-body';
import type { Encoded } from '../../rows/batch';
import type { BodyFormat, NamedRecord, PushedRow } from '../body-format';
import { encodeRow } from '../../rows/encode';
import { hash, isWanted, type FormatOptions } from '../../rows/format-page';
import { compileRow } from '../../rows/format-row';

/** What one record of a post became. */
export type WebhookRecord = { readonly record: RawRecord } & (
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
 * What is yielded between them is a pause. @returns a function that throws SyntaxError or TypeError for a body that holds no JSON
 */
export function compileWebhook(
  source: ReceiveSource,
  options: FormatOptions,
): (body: PostedBody, values?: readonly Json[]) => Generator<WebhookRecord | undefined, void, undefined> {
  const become = compileRecord(source, options);
  return function* (body, values = runToEnd(readPosted(source.receive, body))) {
    const nameOf = namer();
    for (const raw of recordsIn(values))
      yield yield* become(withPost(raw, source, body), body, function* (own) {
        return nameOf(own ?? (yield* hash(raw)));
      });
  };
}

/** @returns a function that never throws; `nameOf` gives a row its `EventId`, from the vendor's where there is one */
function compileRecord(
  source: ReceiveSource,
  options: FormatOptions,
): (
  record: RawRecord,
  post: Pick<Post, 'receivedAt'>,
  nameOf: (own?: string) => Generator<undefined, string, undefined>,
) => Generator<undefined, WebhookRecord, undefined> {
  const { drop, sink } = options;
  const toRow = compileRow(source, options.instance, options.startedAt);
  return function* (record, { receivedAt }, nameOf) {
    if (!isWanted(source, drop, record)) return { record, became: 'filtered' };
    const formatted = yield* toRow(record, receivedAt);
    if ('deadLetter' in formatted) return { record, became: 'dead letter', letter: formatted.deadLetter };
    const { columns, drifted, eventId, isShort } = formatted;
    const name = yield* nameOf(eventId);
    columns['EventId'] = name;
    const encoded = yield* encodeRow(source.table, columns, sink, { record, isShort });
    if ('deadLetter' in encoded) return { record, became: 'dead letter', letter: encoded.deadLetter };
    const { text, truncated } = encoded;
    const row = { record, eventId: name, ...(truncated === undefined ? {} : { truncated }) };
    return { record, became: 'row', encoded: { text, row }, drifted };
  };
}

/** Formats bodies of the spool as {@link compileWebhook} does. */
export function compileWebhookBody(source: ReceiveSource, options: FormatOptions): BodyFormat {
  const recordsOf = compileWebhook(source, options);
  const become = compileRecord(source, options);
  return {
    *format(body) {
      const rows: Encoded<PushedRow>[] = [];
      const letters: DeadLetter[] = [];
      let [filtered, drifted] = [0, 0];
      const isPauseDue = pauseMeter();
      for (const one of recordsOf(body, yield* readPosted(source.receive, body))) {
        if (one?.became === 'row') {
          rows.push(one.encoded);
          if (one.drifted) drifted++;
        } else if (one?.became === 'dead letter') letters.push(one.letter);
        else if (one?.became === 'filtered') filtered++;
        if (one === undefined || isPauseDue(sizeOf(one))) yield;
      }
      return { rows, letters, filtered, drifted };
    },
    *records(body) {
      const records: NamedRecord[] = [];
      const isPauseDue = pauseMeter();
      for (const one of recordsOf(body, yield* readPosted(source.receive, body))) {
        if (one !== undefined) records.push(named(one));
        if (one === undefined || isPauseDue(sizeOf(one))) yield;
      }
      return records;
    },
    *row({ eventId, record }, post) {
      const one = yield* become(record, post, function* (own) {
        return eventId ?? own ?? (yield* hash(record));
      });
      if (one.became === 'row') return one.encoded;
      return one.became === 'filtered' ? 'filtered' : { letter: one.letter };
    },
    columns: () => ({}),
  };
}

function sizeOf(one: WebhookRecord): number {
  if (one.became === 'filtered') return 0;
  return (one.became === 'row' ? one.encoded.text : one.letter.record).length;
}

function named(one: WebhookRecord): NamedRecord {
  if (one.became === 'row') return one.encoded.row;
  const eventId = one.became === 'dead letter' ? one.letter.eventId : undefined;
  return eventId === undefined ? { record: one.record } : { record: one.record, eventId };
}

function namer(): (name: string) => string {
  const met = largeMap<number>();
  return (name) => {
    const before = met.get(name) ?? 0;
    met.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  };
}
