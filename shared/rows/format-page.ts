import { createHash } from 'node:crypto';
import type { PullSource, RecordSource, RawRecord } from '../contract/connector';
import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Sink } from '../contract/sink';
import { pauseMeter, withoutPauses } from '../values/cooperative';
import { jsonPieces } from '../values/json/incremental-stringify';
import { parseJson, stringifyJson } from '../values/json/json';
import { compareIso } from '../values/time';
import { dedupAtWatermark, type DedupPass } from '../windows/watermark';
import type { Encoded, PausedRows } from './batch';
import { encodeRow } from './encode';
import { compileRow } from './format-row';

/** The record behind a row. */
export interface FormattedRow {
  readonly eventId: string;
  readonly record: RawRecord;
  /** Event time; ISO 8601, UTC. */
  readonly time: string | undefined;
  /** True when its `IsLate` says so. */
  readonly late: boolean;
  readonly drifted: boolean;
  /** Set when the row holds less than its record: kept beside the row, which is sent too. */
  readonly truncated?: DeadLetter;
}

/** One record once it is formatted. A `row` is not yet accepted. */
export type FormattedRecord =
  | ({ readonly outcome: 'row' } & Encoded<FormattedRow>)
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'filtered' }
  | { readonly outcome: 'deadLettered'; readonly deadLetter: DeadLetter };

/** A summary of rows, which may be millions, collected while they are made. */
export interface RowsSummary {
  /** How many have a value that did not fit its column. */
  readonly drifted: number;
  /** The range of their event times; absent where none has one. */
  readonly oldest?: string;
  readonly newest?: string;
}

type GrowingSummary = { -readonly [member in keyof RowsSummary]: RowsSummary[member] };

/** The outcome of every record of a page. */
export interface FormattedPage {
  readonly rows: readonly FormattedRow[];
  readonly summary: RowsSummary;
  /** Records that no row could be made of. */
  readonly deadLetters: readonly DeadLetter[];
  readonly duplicate: number;
  readonly filtered: number;
}

/** A page that is formatted while its rows are read, so that its encoded rows are never in memory together. */
export interface PageFormatting {
  /** The encoded rows, each made when it is asked for, and pauses. Can be iterated once. */
  readonly encoded: PausedRows<FormattedRow>;
  /** The complete result. @throws Error until `encoded` was read to its end */
  result(): FormattedPage;
}

/** What formatting needs to know of the run. */
export interface FormatOptions {
  readonly instance: string;
  readonly startedAt: Date;
  readonly sink: Pick<Sink, 'limits' | 'encode' | 'adapt'>;
  /** The table that takes the rows of old events; the source's own where it is not set. */
  readonly lateTable?: string | undefined;
  /** True turns a record away: the operator's DROP setting. */
  readonly drop?: ((record: RawRecord) => boolean) | undefined;
}

/** What formatting reads of a source. */
export type FormattedSource = Pick<PullSource, keyof RecordSource | 'updates'>;

/** Hexadecimal digits of a version's hash: 128 bits. */
const VERSION_DIGITS = 32;

/** Compiles a source into the function that formats its pages. It never throws: one bad record costs only itself. */
export function compileFormat(
  source: FormattedSource,
  options: FormatOptions,
  walk: DedupPass,
): (records: readonly RawRecord[]) => PageFormatting {
  const format = compileRecordFormat(source, options, walk);
  return (records) => {
    const rows: FormattedRow[] = [];
    const deadLetters: DeadLetter[] = [];
    const counts = { duplicate: 0, filtered: 0 };
    const summary: GrowingSummary = { drifted: 0 };
    let isComplete = false;
    const encode = function* (): Generator<Encoded<FormattedRow> | undefined> {
      const isPauseDue = pauseMeter();
      for (const record of records) {
        const one = yield* format(record);
        if (one.outcome === 'row') {
          rows.push(one.row);
          addTo(summary, one.row);
          yield one;
        } else if (one.outcome === 'deadLettered') deadLetters.push(one.deadLetter);
        else counts[one.outcome]++;
        if (isPauseDue(lengthOf(one))) yield;
      }
      isComplete = true;
    };
    return {
      encoded: encode(),
      result() {
        if (!isComplete) throw new Error('the rows of the page were not read to their end');
        return { rows, summary, deadLetters, ...counts };
      },
    };
  };
}

function lengthOf(one: FormattedRecord): number {
  if (one.outcome === 'row') return one.text.length;
  return one.outcome === 'deadLettered' ? one.deadLetter.record.length : 0;
}

/** Compiles a source into the function that formats one record. It pauses where a record is large, and never throws. */
export function compileRecordFormat(
  source: FormattedSource,
  options: FormatOptions,
  walk: DedupPass,
): (record: RawRecord) => Generator<undefined, FormattedRecord, undefined> {
  const { drop, lateTable = source.table.name, sink } = options;
  const late = { ...source.table, name: lateTable };
  const format = compileRow(source, options.instance, options.startedAt);
  const versionedId = function* (id: string, record: RawRecord): Generator<undefined, string, undefined> {
    return source.updates === 'in-place' ? `${id}-${(yield* hash(record)).slice(0, VERSION_DIGITS)}` : id;
  };

  return function* (record) {
    if (!isWanted(source, drop, record)) return { outcome: 'filtered' };
    const formatted = yield* format(record);
    if ('deadLetter' in formatted) {
      const { duplicate } = walk.checkHash(undefined, hashText(formatted.deadLetter.record));
      return duplicate
        ? { outcome: 'duplicate' }
        : { outcome: 'deadLettered', deadLetter: formatted.deadLetter };
    }
    const { columns, time, eventId, drifted, isShort } = formatted;
    if (!isShort) yield;
    const { duplicate, id } =
      eventId === undefined
        ? walk.checkHash(time, yield* hash(record))
        : walk.checkId(time, yield* versionedId(eventId, record));
    if (duplicate) return { outcome: 'duplicate' };
    columns['EventId'] = id;
    const isLate = columns['IsLate'] === true;
    const encoded = yield* encodeRow(isLate ? late : source.table, columns, sink, { record, isShort });
    if ('deadLetter' in encoded) return { outcome: 'deadLettered', deadLetter: encoded.deadLetter };
    const { text, truncated } = encoded;
    const row = { eventId: id, record, time, late: isLate, drifted };
    return { outcome: 'row', text, row: truncated === undefined ? row : { ...row, truncated } };
  };
}

/** A filter that throws keeps the record: a doubt never loses an event. */
export function isWanted(source: RecordSource, drop: FormatOptions['drop'], record: RawRecord): boolean {
  try {
    return (source.keep?.(record) ?? true) && !(drop?.(record) ?? false);
  } catch {
    return true;
  }
}

/**
 * The rows that records of a source become in a first run of its default instance, as the workspace would get them:
 * by the code that formats every delivery, without a limit of size. Records that become no row are left out.
 */
export function formatRows(source: FormattedSource, records: readonly RawRecord[], startedAt: Date): Json[] {
  const sink = {
    limits: { maxBatchBytes: Number.MAX_SAFE_INTEGER, maxFieldBytes: Number.MAX_SAFE_INTEGER },
    encode: (_: unknown, row: Readonly<Record<string, Json | undefined>>) => stringifyJson(row),
  };
  const format = compileFormat(source, { instance: 'default', startedAt, sink }, dedupAtWatermark(undefined));
  return [...withoutPauses(format(records).encoded)].map(({ text }) => parseJson(text));
}

/** The SHA-256 of a record, whatever the order of its members. */
export function* hash(record: RawRecord): Generator<undefined, string, undefined> {
  const hash = createHash('sha256');
  let isFirst = true;
  for (const piece of jsonPieces(record, true)) {
    if (!isFirst) yield;
    isFirst = false;
    hash.update(piece);
  }
  return hash.digest('hex');
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function addTo(summary: GrowingSummary, { drifted, time }: FormattedRow): void {
  if (drifted) summary.drifted++;
  if (time === undefined) return;
  if (summary.oldest === undefined || compareIso(time, summary.oldest) < 0) summary.oldest = time;
  if (summary.newest === undefined || compareIso(time, summary.newest) > 0) summary.newest = time;
}
