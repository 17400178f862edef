import type { Json, JsonObject } from '../../shared/contract/json';
import { compileOverflow } from '../../shared/rows/overflow';

/** The overflow of a record if the values at all these paths fit. */
function leftOf(
  record: Json,
  paths: readonly string[],
  fits: readonly boolean[] = paths.map(() => true),
): JsonObject | undefined {
  return compileOverflow(paths)(record as JsonObject, fits);
}

test.each<[string, Json, readonly string[], Json | undefined]>([
  ['nothing, where every member has a column', { a: 1, b: 2 }, ['a', 'b'], undefined],
  ['nothing, for an empty record', {}, ['a'], undefined],
  ['members without a path', { a: 1, b: 2 }, ['a'], { b: 2 }],
  ['the other members of an object', { a: { b: 1, c: 2 } }, ['a.b'], { a: { c: 2 } }],
  [
    'the other members for a JSONPath of plain names',
    { a: { 'b.c': 1, d: 2 } },
    ["$.a['b.c']"],
    { a: { d: 2 } },
  ],
  ['nothing of an object with a column of its own', { a: { b: 1, c: 2 } }, ['a'], undefined],
  [
    'nothing of an object that has a column as a whole and in part',
    { a: { b: 1, c: 2 } },
    ['a.b', 'a'],
    undefined,
  ],
  ['the whole value, where the path searches', { a: [{ b: 1 }] }, ['$.a[0].b'], { a: [{ b: 1 }] }],
  ['a scalar where the path goes deeper', { a: 5 }, ['a.b'], { a: 5 }],
  ['an array where the path goes deeper', { a: [{ b: 1 }] }, ['a.b'], { a: [{ b: 1 }] }],
  ['no member that is null', { a: null, b: { c: null, d: 1 } }, ['b.d'], undefined],
  ['a null deep in an object without columns', { b: { c: null } }, ['a'], { b: { c: null } }],
  ['members that differ only in case', { Id: 1, id: 2 }, ['id'], { Id: 1 }],
])('leaves %s', (_, record, paths, left) => {
  expect(leftOf(record, paths)).toEqual(left);
});

test('leaves a value that does not fit its column', () => {
  expect(leftOf({ a: 'x', b: 2 }, ['a', 'b'], [false, true])).toEqual({ a: 'x' });
});

test('leaves an object that does not fit, without the member that has a column of its own', () => {
  expect(leftOf({ a: { b: 1, c: 2 } }, ['a', 'a.b'], [false, true])).toEqual({ a: { c: 2 } });
});

test('leaves nothing of a value that fits one of two columns', () => {
  expect(leftOf({ a: 'x' }, ['a', 'a'], [false, true])).toBeUndefined();
});

test('copies keys only into objects without a prototype', () => {
  const record = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":1,"a":{"__proto__":2,"b":3}}',
  ) as Json;
  const left = leftOf(record, ['a.b']);
  expect(JSON.stringify(left)).toBe('{"__proto__":{"polluted":true},"constructor":1,"a":{"__proto__":2}}');
  expect(Object.getPrototypeOf(left)).toBeNull();
  expect(Object.getPrototypeOf(left?.['a'])).toBeNull();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('does not change the record', () => {
  const record = { a: { b: 1, c: 2 }, d: 3 };
  leftOf(record, ['a.b']);
  expect(record).toEqual({ a: { b: 1, c: 2 }, d: 3 });
});
