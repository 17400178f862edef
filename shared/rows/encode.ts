import type { RawRecord } from '../contract/connector';
import { thrownText } from '../contract/errors';
import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { toDeadLetter } from './format-row';
import { truncateFields } from './truncate';

/** A row as the sink takes it, with a letter where it holds less than its record; or the letter of one that is not taken. */
export type EncodedRow =
  { readonly text: string; readonly truncated?: DeadLetter } | { readonly deadLetter: DeadLetter };

/**
 * Writes a row as the sink and its stream take it, cut where one of its fields is over the limit. One that is not short
 * is cut before it is written, with pauses.
 */
export function* encodeRow(
  table: Table,
  columns: Record<string, Json>,
  { encode: write, adapt, limits }: Pick<Sink, 'limits' | 'encode' | 'adapt'>,
  { isShort, record }: { readonly record: RawRecord; readonly isShort: boolean },
): Generator<undefined, EncodedRow, undefined> {
  const eventId = columns['EventId'] as string | undefined;
  try {
    adapt?.(table, columns);
    let cut = isShort ? [] : yield* truncateFields(columns, limits.maxFieldBytes);
    let text = write(table, columns);
    if (isShort) {
      if (text.length * 3 <= limits.maxFieldBytes) return { text };
      cut = yield* truncateFields(columns, limits.maxFieldBytes);
      if (cut.length > 0) text = write(table, columns);
    }
    if (Buffer.byteLength(text) + 2 > limits.maxBatchBytes) {
      return {
        deadLetter: yield* toDeadLetter(
          'too-large',
          `the row is over ${limits.maxBatchBytes} bytes`,
          record,
          eventId,
        ),
      };
    }
    if (cut.length === 0) return { text };
    const detail = `over ${limits.maxFieldBytes} bytes: ${cut.join(', ')}`;
    return { text, truncated: yield* toDeadLetter('truncated', detail, record, eventId) };
  } catch (error) {
    return {
      deadLetter: yield* toDeadLetter(
        'not-encodable',
        `writing the row as JSON: ${error instanceof Error ? error.message : thrownText(error)}`,
        record,
        eventId,
      ),
    };
  }
}
