import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';
import type { Json } from '../contract/json';
import { isObject } from './paths';

/**
 * Numbers a double may not hold: an unquoted run of 16 or more digits, or an exponent of three. A hit inside
 * a quoted text costs time and changes nothing.
 */
const LARGE_NUMBER = /[:[,\s]-?\d{16}|\d[eE]\+?\d{3}|^-?\d{16}/;

/**
 * Parses JSON text. Integers beyond 2^53 keep their digits as `bigint`; a number too large for a double stays
 * text. Keys are data: `__proto__` is a member like any other.
 * @throws SyntaxError when the text is not JSON
 */
export function parseJson(text: string): Json {
  if (!LARGE_NUMBER.test(text)) return JSON.parse(text) as Json;
  try {
    return parseLossless(text, undefined, parseNumber) as Json;
  } catch (error) {
    // The lossless parser recurses: what is nested too deeply for it is read by the engine's own, which does not.
    if (error instanceof RangeError) return JSON.parse(text) as Json;
    throw error;
  }
}

function parseNumber(text: string): number | bigint | string {
  const value = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text);
  return Number.isFinite(value) ? value : text;
}

/**
 * JSON text of a value; a `bigint` is written with all its digits.
 * @throws RangeError when the value is nested too deeply for the engine
 */
export function stringifyJson(value: Json | undefined): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    if (error instanceof TypeError) return stringifyLossless(value) ?? 'null';
    throw error;
  }
}

/** JSON text of a value of any depth: slower, without recursion, for what {@link stringifyJson} cannot write. */
export function stringifyDeep(value: Json): string {
  const parts: string[] = [];
  const todo: (Json | { readonly text: string })[] = [value];
  const literal = new WeakSet<object>();
  const say = (text: string): void => {
    const part = { text };
    literal.add(part);
    todo.push(part);
  };
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (typeof next !== 'object' || next === null) {
      parts.push(stringifyJson(next as Json));
    } else if (literal.has(next)) {
      parts.push((next as { text: string }).text);
    } else if (Array.isArray(next)) {
      say(']');
      for (let i = next.length - 1; i >= 0; i--) {
        todo.push(next[i] as Json);
        if (i > 0) say(',');
      }
      parts.push('[');
    } else {
      const entries = Object.entries(next as Record<string, Json>);
      say('}');
      for (let i = entries.length - 1; i >= 0; i--) {
        const [key, member] = entries[i] as [string, Json];
        todo.push(member);
        say(`${i > 0 ? ',' : ''}${JSON.stringify(key)}:`);
      }
      parts.push('{');
    }
  }
  return parts.join('');
}

/** True when a value is nested deeper than `limit` levels; looks no deeper than that. */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  for (const key in value) {
    const member = (value as Record<string, Json>)[key];
    if (typeof member === 'object' && member !== null && isDeeperThan(member, limit - 1)) return true;
  }
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
