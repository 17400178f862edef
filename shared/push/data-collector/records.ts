import type { Json, JsonObject } from '../../contract/json';
import { MAX_DEPTH } from '../../rows/format-row';
import { runCooperatively } from '../../values/cooperative';
import { parseInPieces } from '../../values/json/incremental-parse';
import { isObject } from '../../values/json-path';
import { haveLegalNames } from './columns';

/** A body of at most 30 MB with more objects than this is an attack, not records. */
const BOUNDS = { maxDepth: MAX_DEPTH, maxContainers: 1_000_000 };

/** The number of records in a body, which is one object or an array of objects; `undefined` for anything else. */
export async function countRecords(body: Uint8Array): Promise<number | undefined> {
  try {
    const records = recordsOf(await parseInPieces(body, BOUNDS));
    return (await runCooperatively(haveLegalNames(records))) ? records.length : undefined;
  } catch {
    return undefined;
  }
}

/** The records of a body's JSON. @throws TypeError if it is neither an object nor an array of objects */
export function recordsOf(value: Json): readonly JsonObject[] {
  const records = Array.isArray(value) ? (value as readonly Json[]) : [value];
  if (records.every(isObject)) return records;
  throw new TypeError('the body is neither an object nor an array of objects');
}
