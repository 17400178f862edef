import { createHash } from 'node:crypto';
import type { PullSource, RawRecord } from '../contract/connector';
import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Sink } from '../contract/sink';
import { canonicalJson } from '../kit/json';
import { compareIso } from '../kit/time';
import type { BoundaryWalk } from '../kit/boundary';
import { compileRow, letter } from './row';
import { truncateFields } from './truncate';

/** A row ready to be sent, beside the record it came from. */
export interface EncodedRow {
  readonly text: string;
  readonly eventId: string;
  readonly record: RawRecord;
  /** Event time; ISO 8601, UTC. */
  readonly time: string | undefined;
  readonly drifted: boolean;
  /** Set when the row holds less than its record: kept beside the row, which is sent too. */
  readonly truncated?: DeadLetter;
}

/** What one record became; exactly one of these. */
type Outcome = EncodedRow | 'duplicate' | 'filtered' | { readonly letter: DeadLetter };

/** What became of a page's records. */
export interface FormattedPage {
  readonly rows: readonly EncodedRow[];
  /** Records that no row could be made of. */
  readonly letters: readonly DeadLetter[];
  readonly duplicate: number;
  readonly filtered: number;
}

/** What formatting needs to know of the run. */
export interface FormatOptions {
  readonly instance: string;
  readonly startedAt: Date;
  readonly sink: Pick<Sink, 'limits' | 'encode'>;
  /** True turns a record away: the operator's DROP setting. */
  readonly drop?: ((record: RawRecord) => boolean) | undefined;
}

/** Compiles a source into the function that formats its pages. It never throws: one bad record costs only itself. */
export function compileFormat(
  source: PullSource,
  options: FormatOptions,
  walk: BoundaryWalk,
): (records: readonly RawRecord[]) => FormattedPage {
  const format = compileRecord(source, options, walk);
  return (records) => {
    const rows: EncodedRow[] = [];
    const letters: DeadLetter[] = [];
    let [duplicate, filtered] = [0, 0];
    for (const record of records) {
      const outcome = format(record);
      if (outcome === 'duplicate') duplicate++;
      else if (outcome === 'filtered') filtered++;
      else if ('letter' in outcome) letters.push(outcome.letter);
      else rows.push(outcome);
    }
    return { rows, letters, duplicate, filtered };
  };
}

function compileRecord(
  source: PullSource,
  options: FormatOptions,
  walk: BoundaryWalk,
): (record: RawRecord) => Outcome {
  const { drop, sink } = options;
  const format = compileRow(source, options.instance, options.startedAt);

  return (record) => {
    if (!isWanted(source, drop, record)) return 'filtered';
    const formatted = format(record);
    if ('letter' in formatted) return formatted;
    const { columns, time, eventId, drifted } = formatted;
    const named = eventId === undefined ? walk.hashed(time, hash(record)) : walk.known(time, eventId);
    if (named.duplicate) return 'duplicate';
    columns['EventId'] = named.id;
    const encoded = encode(source, columns, sink, record);
    return 'letter' in encoded ? encoded : { ...encoded, eventId: named.id, record, time, drifted };
  };
}

/** Writes a row as the sink takes it, cut where one of its fields is over the limit. */
function encode(
  source: PullSource,
  columns: Record<string, Json>,
  { limits, encode: write }: FormatOptions['sink'],
  record: RawRecord,
): { readonly text: string; readonly truncated?: DeadLetter } | { readonly letter: DeadLetter } {
  const eventId = columns['EventId'] as string;
  try {
    let text = write(source.table, columns);
    if (text.length * 3 <= limits.maxFieldBytes) return { text };
    const cut = truncateFields(columns, limits.maxFieldBytes);
    if (cut.length > 0) text = write(source.table, columns);
    if (Buffer.byteLength(text) + 2 > limits.maxBatchBytes) {
      return {
        letter: letter('too-large', `the row is over ${limits.maxBatchBytes} bytes`, record, eventId),
      };
    }
    if (cut.length === 0) return { text };
    const detail = `over ${limits.maxFieldBytes} bytes: ${cut.join(', ')}`;
    return { text, truncated: letter('truncated', detail, record, eventId) };
  } catch (error) {
    return {
      letter: letter(
        'not-encodable',
        `writing the row as JSON: ${(error as Error).message}`,
        record,
        eventId,
      ),
    };
  }
}

/** A filter that throws keeps the record: a doubt never loses an event. */
function isWanted(source: PullSource, drop: FormatOptions['drop'], record: RawRecord): boolean {
  try {
    return (source.keep?.(record) ?? true) && !(drop?.(record) ?? false);
  } catch {
    return true;
  }
}

function hash(record: RawRecord): string {
  return createHash('sha256').update(canonicalJson(record)).digest('hex');
}

/** The range of the rows' event times; empty where none has one. */
export function timeRange(rows: readonly EncodedRow[]): {
  readonly oldest?: string;
  readonly newest?: string;
} {
  let oldest: string | undefined;
  let newest: string | undefined;
  for (const { time } of rows) {
    if (time === undefined) continue;
    if (oldest === undefined || compareIso(time, oldest) < 0) oldest = time;
    if (newest === undefined || compareIso(time, newest) > 0) newest = time;
  }
  return oldest === undefined || newest === undefined ? {} : { oldest, newest };
}
