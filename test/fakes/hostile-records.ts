import type { RawRecord } from '../../shared/contract/connector';
import { parseJson } from '../../shared/values/json/json';
import { isObject } from '../../shared/values/json-path';

/** An object with nested arrays; `levels` includes the object itself. */
export function nestedRecord(levels: number): RawRecord {
  return parseJson(`{"at":"2026-11-21T00:00:00Z","deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`);
}

/** Invented values that a vendor may send in place of a record of {@link SAMPLE_TABLE}, by what is wrong with them. */
export const HOSTILE_RECORDS: Readonly<Record<string, RawRecord>> = {
  null: null,
  'a number': 42,
  'a large number': 9007199254740993n,
  'a text': 'a line of a log',
  'a boolean': true,
  'an array': [{ name: 'a' }],
  'an empty object': {},
  '100 levels': nestedRecord(100),
  '101 levels': nestedRecord(101),
  '20,000 levels': nestedRecord(20_000),
  'keys of the prototype': parseJson(
    '{"at":"2026-11-21T00:00:00Z","__proto__":{"name":"x"},"constructor":{"prototype":{"y":1}},"toString":"z","hasOwnProperty":1}',
  ),
  'keys of the prototype beside a large number': parseJson(
    '{"big":9007199254740993,"__proto__":{"name":"x","n":9007199254740993},"toJSON":"no"}',
  ),
  'duplicate keys': parseJson(
    '{"name":"first","name":"second","big":9007199254740993,"big":9007199254740995}',
  ),
  'keys that differ in case': { name: 'a', Name: 'b', NAME: 'c' },
  'empty and odd keys': { '': 1, ' ': 2, 'a.b': 3, $: 4, '[0]': 5, 'new\nline': 6, '\u0000': 7 },
  'lone surrogates': { name: 'a\ud800b', other: '\udfff', '\ud83d': 1 },
  'NUL and control characters': { name: 'a\u0000b\u001f\u007f\u2028', other: '\u0000' },
  emoji: { name: '\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f40c}', '\u{1f40c}': '\u{1f40c}' },
  '40 KB of text': { name: 'é'.repeat(20_000), at: '2026-11-21T00:00:00Z' },
  '1 MB of text': { name: 'x'.repeat(1_100_000), at: '2026-11-21T00:00:00Z' },
  '2 MB in many members': Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [`m${i}`, 'y'.repeat(10_000)]),
  ),
  'wrong types': {
    id: { a: 1 },
    at: ['2026'],
    name: { first: 'a' },
    severity: 'high',
    details: 'not dynamic',
  },
  'numbers in the place of text': { id: 12, at: 1795219200, name: 5, severity: '3', details: 0 },
  'a number out of range': { severity: 2147483648, name: 'a' },
  'no time': { id: 'a', name: 'b' },
  'a bad time': { at: 'around noon', name: 'b' },
  'a time of null': { at: null, name: null, severity: null, details: null },
  'a day that is not': { at: '2026-02-30T00:00:00.000Z', name: 'b' },
  'a time of long ago': { at: '1999-12-31T23:59:59Z', name: 'b' },
  'a time far ahead': { at: '9999-12-31T23:59:59Z', name: 'b' },
  'large integers': parseJson(
    '{"severity":9007199254740993,"name":9007199254740993,"details":[9007199254740993,18446744073709551616],"other":-9007199254740993}',
  ),
  'a number over every double': parseJson(
    '{"severity":1e400,"name":-1e400,"details":{"n":1e400},"other":1e400}',
  ),
  'a decimal with many digits': parseJson('{"name":0.1234567890123456789,"other":12345678901234567890.5}'),
  'empty members': { name: '', details: {}, other: [], more: { a: {} } },
  'nulls in depth': { details: [null, { a: null }], more: { a: null, b: { c: null } } },
};

/** A leaf of a record: its path and value. `null` members are not leaves; empty containers are. */
export type Leaf = readonly [path: readonly string[], value: RawRecord];

/** Every leaf of a record. */
export function leavesOf(value: RawRecord, path: readonly string[] = []): Leaf[] {
  if (value === null) return [];
  const members = Array.isArray(value)
    ? [...(value as readonly RawRecord[]).entries()].map(
        ([index, member]) => [String(index), member] as const,
      )
    : isObject(value)
      ? Object.entries(value)
      : [];
  if (members.length === 0) return [[path, value]];
  return members.flatMap(([key, member]) => leavesOf(member, [...path, key]));
}
