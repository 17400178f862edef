import { JSONPathEnvironment } from 'json-p3';
import { ContractError } from '../../shared/contract/errors';
import type { Json } from '../../shared/contract/json';
import {
  compileAnswerPath,
  compileAnswerQuery,
  compilePath,
  compileRecordPath,
  compileQuery,
  isObject,
  member,
  memberNames,
} from '../../shared/values/json-path';

const record: Json = {
  id: 7,
  actor: { id: 'u1', 'full.name': 'Ada' },
  targets: [{ type: 'app' }, { type: 'user' }],
  nothing: null,
};

describe('compilePath', () => {
  test.each<[string, Json | undefined]>([
    ['id', 7],
    ['actor.id', 'u1'],
    ['actor.missing', undefined],
    ['id.deeper', undefined],
    ['nothing', null],
    ['nothing.deeper', undefined],
    ['targets.type', undefined],
    ['$.actor.id', 'u1'],
    ["$.actor['full.name']", 'Ada'],
    ['$.targets[0].type', 'app'],
    ["$.targets[?@.type == 'user'].type", 'user'],
    ["$.targets[?@.type == 'none'].type", undefined],
    ['$..type', 'app'],
  ])('%s leads to %j', (path, value) => {
    expect(compilePath(path)(record)).toEqual(value);
  });

  test.each([
    'constructor',
    'toString',
    '__proto__',
    'actor.constructor.name',
    '$.constructor',
    '$..constructor',
  ])('%s never leads to an inherited member', (path) => {
    expect(compilePath(path)(record)).toBeUndefined();
  });

  test('leads to an own member with the name of an inherited one', () => {
    const hostile = JSON.parse('{"__proto__":{"constructor":"mine"}}') as Json;
    expect(compilePath('__proto__.constructor')(hostile)).toBe('mine');
  });

  test.each<[string, Json]>([
    ['null', null],
    ['a text', 'text'],
    ['a number', 1],
    ['an array', [1]],
  ])('finds nothing in %s', (_, value) => {
    expect(compilePath('id')(value)).toBeUndefined();
  });

  test.each([
    ['elements', (count: number) => ({ id: 'a', list: Array.from({ length: count - 2 }, () => 1) })],
    [
      'objects',
      (count: number) => ({ id: 'a', list: Array.from({ length: count / 2 - 1 }, () => ({ a: 1 })) }),
    ],
  ])('searches a record with 100,000 members, %s, and none with more', (_, make) => {
    const [searched, passed] = [compileRecordPath('$..id'), compileRecordPath('id')];
    expect([searched(make(100_000)), passed(make(100_000))]).toEqual(['a', 'a']);
    expect([searched(make(100_002)), passed(make(100_002))]).toEqual([undefined, 'a']);
  });

  test('searches a record that is nested 100 levels deep', () => {
    let deep: Json = { found: 'at the bottom' };
    for (let level = 1; level < 100; level++) deep = { down: deep };
    expect(compilePath('$..found')(deep)).toBe('at the bottom');
  });
});

describe('a query of a whole answer', () => {
  const many = Array.from({ length: 300_000 }, (_, at) => ({ at, list: [at] }));

  test.each([
    ['$.many[*].list', 300_000],
    ['$.many[*].list[*]', 300_000],
    ['$.many[-1].list[0]', 1],
    ["$.many[*]['none']", 0],
    ['$.none[*]', 0],
  ])('%s passes through any number of elements', (path, count) => {
    expect(compileAnswerQuery(path)({ many })).toHaveLength(count);
  });

  test.each(['$..at', '$.many[?@.at > 5]', '$.many[1:]'])('%s searches no more than its limit', (path) => {
    expect(compileAnswerQuery(path)({ many: many.slice(0, 10) }).length).toBeGreaterThan(3);
    const because = /more than 100,000 members, and \$.+ would look at each/;
    expect(() => compileAnswerQuery(path)({ many })).toThrow(because);
    expect(() => compileAnswerPath(path)({ many })).toThrow(because);
  });

  const answer = { a: [{ 'b c': [1, 2, [3]] }, { 'b c': { d: 4, e: null } }, 5], __proto__: { a: 1 } };
  test.each([
    ...[
      '$',
      '$.a',
      '$.a[*]',
      '$.*',
      "$.a[*]['b c']",
      "$.a[*]['b c'][*]",
      "$.a[*]['b c'].*",
      '$.a[0]',
      '$.a[-1]',
    ],
    ...['$.a[3]', '$.a[-9]', "$.a[1]['b c'].e", '$.a.b', '$[0]', "$['a'][0]['b c'][2][0]", '$.a[*].*.*'],
  ])('%s finds what the whole of RFC 9535 finds', (path) => {
    expect(compileQuery(path)(answer)).toEqual(new JSONPathEnvironment().query(path, answer).values());
  });
});

describe('compileQuery', () => {
  test('finds every value, in order', () => {
    expect(compileQuery('$.targets[*].type')(record)).toEqual(['app', 'user']);
  });

  test('does not match an integer beyond 2^53 by its size, so that a filter keeps such a record', () => {
    const values = [{ n: 9007199254740993n }, { n: 5 }];
    expect(compileQuery('$[?@.n > 1]')(values)).toEqual([{ n: 5 }]);
  });

  test('names a malformed path in a ContractError', () => {
    expect(() => compileQuery('$.[')).toThrow(ContractError);
    expect(() => compileQuery('$.[')).toThrow(/^reading the path \$\.\[: .*RFC 9535/);
  });
});

describe('memberNames', () => {
  test.each<[string, readonly string[] | undefined]>([
    ['actor.id', ['actor', 'id']],
    ['$.actor.id', ['actor', 'id']],
    ["$['client.ip']", ['client.ip']],
    ["$.client['user.agent'].raw", ['client', 'user.agent', 'raw']],
    ['$.targets[0]', undefined],
    ['$.targets[*]', undefined],
    ['$..type', undefined],
    ['$', undefined],
  ])('%s uses the names %j', (path, names) => {
    expect(memberNames(path)).toEqual(names);
  });
});

test.each<[Json | undefined, boolean]>([
  [{}, true],
  [[], false],
  [null, false],
  [undefined, false],
  ['text', false],
])('isObject(%j) is %s', (value, expected) => {
  expect(isObject(value)).toBe(expected);
});

test('member reads an own member, never an inherited one', () => {
  expect([member({ a: 1 }, 'a'), member({}, 'toString'), member([1], 'length')]).toEqual([
    1,
    undefined,
    undefined,
  ]);
});
