import { toClassicColumns, withoutProperty, type ClassicShape } from '../../shared/kit/classic-columns';

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
  const { columns, extra } = toClassicColumns(emptyShape(), record);
  expect(Object.fromEntries(columns)).toEqual({ a_b_s: '1', Computer: 'c' });
  expect(Object.fromEntries(extra)).toEqual({ a_b: '2', 'a_b-1': '3', 'a_b-2': '4' });
});

test('thousands of names that become one are all kept', () => {
  const names = Array.from({ length: 20_000 }, (_, n) => String.fromCharCode(0x4e00 + n));
  const record = Object.fromEntries(names.map((name, n) => [name, n]));
  const { columns, extra } = toClassicColumns(emptyShape(), record);
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
