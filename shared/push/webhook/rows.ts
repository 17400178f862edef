import type { RawRecord, ReceiveSource } from '../../contract/connector';
import type { Json } from '../../contract/json';
import type { DeadLetter } from '../../contract/run';
import type { PushMetadata, PushedBody } from '../../contract/spool';
import { runToEnd, pauseMeter } from '../../values/cooperative';
import { largeMap } from '../../values/large-map';
import { readPosted, recordsIn, withPost } from './parse-body';
import type { Encoded } from '../../rows/batch';
import type { BodyFormat, NamedRecord, PushedRow } from '../body-format';
import { encodeRow } from '../../rows/encode';
import { hash, isWanted, type FormatOptions } from '../../rows/format-page';
import { compileRow } from '../../rows/format-row';

/** One record of a post once it is formatted. A `row` is not yet accepted. */
export type WebhookRecord = { readonly record: RawRecord } & (
  | { readonly outcome: 'row'; readonly encoded: Encoded<PushedRow>; readonly drifted: boolean }
  | { readonly outcome: 'filtered' }
  | { readonly outcome: 'deadLettered'; readonly deadLetter: DeadLetter }
);

/** The parts of a stored body that formatting reads. */
export type PostedBody = Pick<PushedBody, 'bytes' | 'contentType' | 'facts' | 'receivedAt'>;

/**
 * Formats the records of webhook bodies into rows of their source's table. A record without a time gets the time of receipt.
 * Its `EventId` is the vendor's, or the SHA-256 of the record; an ordinal distinguishes equal ids within one body, so that
 * a body that is sent twice gives the same ids twice. Yields `undefined` as a pause.
 * @returns a function that throws SyntaxError or TypeError when a body is not JSON
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
  post: Pick<PushMetadata, 'receivedAt'>,
  nameOf: (own?: string) => Generator<undefined, string, undefined>,
) => Generator<undefined, WebhookRecord, undefined> {
  const { drop, sink } = options;
  const toRow = compileRow(source, options.instance, options.startedAt);
  return function* (record, { receivedAt }, nameOf) {
    if (!isWanted(source, drop, record)) return { record, outcome: 'filtered' };
    const formatted = yield* toRow(record, receivedAt);
    if ('deadLetter' in formatted)
      return { record, outcome: 'deadLettered', deadLetter: formatted.deadLetter };
    const { columns, drifted, eventId, isShort } = formatted;
    const name = yield* nameOf(eventId);
    columns['EventId'] = name;
    const encoded = yield* encodeRow(source.table, columns, sink, { record, isShort });
    if ('deadLetter' in encoded) return { record, outcome: 'deadLettered', deadLetter: encoded.deadLetter };
    const { text, truncated } = encoded;
    const row = { record, eventId: name, ...(truncated === undefined ? {} : { truncated }) };
    return { record, outcome: 'row', encoded: { text, row }, drifted };
  };
}

/** Formats bodies of the spool as {@link compileWebhook} does. */
export function compileWebhookBody(source: ReceiveSource, options: FormatOptions): BodyFormat {
  const recordsOf = compileWebhook(source, options);
  const become = compileRecord(source, options);
  return {
    *format(body) {
      const rows: Encoded<PushedRow>[] = [];
      const deadLetters: DeadLetter[] = [];
      let [filtered, drifted] = [0, 0];
      const isPauseDue = pauseMeter();
      for (const one of recordsOf(body, yield* readPosted(source.receive, body))) {
        if (one?.outcome === 'row') {
          rows.push(one.encoded);
          if (one.drifted) drifted++;
        } else if (one?.outcome === 'deadLettered') deadLetters.push(one.deadLetter);
        else if (one?.outcome === 'filtered') filtered++;
        if (one === undefined || isPauseDue(sizeOf(one))) yield;
      }
      return { rows, deadLetters, filtered, drifted };
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
      if (one.outcome === 'row') return one.encoded;
      return one.outcome === 'filtered' ? 'filtered' : { deadLetter: one.deadLetter };
    },
    columns: () => ({}),
  };
}

function sizeOf(one: WebhookRecord): number {
  if (one.outcome === 'filtered') return 0;
  return (one.outcome === 'row' ? one.encoded.text : one.deadLetter.record).length;
}

function named(one: WebhookRecord): NamedRecord {
  if (one.outcome === 'row') return one.encoded.row;
  const eventId = one.outcome === 'deadLettered' ? one.deadLetter.eventId : undefined;
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
