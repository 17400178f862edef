import type { RawRecord } from '../contract/connector';
import { thrownText } from '../contract/errors';
import type { Json } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { toDeadLetter } from './format-row';
import { truncateFields } from './truncate';

/** An encoded row, with a dead letter of the whole record if it was truncated; or the dead letter of a row that no call can hold. */
export type EncodedRow =
  { readonly text: string; readonly truncated?: DeadLetter } | { readonly deadLetter: DeadLetter };

/**
 * Encodes a row for the sink and its stream, and truncates fields over the limit. A long row is truncated before it is
 * encoded, with pauses.
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
