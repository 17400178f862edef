import { stringify as stringifyLossless } from 'lossless-json';
import type { Json, JsonObject } from '../contract/json';
import { inOneGo } from './in-pieces';
import { readJson } from './json-pieces';
import { isObject } from './paths';

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
  return inOneGo(readJson(Buffer.from(text)));
}

/**
 * JSON text of a value; a `bigint` is written with all its digits.
 * @param indent blanks for each level, for people; none writes one line
 * @throws RangeError when the value is nested too deeply for the engine
 */
export function stringifyJson(value: Json | object | undefined, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent) ?? 'null';
  } catch (error) {
    if (error instanceof TypeError) return stringifyLossless(value, undefined, indent) ?? 'null';
    throw error;
  }
}

/** JSON text for people and for files under version control: two spaces a level; a `bigint` with all its digits. */
export function prettyJson(value: Json | undefined): string {
  try {
    return JSON.stringify(value, null, 2) ?? 'null';
  } catch (error) {
    if (error instanceof TypeError) return stringifyLossless(value, null, 2) ?? 'null';
    throw error;
  }
}

/** What {@link stringifyDeep} has still to write: a value, or text that may end a container. */
type Part = { readonly value: Json | undefined } | { readonly text: string; readonly ends?: object };

/**
 * JSON text of a value of any depth: slower, without recursion, for what {@link stringifyJson} cannot write. What
 * JSON does not know, and what holds itself, is written as `null`, so that it always ends.
 */
export function stringifyDeep(value: Json | undefined): string {
  const written: string[] = [];
  const todo: Part[] = [{ value }];
  const open = new Set<object>();
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if ('text' in part) {
      written.push(part.text);
      if (part.ends !== undefined) open.delete(part.ends);
    } else if (typeof part.value !== 'object' || part.value === null) {
      written.push(stringifyJson(part.value));
    } else if (open.has(part.value)) {
      written.push('null');
    } else {
      open.add(part.value);
      const isArray = Array.isArray(part.value);
      written.push(isArray ? '[' : '{');
      todo.push({ text: isArray ? ']' : '}', ends: part.value });
      // The last in is the first out.
      const members = Object.entries(part.value).reverse();
      members.forEach(([key, member]: [string, Json], index) => {
        todo.push({ value: member });
        const comma = index === members.length - 1 ? '' : ',';
        if (isArray) todo.push({ text: comma });
        else todo.push({ text: `${comma}${JSON.stringify(key)}:` });
      });
    }
  }
  return written.join('');
}

/** True when a value is nested deeper than `limit` levels; looks no deeper than that. */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  if (Array.isArray(value)) {
    for (const member of value as readonly Json[]) if (isDeeperThan(member, limit - 1)) return true;
    return false;
  }
  const members = value as JsonObject;
  // Own members and inherited ones: what was parsed has none of these.
  for (const name in members) if (isDeeperThan(members[name] as Json, limit - 1)) return true;
  return false;
}

/** The same text for equal values: members sorted by name at every level, no white space. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return stringifyJson(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`);
  return `{${members.join(',')}}`;
}
