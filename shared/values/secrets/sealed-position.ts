import type { SettingValues } from '../../contract/connector';
import type { Json, JsonObject } from '../../contract/json';
import { isObject } from '../json-path';
import { SHORTEST_PART } from './encoded-forms';

/** A mark: the setting of a replaced secret, with `%` if it was percent-encoded; or an escaped `{secret:` of the text itself. */
const MARK = /\{secret:(?::|([A-Za-z]\w*)(%)?\})/g;
/** An address or a path, as a stored next link begins. */
const ADDRESS = /^(?:https?:\/)?\//;

/** Removes the settings' secrets from positions. Secrets of fewer than six characters stay: any text has them by chance. */
export interface PositionSeal {
  /** The position to store: each secret in its texts, also percent-encoded, is replaced by its setting: `{secret:token}`. */
  seal(position: JsonObject): JsonObject;
  /** The original position, with the current values of the secrets. */
  open(position: JsonObject): JsonObject;
}

/** @param secrets the values of the secret settings, by key */
export function positionSeal(secrets: SettingValues): PositionSeal {
  const entries = Object.entries(secrets)
    .filter(([, value]) => value.length >= SHORTEST_PART)
    .sort(([, a], [, b]) => b.length - a.length);
  if (entries.length === 0) return { seal: escapedIn, open: openWith(secrets) };
  const pattern = new RegExp(entries.map(([, value]) => `(${encodedForms(value)})`).join('|'), 'g');
  return {
    seal: (position) =>
      mapTexts(position, (text) => {
        let [sealed, done] = ['', 0];
        for (const { 0: found, index, ...groups } of text.matchAll(pattern)) {
          const at = entries.findIndex((_, number) => groups[number + 1] !== undefined);
          const [name = '', value = ''] = entries[at] ?? [];
          // If the value is the same in both forms, an address gets its next value percent-encoded.
          const isPlain = encodeURIComponent(value) === value && ADDRESS.test(text);
          sealed += `${escaped(text.slice(done, index))}{secret:${name}${found !== value || isPlain ? '%' : ''}}`;
          done = index + found.length;
        }
        return sealed + escaped(text.slice(done));
      }) as JsonObject,
    open: openWith(secrets),
  };
}

function escapedIn(position: JsonObject): JsonObject {
  return mapTexts(position, escaped) as JsonObject;
}

function openWith(secrets: SettingValues): PositionSeal['open'] {
  return (position) =>
    mapTexts(position, (text) =>
      text.replace(MARK, (mark, name?: string, encoded?: string) => {
        if (name === undefined) return '{secret:';
        const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
        if (value === undefined) return mark;
        return encoded === undefined ? value : encodeURIComponent(value);
      }),
    ) as JsonObject;
}

/** Escapes a vendor's text that looks like a mark. */
function escaped(text: string): string {
  return text.replaceAll('{secret:', '{secret::');
}

/** A pattern that matches a text with any of its characters percent-encoded. */
function encodedForms(text: string): string {
  return Array.from(text, (character) => {
    const plain = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    const hex = [...Buffer.from(character, 'utf8')].map((byte) => byte.toString(16).padStart(2, '0'));
    const coded = hex.map(
      (digits) => `%${digits.replace(/[a-f]/g, (one) => `[${one}${one.toUpperCase()}]`)}`,
    );
    return `(?:${[plain, coded.join(''), ...(character === ' ' ? ['\\+'] : [])].join('|')})`;
  }).join('');
}

/** Maps every text of a JSON value, but no member name. */
export function mapTexts(json: Json, map: (text: string) => string): Json {
  if (typeof json === 'string') return map(json);
  if (Array.isArray(json)) return (json as readonly Json[]).map((each) => mapTexts(each, map));
  if (!isObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, mapTexts(each, map)]));
}
