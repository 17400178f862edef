import type { JsonObject } from '../../shared/contract/json';
import { inferTable } from '../../tools/new/infer-table';

const when = { time: '2026-11-01T10:00:00Z' };
const infer = (...records: readonly JsonObject[]) => inferTable(records, { name: 'acme', source: 'events' });
/** Type and origin of each column of records that all have a time. */
const columnsOf = (...records: readonly JsonObject[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(infer(...records.map((record) => ({ ...when, ...record }))).columns).map(
      ([name, { type, from }]) => [name, `${type} ${from ?? ''}`],
    ),
  );

test.each([
  ['text', ['x', '17'], 'string'],
  ['a small whole number', [3, 4], 'int'],
  ['a whole number that needs a long', [3, 4_000_000_000], 'long'],
  ['a whole number that a double cannot hold', [3, 2n ** 60n], 'long'],
  ['a fraction', [1, 1.5], 'real'],
  ['true and false', [true, false], 'boolean'],
  ['text that reads as a time', ['2026-11-01', '2026-11-02T00:00:00Z'], 'datetime'],
  ['digits that are not a time', ['1762000000', '1762000001'], 'string'],
  ['an array', [['x'], []], 'dynamic'],
  ['sometimes an object, sometimes text', [{ a: 1 }, 'x'], 'dynamic'],
  ['text and a number', ['x', 1], 'string'],
  ['null, then a number', [null, 1], 'int'],
])('%s makes its column', (_, [first, second], type) => {
  expect(columnsOf({ value: first! }, { value: second! })['Value']).toBe(`${type} value`);
});

test.each([
  ['texts', 'a1', 'a2'],
  ['numbers', 1, 2],
  ['numbers that a double cannot hold', 2n ** 60n, 2n ** 60n + 1n],
])('%s are ids', (_, first, second) => {
  const records = [first, second].map((id) => ({ ...when, id }));
  expect(infer(...records).eventId).toBe('id');
  expect(inferTable(records, { name: 'acme', source: 'events', id: 'id' }).eventId).toBe('id');
});

test('a number is a time where its name says so', () => {
  const columns = columnsOf({ id: 'x', expires_at: 1762000000, port: 1762000000 });
  expect(columns).toEqual({ ExpiresAt: 'datetime expires_at', Port: 'long port' });
});

test('objects are flattened up to four names; a map of many is kept whole', () => {
  const map = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`host${i}`, i]));
  expect(columnsOf({ a: { b: { c: { d: 1, e: { f: 1 } } } }, map })).toEqual({
    ABCD: 'int a.b.c.d',
    ABCE: 'dynamic a.b.c.e',
    Map: 'dynamic map',
  });
});

test('names with dots become JSONPaths; unusable names and members that are always null are left out', () => {
  expect(columnsOf({ 'a.b': 1, "it's": 1, '': 1, nothing: null })).toEqual({ AB: "int $['a.b']" });
});

test('names are unique in any case, not reserved, and within the limit', () => {
  const deep = { ['x'.repeat(30)]: { ['y'.repeat(30)]: 1 } };
  const names = Object.keys(
    columnsOf({ type: 'a', Type: 'b', userName: 'a', user_name: 'b', event_id: 'x', '1st': 1, ...deep }),
  );
  expect(names).toEqual([
    'RecordType',
    'Type2',
    'UserName',
    'RecordUserName',
    'Field1st',
    `Y${'y'.repeat(29)}`,
  ]);
});

test.each([
  ['published', { created_at: '2026-11-01', published: '2026-11-01' }],
  ['@timestamp', { '@timestamp': 1762000000000, updated: '2026-11-01' }],
  ['event.createdAt', { event: { createdAt: '2026-11-01' }, day: 'x' }],
  ['happened', { happened: '2026-11-01T10:00:00Z', code: '1762000000' }],
])('%s is the time', (path, record) => {
  expect(infer(record).time).toBe(path);
});

test.each([
  ['uuid', { id: 'x', uuid: 'y' }, { id: 'z', uuid: 'w' }],
  ['_id', { _id: 'x', user_id: '1' }, { _id: 'y', user_id: '2' }],
  ['event.id', { event: { id: 'x' }, user: { id: '1' } }, { event: { id: 'y' }, user: { id: '2' } }],
  [undefined, { id: 'x' }, { id: 'x' }],
  [undefined, { id: '' }, { id: 'x' }],
  [undefined, { id: 'x' }, {}],
])('%s is the event id', (path, first, second) => {
  expect(infer({ ...when, ...first }, { ...when, ...second }).eventId).toBe(path);
});
