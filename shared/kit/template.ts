import type { Json } from '../contract/json';
import { stringifyJson } from '../values/json/json';
import { isObject } from '../values/json-path';

/** A text in pieces: literal text and names of values. */
export type Template = readonly (string | { readonly name: string })[];

/** A name with all braces around it. */
const BRACED = /(?<!\{)(\{+)([A-Za-z]\w*)(\}+)/g;

/**
 * Parses a text with placeholders `{name}`. Doubled braces around a name are text: `{{name}}` is the text `{name}`, `{{{name}}}`
 * is the value in braces. Any other brace is text.
 */
export function parseTemplate(text: string): Template {
  const parts: (string | { readonly name: string })[] = [];
  const add = (piece: string): void => {
    const last = parts.at(-1);
    if (typeof last === 'string') parts[parts.length - 1] = last + piece;
    else if (piece !== '') parts.push(piece);
  };
  let at = 0;
  for (const match of text.matchAll(BRACED)) {
    const [whole, open = '', name = '', close = ''] = match;
    // Of unequal braces, as in `{"a":{b}}`, those that face one another belong to the name.
    const pairs = Math.min(open.length, close.length);
    const braces = Math.floor(pairs / 2);
    add(text.slice(at, match.index) + '{'.repeat(open.length - pairs + braces));
    if (pairs % 2 === 0) add(name);
    else parts.push({ name });
    add('}'.repeat(braces + close.length - pairs));
    at = match.index + whole.length;
  }
  add(text.slice(at));
  return parts;
}

/** The names of values in a text. */
export function namesIn(text: string): readonly string[] {
  return parseTemplate(text).flatMap((part) => (typeof part === 'string' ? [] : [part.name]));
}

/** The value of a name; `undefined` for an unknown name. */
export type ValueOf = (name: string) => Json | undefined;

/**
 * Fills in a text. `undefined` if a value is missing, or if the text is a single value that is empty. A text that is a single
 * number is that number. Other JSON is written as text.
 * @param encode how a value is written within the text
 */
export function fillText(
  text: string,
  valueOf: ValueOf,
  encode: (value: string) => string = (value) => value,
): string | number | bigint | undefined {
  const parts = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object') {
    const value = valueOf(only.name);
    if (value === '' || value === undefined) return undefined;
    return typeof value === 'number' || typeof value === 'bigint' ? value : encode(textOf(value));
  }
  const pieces = parts.map((part) => {
    const value = typeof part === 'string' ? part : valueOf(part.name);
    return typeof part === 'string' || value === undefined ? value : encode(textOf(value));
  });
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : undefined;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

/** Fills in the texts of a JSON value. Members without a value are left out, and members that become empty by it. A list or an
 * object that is the whole text stays one. */
export function fillJson(json: Json, valueOf: ValueOf): Json | undefined {
  if (typeof json === 'string') {
    const [only, ...others] = parseTemplate(json);
    const value = typeof only === 'object' && others.length === 0 ? valueOf(only.name) : undefined;
    return typeof value === 'object' ? value : fillText(json, valueOf);
  }
  if (Array.isArray(json)) {
    const filled = (json as readonly Json[]).map((each) => fillJson(each, valueOf));
    const elements = filled.filter((each) => each !== undefined);
    return elements.length === 0 && filled.length > 0 ? undefined : elements;
  }
  if (!isObject(json)) return json;
  const filled = Object.entries(json).map(([name, each]) => [name, fillJson(each, valueOf)] as const);
  const members = filled.filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return members.length === 0 && filled.length > 0 ? undefined : Object.fromEntries(members);
}

/** Every text of a JSON value with its place: member names and indexes, joined by dots. */
export function textsIn(json: Json, path: string): readonly (readonly [path: string, text: string])[] {
  if (typeof json === 'string') return [[path, json]];
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([name, each]) => textsIn(each, `${path}.${name}`));
}
