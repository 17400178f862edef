import { stringify as stringifyLossless } from 'lossless-json';
import type { Json, JsonObject } from '../../contract/json';
import { runToEnd } from '../cooperative';
import { readJson } from './incremental-parse';
import { writeJson } from './incremental-stringify';

/** Matches in every number that a double may not hold: many digits, an exponent, or `-0`. */
const SPECIAL_NUMBER = /\d{8}|\d[eE]|(?:^|[:[,\s])-0/;

/**
 * Parses JSON text. Integers beyond 2^53 keep their digits as `bigint`; every other number that a double does not hold
 * stays text, as in {@link readNumber}. Keys are data: `__proto__` is a member like any other, and of two equal ones the
 * last counts. For a text that may be long, use {@link parseInPieces}.
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string): Json {
  if (!SPECIAL_NUMBER.test(text)) return JSON.parse(text) as Json;
  return runToEnd(readJson(Buffer.from(text)));
}

/**
 * JSON text of a value; a `bigint` is written with all its digits.
 * @param indent spaces for each level, for people; without it the text has one line
 * @throws RangeError when the value is nested too deeply for the engine
 */
export function stringifyJson(value: Json | object | undefined, indent?: number): string {
  return written(value, undefined, indent);
}

/** Uses the engine, which is many times faster, unless the value holds a `bigint`. @param large replaces members in that case */
function written(
  value: unknown,
  large?: (name: string, member: unknown) => unknown,
  indent?: number,
): string {
  try {
    return JSON.stringify(value, undefined, indent) ?? 'null';
  } catch (error) {
    if (error instanceof TypeError) return stringifyLossless(value, large, indent) ?? 'null';
    throw error;
  }
}

const [LOWEST_LONG, HIGHEST_LONG] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * JSON text of a row. An integer that no `long` holds is written as text: it can occur only in a dynamic value, where Kusto
 * would read it as a `real` and lose digits. Half of a surrogate pair is written as in {@link withoutHalfPairs}.
 * @see https://learn.microsoft.com/kusto/query/scalar-data-types/dynamic
 * @throws RangeError when the row is nested too deeply for the engine
 */
export function stringifyRow(row: object): string {
  return withoutHalfPairs(written(row, longOrText));
}

/**
 * Replaces the escape of each half of a surrogate pair by six characters of text: `\\ud800` for `\ud800`. UTF-8 cannot
 * encode a half; a table would hold U+FFFD for each, and different values would become equal.
 */
export function withoutHalfPairs(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replace(/\\(?:\\|u(?=d[89a-f]))/g, (escape) => (escape === '\\\\' ? escape : `\\${escape}`));
}

function longOrText(_: string, value: unknown): unknown {
  const isBeyond = typeof value === 'bigint' && (value < LOWEST_LONG || value > HIGHEST_LONG);
  return isBeyond ? String(value) : value;
}

/** JSON text for people and for files under version control: two spaces for each level; a `bigint` with all its digits. */
export function prettyJson(value: Json | undefined): string {
  return stringifyJson(value, 2);
}

/**
 * JSON text of a value of any depth. Slower than {@link stringifyJson}, for values that it cannot write. A value that JSON
 * does not know, and a reference to an enclosing object, is written as `null`. For a large value, use {@link writeJson}.
 */
export function stringifyDeep(value: Json | undefined): string {
  return runToEnd(writeJson(value));
}

/**
 * True when a value is nested at most `levels` deep and has at most `characters` characters and members in total. Stops at
 * the limit. Creates no lists, because every record is measured.
 */
export function isWithin(value: Json, levels: number, characters: number): boolean {
  return leftBy(value, levels, characters) >= 0;
}

/** What remains of a number of characters and members after a value; negative also if it is nested too deeply. */
function leftBy(value: Json, levels: number, characters: number): number {
  if (typeof value === 'string') return characters - value.length;
  if (typeof value !== 'object' || value === null) return characters - 1;
  if (levels === 0) return -1;
  let left = characters - 1;
  if (Array.isArray(value)) {
    for (const member of value as readonly Json[])
      if ((left = leftBy(member, levels - 1, left)) < 0) return left;
    return left;
  }
  const members = value as JsonObject;
  // `for in` also gives inherited members; parsed values have none.
  for (const name in members)
    if ((left = leftBy(members[name] as Json, levels - 1, left - name.length)) < 0) return left;
  return left;
}

/** Members between two pauses: some milliseconds of work. */
const PAUSE_MEMBERS = 100_000;

/** True when a value is nested deeper than `levels`. Looks no deeper than that, and pauses. */
export function* isDeeperThan(value: Json, levels: number): Generator<undefined, boolean, undefined> {
  const todo: [holder: Json, level: number][] = [[value, levels]];
  let seen = 0;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [holder, left] = next;
    if (typeof holder !== 'object' || holder === null) continue;
    if (left === 0) return true;
    // The values of 70,000 members take four times as long as their names.
    const names = Array.isArray(holder) ? undefined : Object.keys(holder);
    const count = (names ?? (holder as readonly Json[])).length;
    for (let at = 0; at < count; at++) {
      const member = (holder as Readonly<Record<string | number, Json>>)[names?.[at] ?? at] as Json;
      if (typeof member === 'object' && member !== null) todo.push([member, left - 1]);
      if (++seen % PAUSE_MEMBERS === 0) yield;
    }
  }
  return false;
}

/** JSON text that is the same for equal values: members sorted by name at every level, no white space. */
export function canonicalJson(value: Json): string {
  return runToEnd(writeJson(value, true));
}
