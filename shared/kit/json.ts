import { randomUUID } from 'node:crypto';
import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';
import type { Json, JsonObject } from '../contract/json';
import { isObject } from './paths';

/**
 * Numbers a double may not hold: an unquoted run of 16 or more digits, or an exponent of three. A hit inside
 * a quoted text costs time and changes nothing.
 */
const LARGE_NUMBER = /[:[,\s]-?\d{16}|\d[eE]\+?\d{3}|^-?\d{16}/;

/**
 * Parses JSON text. Integers beyond 2^53 keep their digits as `bigint`; a number too large for a double stays
 * text. Keys are data: `__proto__` is a member like any other, and of two equal ones the last counts.
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string): Json {
  if (!LARGE_NUMBER.test(text)) return JSON.parse(text) as Json;
  try {
    return parseLossless(text, undefined, {
      parseNumber,
      onDuplicateKey: ({ newValue }) => newValue,
    }) as Json;
  } catch (error) {
    // The lossless parser recurses: what is nested too deeply for it is read by the engine's own.
    if (error instanceof RangeError) return parseDeep(text);
    throw error;
  }
}

/** A whole text, or a number; texts first, so that digits within one are none. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * As {@link parseJson}, without recursion: one record that is too deep must cost its neighbours no digit. A number
 * that a double does not hold travels through the engine's parser as a text with a mark that no one can guess.
 */
function parseDeep(text: string): Json {
  // Checks the text as it is: what is wrong with it is told of its own words.
  JSON.parse(text);
  const mark = `${randomUUID()} `;
  const marked = text.replace(TOKEN, (token) =>
    token.startsWith('"') || typeof parseNumber(token) === 'number' ? token : `"${mark}${token}"`,
  );
  const root = { value: JSON.parse(marked) as Json };
  const todo: Record<string, Json>[] = [root];
  for (let holder = todo.pop(); holder !== undefined; holder = todo.pop()) {
    for (const key of Object.keys(holder)) {
      const member = holder[key] as Json;
      if (typeof member === 'string' && member.startsWith(mark))
        holder[key] = parseNumber(member.slice(mark.length));
      else if (typeof member === 'object' && member !== null) todo.push(member as Record<string, Json>);
    }
  }
  return root.value;
}

function parseNumber(text: string): number | bigint | string {
  const value = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text);
  return Number.isFinite(value) ? value : text;
}

/**
 * JSON text of a value; a `bigint` is written with all its digits.
 * @param indent blanks for each level, for people; none writes one line
 * @throws RangeError when the value is nested too deeply for the engine
 */
export function stringifyJson(value: Json | undefined, indent?: number): string {
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
