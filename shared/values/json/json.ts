import { stringify as stringifyLossless } from 'lossless-json';
import type { Json, JsonObject } from '../../contract/json';
import { runToEnd } from '../cooperative';
import { readJson } from './incremental-parse';
import { writeJson } from './incremental-stringify';

/** What any number has in it that a double may not hold: many digits, an exponent, or `-0`. */
const SPECIAL_NUMBER = /\d{8}|\d[eE]|(?:^|[:[,\s])-0/;

/**
 * Parses JSON text. Integers beyond 2^53 keep their digits as `bigint`; every other number that a double does not hold
 * stays text, as {@link readNumber} says. Keys are data: `__proto__` is a member like any other, and of two equal ones
 * the last counts. For a text that may be long there is {@link parseInPieces}.
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string): Json {
  if (!SPECIAL_NUMBER.test(text)) return JSON.parse(text) as Json;
  return runToEnd(readJson(Buffer.from(text)));
}

/**
 * JSON text of a value; a `bigint` is written with all its digits.
 * @param indent blanks for each level, for people; none writes one line
 * @throws RangeError when the value is nested too deeply for the engine
 */
export function stringifyJson(value: Json | object | undefined, indent?: number): string {
  return written(value, undefined, indent);
}

/** The engine writes what holds no `bigint`, many times faster. @param large gives what stands for a member otherwise */
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
 * JSON text of a row: an integer that no `long` holds is text. It can stand in a dynamic value alone, where Kusto would
 * read it as a `real` and lose its digits. Half of a surrogate pair is written as {@link withoutHalfPairs} says.
 * @see https://learn.microsoft.com/kusto/query/scalar-data-types/dynamic
 * @throws RangeError when the row is nested too deeply for the engine
 */
export function stringifyRow(row: object): string {
  return withoutHalfPairs(written(row, longOrText));
}

/**
 * The same JSON text with the escape of each half of a surrogate pair as six characters: `\\ud800` for `\ud800`. UTF-8 has
 * no bytes for a half, and a table would hold U+FFFD for every one, so that values that differ would be the same.
 */
export function withoutHalfPairs(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replace(/\\(?:\\|u(?=d[89a-f]))/g, (escape) => (escape === '\\\\' ? escape : `\\${escape}`));
}

function longOrText(_: string, value: unknown): unknown {
  const isBeyond = typeof value === 'bigint' && (value < LOWEST_LONG || value > HIGHEST_LONG);
  return isBeyond ? String(value) : value;
}

/** JSON text for people and for files under version control: two spaces a level; a `bigint` with all its digits. */
export function prettyJson(value: Json | undefined): string {
  return stringifyJson(value, 2);
}

/**
 * JSON text of a value of any depth: slower, for what {@link stringifyJson} cannot write. What JSON does not know, and
 * what holds itself, is written as `null`. For a value that may be large there is {@link writeJson}.
 */
export function stringifyDeep(value: Json | undefined): string {
  return runToEnd(writeJson(value));
}

/**
 * True when a value is nested at most `levels` deep and has at most `characters` characters and members altogether;
 * looks at no more of it than that. Every record is measured: it makes no lists of its own.
 */
export function isWithin(value: Json, levels: number, characters: number): boolean {
  return leftBy(value, levels, characters) >= 0;
}

/** What a value leaves of a number of characters and members; less than nothing also where it is nested too deeply. */
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
  // Own members and inherited ones: what was parsed has none of these.
  for (const name in members)
    if ((left = leftBy(members[name] as Json, levels - 1, left - name.length)) < 0) return left;
  return left;
}

/** Members between two pauses: some milliseconds of work. */
const PAUSE_MEMBERS = 100_000;

/** True when a value is nested deeper than `levels`; looks no deeper than that, and pauses. */
export function* isDeeperThan(value: Json, levels: number): Generator<undefined, boolean, undefined> {
  const todo: [holder: Json, level: number][] = [[value, levels]];
  let seen = 0;
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [holder, left] = next;
    if (typeof holder !== 'object' || holder === null) continue;
    if (left === 0) return true;
    const members = (Array.isArray(holder) ? holder : Object.values(holder)) as readonly Json[];
    for (const member of members) {
      if (typeof member === 'object' && member !== null) todo.push([member, left - 1]);
      if (++seen % PAUSE_MEMBERS === 0) yield;
    }
  }
  return false;
}

/** The same text for equal values: members sorted by name at every level, no white space. */
export function canonicalJson(value: Json): string {
  return runToEnd(writeJson(value, true));
}
