import { ContractError } from '../contract/errors';
import type { Json } from '../contract/json';
import { compilePath } from '../values/json-path';
import { toIso } from '../values/time';

const MAX_COMPILED = 1_000;
const compiled = new Map<string, (value: Json) => Json | undefined>();

/**
 * The value at a path; `undefined` where nothing stands there. A path is member names joined by dots
 * (`actor.id`), or an RFC 9535 JSONPath that begins with `$`, of which the first hit counts.
 * @throws ContractError for a malformed path
 */
export function valueAt(record: Json, path: string): Json | undefined {
  let read = compiled.get(path);
  if (read === undefined) {
    read = compilePath(path);
    // Paths are constants of a connector; one that makes them up as it goes must not fill the memory.
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(path, read);
  }
  return read(record);
}

/** The text at a path; a number or a boolean is written as text. `undefined` for anything else. */
export function textAt(record: Json, path: string): string | undefined {
  const value = valueAt(record, path);
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

/**
 * The number at a path, also where it stands as text. `undefined` for anything else, and for what a double cannot hold
 * exactly: a whole number beyond 2^53. Read such a one with {@link textAt}.
 */
export function numberAt(record: Json, path: string): number | undefined {
  const value = valueAt(record, path);
  const isDecimal = typeof value === 'string' && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value);
  const number = typeof value === 'number' || isDecimal ? Number(value) : Number.NaN;
  const isExact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return isExact ? number : undefined;
}

/**
 * The time at a path, ISO 8601 in UTC: of ISO 8601 and its relatives, of RFC 2822-like text, and of epoch seconds,
 * milliseconds, microseconds or nanoseconds, distinguished by their size. `undefined` for anything else.
 */
export function timeAt(record: Json, path: string): string | undefined {
  return toIso(valueAt(record, path));
}

/**
 * The elements of the array at a path; `null` in its place is an empty one, as some vendors write it.
 * @throws ContractError where nothing stands there, or no array: an answer of another shape is never an empty page
 */
export function listAt(record: Json, path: string): readonly Json[] {
  const value = valueAt(record, path);
  if (value === null) return [];
  if (Array.isArray(value)) return value as readonly Json[];
  throw new ContractError(
    `reading an answer: there is no array at ${path}. Compare the path with the vendor’s documentation.`,
  );
}
