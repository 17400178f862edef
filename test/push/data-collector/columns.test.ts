import { runToEnd } from '../../../shared/values/cooperative';
import type { JsonObject } from '../../../shared/contract/json';
import { readJson } from '../../../shared/values/json/incremental-parse';
import { memorySink } from '../../fakes/memory-sink';
import type { FormattedBody } from '../../../shared/push/body-format';
import { classicTable, compileClassic } from '../../../shared/push/data-collector/rows';
import {
  haveLegalNames,
  toClassicColumns,
  withoutProperty,
  type ClassicShape,
} from '../../../shared/push/data-collector/columns';
import { parseJson } from '../../../shared/values/json/json';

/** A table without a column. */
function emptyShape(): ClassicShape {
  const columns = new Map<string, Parameters<ClassicShape['add']>[0]>();
  return {
    get size() {
      return columns.size;
    },
    find: (name) => columns.get(name.toLowerCase()),
    add: (column) => void columns.set(column.name.toLowerCase(), column),
  };
}

test('properties with the same column name lose no value, however many they are', () => {
  const record = { 'a.b': '1', a_b: '2', 'a-b': '3', a: { b: '4' }, Computer: 'c' };
  const { columns, extra } = runToEnd(toClassicColumns(emptyShape(), record));
  expect(Object.fromEntries(columns)).toEqual({ a_b_s: '1', Computer: 'c' });
  expect(Object.fromEntries(extra)).toEqual({ a_b: '2', 'a_b-1': '3', 'a_b-2': '4' });
});

test('thousands of properties with the same column name are all kept', () => {
  const names = Array.from({ length: 20_000 }, (_, n) => String.fromCharCode(0x4e00 + n));
  const record = Object.fromEntries(names.map((name, n) => [name, n]));
  const { columns, extra } = runToEnd(toClassicColumns(emptyShape(), record));
  expect([...columns.values(), ...extra.values()]).toEqual(Object.values(record));
});

test.each<[string, readonly string[], readonly string[]]>([
  ['each of its own', ['TimeGenerated', 'a_s', 'a_b_s', 'a_s_s', 'EventTime_t', 'Computer'], []],
  ['two of the same property', ['a_s', 'a_d', 'b_t', 'a_g'], ['a_d', 'a_g']],
  ['a column like one without suffix, whichever comes first', ['Computer_s', 'Computer'], ['Computer_s']],
  ['a column like the time property', ['TributaryTime_t'], ['TributaryTime_t']],
])('a property does not use columns that others created: %s', (_, columns, left) => {
  expect(withoutProperty(Object.fromEntries(columns.map((column) => [column, 1])))).toEqual(left);
});

test('a number that a double cannot represent keeps its digits in AdditionalFields, and creates no column', () => {
  const digits = '9'.repeat(400);
  const text = `{"n":12345678901234567,"long":${digits},"pi":3.14159265358979323846,"far":1e400,"zero":-0,"in":{"n":${digits}},"list":[${digits}],"ok":9007199254740992,"text":"1e400"}`;
  const { columns, extra } = runToEnd(toClassicColumns(emptyShape(), parseJson(text) as JsonObject));
  expect(Object.fromEntries(columns)).toEqual({
    ok_d: 9007199254740992,
    zero_d: 0,
    text_s: '1e400',
    list_s: `["${digits}"]`,
  });
  expect(Object.fromEntries(extra)).toEqual({
    n: 12345678901234567n,
    long: digits,
    pi: '3.14159265358979323846',
    far: '1e400',
    zero: '-0',
    in_n: digits,
  });
});

test('text becomes a number of its column only where that keeps every digit', () => {
  const shape = emptyShape();
  shape.add({ name: 'n_d', type: 'real' });
  const become = (n: string): unknown => Object.fromEntries(runToEnd(toClassicColumns(shape, { n })).columns);
  expect(
    ['+007.50', '1e3', '0.1', '12345678901234567', '3.14159265358979323846', '1e400'].map(become),
  ).toEqual([
    { n_d: 7.5 },
    { n_d: 1000 },
    { n_d: 0.1 },
    { n_s: '12345678901234567' },
    { n_s: '3.14159265358979323846' },
    { n_s: '1e400' },
  ]);
});

/** The result of a pausing function, and how often it paused. */
function paused<T>(work: Generator<undefined, T, undefined>): { readonly value: T; readonly pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const step = work.next();
    if (step.done === true) return { value: step.value, pauses };
  }
}

test('a name that no column can have is not looked up among the columns', () => {
  const asked: string[] = [];
  const shape = emptyShape();
  const watching: ClassicShape = {
    get size() {
      return shape.size;
    },
    add: (column) => shape.add(column),
    find(name) {
      asked.push(name);
      return shape.find(name);
    },
  };
  const names = ['k'.repeat(1_000_000), `${'k_'.repeat(50_000)}s`, ' '.repeat(100_000), 'k'.repeat(45)];
  const record = Object.fromEntries(names.map((name) => [name, 'v']));
  const { columns, extra } = runToEnd(toClassicColumns(watching, record));
  expect(Math.max(...asked.map(({ length }) => length))).toBe(47);
  expect([...columns.keys()]).toEqual([`${'k'.repeat(45)}_s`]);
  expect([...extra.values()]).toEqual(['v', 'v', 'v']);
});

test('an object whose flattened names would take megabytes stays JSON text; the others are flattened', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`a${at}`, at]));
  const long = 'n'.repeat(10_000);
  const record = { small: { b: 1 }, [long]: many, late: { c: { d: 2 } } };
  const { columns, extra } = runToEnd(toClassicColumns(emptyShape(), record));
  expect(Object.fromEntries(columns)).toEqual({ small_b_d: 1, late_c_d_d: 2 });
  expect([...extra]).toEqual([[long, JSON.stringify(many)]]);
});

test('at most 100,000 nested members of a record are flattened, and none is lost', () => {
  const inner = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, at]));
  const { columns, extra } = runToEnd(toClassicColumns(emptyShape(), { a: inner, b: inner }));
  expect(columns.size + extra.size).toBe(60_001);
  expect(columns.get('a_k0_d')).toBe(0);
  expect(extra.get('b') ?? columns.get('b_s')).toBe(JSON.stringify(inner));
});

test('names are checked with pauses between records', () => {
  const records = Array.from({ length: 10_000 }, (_, at) => ({ [`a${at}`]: at, b: 1 }));
  const { pauses, value } = paused(haveLegalNames(records));
  expect([value, pauses > 10]).toEqual([true, true]);
  expect(paused(haveLegalNames([...records, { 'a b': 1 }])).value).toBe(false);
});

test('members without a column move to AdditionalFields with pauses', () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `${'k'.repeat(1_000)}${at}`);
  const bytes = Buffer.from(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))));
  const sink = memorySink({ maxFieldBytes: 100_000_000, maxBatchBytes: 100_000_000 });
  const body = { bytes, receivedAt: '2026-11-20T08:00:00.000Z', records: 1 };
  const made = paused(
    compileClassic(classicTable('A'), {}, sink).format(body) as Generator<
      undefined,
      FormattedBody,
      undefined
    >,
  );
  const parsed = paused(readJson(bytes));
  const flattened = paused(toClassicColumns(emptyShape(), parsed.value as JsonObject));
  const { AdditionalFields } = JSON.parse(made.value.rows[0]?.text ?? '') as { AdditionalFields: JsonObject };
  expect(Object.keys(AdditionalFields)).toEqual(names);
  // A megabyte of names: as many pauses as for reading them.
  expect(made.pauses - parsed.pauses).toBeGreaterThanOrEqual(2 * flattened.pauses);
});
