import { inOneGo } from '../../../shared/values/in-pieces';
import type { JsonObject } from '../../../shared/contract/json';
import {
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

test('properties whose names become one lose nothing, however many they are', () => {
  const record = { 'a.b': '1', a_b: '2', 'a-b': '3', a: { b: '4' }, Computer: 'c' };
  const { columns, extra } = inOneGo(toClassicColumns(emptyShape(), record));
  expect(Object.fromEntries(columns)).toEqual({ a_b_s: '1', Computer: 'c' });
  expect(Object.fromEntries(extra)).toEqual({ a_b: '2', 'a_b-1': '3', 'a_b-2': '4' });
});

test('thousands of names that become one are all kept', () => {
  const names = Array.from({ length: 20_000 }, (_, n) => String.fromCharCode(0x4e00 + n));
  const record = Object.fromEntries(names.map((name, n) => [name, n]));
  const { columns, extra } = inOneGo(toClassicColumns(emptyShape(), record));
  expect([...columns.values(), ...extra.values()]).toEqual(Object.values(record));
});

test.each<[string, readonly string[], readonly string[]]>([
  ['each of its own', ['TimeGenerated', 'a_s', 'a_b_s', 'a_s_s', 'EventTime_t', 'Computer'], []],
  ['two of one property', ['a_s', 'a_d', 'b_t', 'a_g'], ['a_d', 'a_g']],
  ['one like a column without suffix, whichever comes first', ['Computer_s', 'Computer'], ['Computer_s']],
  ['one like the property of the time', ['TributaryTime_t'], ['TributaryTime_t']],
])('columns that no property makes: %s', (_, columns, left) => {
  expect(withoutProperty(Object.fromEntries(columns.map((column) => [column, 1])))).toEqual(left);
});

test('a number that a double does not hold keeps its digits beside the columns, and makes none', () => {
  const digits = '9'.repeat(400);
  const text = `{"n":12345678901234567,"long":${digits},"pi":3.14159265358979323846,"far":1e400,"zero":-0,"in":{"n":${digits}},"list":[${digits}],"ok":9007199254740992,"text":"1e400"}`;
  const { columns, extra } = inOneGo(toClassicColumns(emptyShape(), parseJson(text) as JsonObject));
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
  const become = (n: string): unknown => Object.fromEntries(inOneGo(toClassicColumns(shape, { n })).columns);
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
