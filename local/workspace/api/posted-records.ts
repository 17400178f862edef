import type { Json, JsonObject } from '../../../shared/contract/json';
import type { Row } from '../store/catalog';
import { parseJson } from '../lossless-json';

/** The rows of a body of the Logs Ingestion API, and its losses. */
export interface PostedRecords {
  readonly rows: Row[];
  /** One sentence for each way in which records were lost. */
  readonly lost: string[];
}

/**
 * Makes rows of a posted body. Only an array of objects gives rows: the service answers 204 to other bodies as well, and stores
 * nothing. A record that cannot become a row fails alone.
 */
export function readRows(body: Buffer, toRow: (record: JsonObject) => Row): PostedRecords {
  const records = readArray(body);
  if (typeof records === 'string') return { rows: [], lost: [records] };
  const rows = records.flatMap((record) => rowOf(record, toRow) ?? []);
  const failed = records.length - rows.length;
  return {
    rows,
    lost: failed > 0 ? [`${failed} of ${records.length} records are not JSON objects that fit a row.`] : [],
  };
}

function readArray(body: Buffer): readonly Json[] | string {
  try {
    const value = parseJson(new TextDecoder().decode(body));
    return isArray(value) ? value : 'The body is not a JSON array. Its records are lost.';
  } catch {
    return 'The body is not JSON. Its records are lost.';
  }
}

/** Wrapped in an array, because `flatMap` would flatten the row, which is an array itself. */
function rowOf(record: Json, toRow: (record: JsonObject) => Row): readonly [Row] | undefined {
  if (typeof record !== 'object' || record === null || isArray(record)) return undefined;
  try {
    return [toRow(record)];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
