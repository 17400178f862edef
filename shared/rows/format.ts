import { createHash } from 'node:crypto';
import type { PullSource, RecordSource, RawRecord } from '../contract/connector';
import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { pacer } from '../values/in-pieces';
import { jsonPieces } from '../values/json/stringify';
import { compareIso } from '../values/time';
import type { RecordWalk } from '../windows/watermark';
import type { Encoded, PausedRows } from './batch';
import { compileRow, letter } from './row';
import { truncateFields } from './truncate';
import { thrownText } from '../contract/errors';

/** What a row stands for, beside its text. */
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

/** What one record became; exactly one of these. */
type Outcome = Encoded<FormattedRow> | 'duplicate' | 'filtered' | { readonly letter: DeadLetter };

/** What became of a page's records. */
/** What is told of rows that may be millions, gathered as they are made. */
export interface RowsSummary {
  /** How many have a value that did not fit its column. */
  drifted: number;
  /** The range of their event times; absent where none has one. */
  oldest?: string;
  newest?: string;
}

/** A page of records as rows. */
export interface FormattedPage {
  /** The rows, each made when it is asked for, and pauses; to be walked once. The other members are whole when it has ended. */
  readonly encoded: PausedRows<FormattedRow>;
  readonly rows: readonly FormattedRow[];
  readonly summary: RowsSummary;
  /** Records that no row could be made of. */
  readonly letters: readonly DeadLetter[];
  readonly duplicate: number;
  readonly filtered: number;
}

/** What formatting needs to know of the run. */
export interface FormatOptions {
  readonly instance: string;
  readonly startedAt: Date;
  readonly sink: Pick<Sink, 'limits' | 'encode' | 'fit'>;
  /** The table that takes the rows of old events; the source's own where it is not set. */
  readonly lateTable?: string | undefined;
  /** True turns a record away: the operator's DROP setting. */
  readonly drop?: ((record: RawRecord) => boolean) | undefined;
}

/** What formatting reads of a source. */
export type FormattedSource = Pick<PullSource, keyof RecordSource | 'updates'>;

/** Hexadecimal digits of a version's hash: 128 bits. */
const VERSION_DIGITS = 32;

/** A row as the sink takes it, with a letter where it holds less than its record; or the letter of one that is not taken. */
export type EncodedRow =
  { readonly text: string; readonly truncated?: DeadLetter } | { readonly letter: DeadLetter };

/** Compiles a source into the function that formats its pages. It never throws: one bad record costs only itself. */
export function compileFormat(
  source: FormattedSource,
  options: FormatOptions,
  walk: RecordWalk,
): (records: readonly RawRecord[]) => FormattedPage {
  const format = compileRecord(source, options, walk);
  return (records) => {
    const rows: FormattedRow[] = [];
    const letters: DeadLetter[] = [];
    const turnedAway = { duplicate: 0, filtered: 0 };
    const summary: RowsSummary = { drifted: 0 };
    const encoded = function* (): Generator<Encoded<FormattedRow> | undefined> {
      const isPauseDue = pacer();
      for (const record of records) {
        const outcome = yield* format(record);
        if (typeof outcome === 'string') turnedAway[outcome]++;
        else if ('letter' in outcome) letters.push(outcome.letter);
        else {
          rows.push(outcome.row);
          addTo(summary, outcome.row);
          yield outcome;
        }
        if (isPauseDue(lengthOf(outcome))) yield;
      }
    };
    return {
      encoded: encoded(),
      rows,
      summary,
      letters,
      get duplicate() {
        return turnedAway.duplicate;
      },
      get filtered() {
        return turnedAway.filtered;
      },
    };
  };
}

function lengthOf(outcome: Outcome): number {
  if (typeof outcome === 'string') return 0;
  return ('letter' in outcome ? outcome.letter.record : outcome.text).length;
}

function compileRecord(
  source: FormattedSource,
  options: FormatOptions,
  walk: RecordWalk,
): (record: RawRecord) => Generator<undefined, Outcome, undefined> {
  const { drop, lateTable = source.table.name, sink } = options;
  const late = { ...source.table, name: lateTable };
  const format = compileRow(source, options.instance, options.startedAt);
  const nameOf = function* (id: string, record: RawRecord): Generator<undefined, string, undefined> {
    return source.updates === 'in-place' ? `${id}-${(yield* hash(record)).slice(0, VERSION_DIGITS)}` : id;
  };

  return function* (record) {
    if (!isWanted(source, drop, record)) return 'filtered';
    const formatted = yield* format(record);
    if ('letter' in formatted) {
      const { duplicate } = walk.hashed(undefined, hashText(formatted.letter.record));
      return duplicate ? 'duplicate' : formatted;
    }
    const { columns, time, eventId, drifted, isShort } = formatted;
    if (!isShort) yield;
    const named =
      eventId === undefined
        ? walk.hashed(time, yield* hash(record))
        : walk.known(time, yield* nameOf(eventId, record));
    if (named.duplicate) return 'duplicate';
    columns['EventId'] = named.id;
    const isLate = columns['IsLate'] === true;
    const encoded = yield* encodeRow(isLate ? late : source.table, columns, sink, { record, isShort });
    if ('letter' in encoded) return encoded;
    const { text, truncated } = encoded;
    const row = { eventId: named.id, record, time, late: isLate, drifted };
    return { text, row: truncated === undefined ? row : { ...row, truncated } };
  };
}

/**
 * Writes a row as the sink and its stream take it, cut where one of its fields is over the limit. One that is not short
 * is cut before it is written, with pauses.
 */
export function* encodeRow(
  table: Table,
  columns: Record<string, Json>,
  { encode: write, fit, limits }: FormatOptions['sink'],
  { isShort, record }: { readonly record: RawRecord; readonly isShort: boolean },
): Generator<undefined, EncodedRow, undefined> {
  const eventId = columns['EventId'] as string | undefined;
  try {
    fit?.(table, columns);
    let cut = isShort ? [] : yield* truncateFields(columns, limits.maxFieldBytes);
    let text = write(table, columns);
    if (isShort) {
      if (text.length * 3 <= limits.maxFieldBytes) return { text };
      cut = yield* truncateFields(columns, limits.maxFieldBytes);
      if (cut.length > 0) text = write(table, columns);
    }
    if (Buffer.byteLength(text) + 2 > limits.maxBatchBytes) {
      return {
        letter: yield* letter('too-large', `the row is over ${limits.maxBatchBytes} bytes`, record, eventId),
      };
    }
    if (cut.length === 0) return { text };
    const detail = `over ${limits.maxFieldBytes} bytes: ${cut.join(', ')}`;
    return { text, truncated: yield* letter('truncated', detail, record, eventId) };
  } catch (error) {
    return {
      letter: yield* letter(
        'not-encodable',
        `writing the row as JSON: ${error instanceof Error ? error.message : thrownText(error)}`,
        record,
        eventId,
      ),
    };
  }
}

/** A filter that throws keeps the record: a doubt never loses an event. */
export function isWanted(source: RecordSource, drop: FormatOptions['drop'], record: RawRecord): boolean {
  try {
    return (source.keep?.(record) ?? true) && !(drop?.(record) ?? false);
  } catch {
    return true;
  }
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

function addTo(summary: RowsSummary, { drifted, time }: FormattedRow): void {
  if (drifted) summary.drifted++;
  if (time === undefined) return;
  if (summary.oldest === undefined || compareIso(time, summary.oldest) < 0) summary.oldest = time;
  if (summary.newest === undefined || compareIso(time, summary.newest) > 0) summary.newest = time;
}
