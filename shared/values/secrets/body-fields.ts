import type { Json } from '../../contract/json';
import { parseJson } from '../json/json';
import type { Named } from './secret-values';

/** No field that may hold a secret is nested deeper. */
const MAX_DEPTH = 32;
const FORM = /^[\w.~%+-]+=[^=\s][^\s]*$/;
/** An XML element that holds only text, and an XML attribute. */
const ELEMENT = /<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>(?:<!\[CDATA\[)?([^<>\]]+)(?:\]\]>)?<\//g;
const ATTRIBUTE = /(?<![\w.:-])(?:[\w.-]+:)?([\w.-]+)\s*=\s*"([^"<]*)"/g;

/** A text or a number of a body, with its name. `isListed` is true within a list. */
export interface BodyField {
  readonly name: string;
  readonly value: string;
  readonly isListed: boolean;
}

/** Every text and number of a body in JSON, form encoding or XML. A body that is one plain word gives that, without a name. */
export function bodyFields(text: string): readonly BodyField[] {
  const begin = text.trimStart().slice(0, 1);
  if (begin === '<') return inXml(text).map(([name, value]) => ({ name, value, isListed: false }));
  if (begin === '{' || begin === '[' || begin === '"') {
    try {
      return [...inJson(parseJson(text), { name: '', isListed: false }, 0)];
    } catch {
      return [];
    }
  }
  if (FORM.test(text)) {
    return [...new URLSearchParams(text)].map(([name, value]) => ({ name, value, isListed: false }));
  }
  const whole = text.trim();
  return whole === '' || /\s/.test(whole) ? [] : [{ name: '', value: whole, isListed: false }];
}

/** A member of JSON text that is a text or a number. The length of names is limited, so that matching is fast on any text. */
const MEMBER = /"((?:[^"\\]|\\.){0,200})"\s*:\s*(?:("(?:[^"\\]|\\.)*")|(-?\d[\d.]*)(?=\s*[,}]))/g;

/**
 * The texts and numbers of a JSON object that is too large to be parsed again: only those before its first list and after
 * its last one, because these are in no list.
 * @param head the beginning of the object @param tail its end
 */
export function outerFields(head: string, tail: string): readonly BodyField[] {
  if (!head.trimStart().startsWith('{')) return [];
  const [before = ''] = head.split('[', 1);
  const behind = tail.slice(tail.lastIndexOf(']') + 1);
  return [before, ...(tail.includes(']') ? [behind] : [])].flatMap((text) =>
    [...text.matchAll(MEMBER)].map(([, name = '', quoted, number = '']) => {
      return { name, value: quoted === undefined ? number : unquoted(quoted), isListed: false };
    }),
  );
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

function inXml(text: string): readonly Named[] {
  return [...text.matchAll(ELEMENT), ...text.matchAll(ATTRIBUTE)].map(([, name = '', value = '']): Named => {
    return [name, value.trim()];
  });
}

function* inJson(
  value: Json,
  at: { readonly name: string; readonly isListed: boolean },
  depth: number,
): Generator<BodyField> {
  if (value === null || typeof value === 'boolean' || depth > MAX_DEPTH) return;
  if (typeof value !== 'object') {
    yield { ...at, value: String(value) };
  } else if (Array.isArray(value)) {
    for (const each of value as readonly Json[]) yield* inJson(each, { ...at, isListed: true }, depth + 1);
  } else {
    for (const [name, each] of Object.entries<Json>(value)) yield* inJson(each, { ...at, name }, depth + 1);
  }
}
