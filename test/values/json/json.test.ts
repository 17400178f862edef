import type { Json } from '../../../shared/contract/json';
import { runToEnd } from '../../../shared/values/cooperative';
import {
  canonicalJson,
  isDeeperThan,
  isWithin,
  parseJson,
  stringifyDeep,
  stringifyJson,
  stringifyRow,
} from '../../../shared/values/json/json';

/** Arrays in arrays: `levels` of them. */
function nested(levels: number): Json {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json;
}

describe('parseJson', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '[9007199254740993]',
    '{"a":9007199254740993}',
    '{"a" :\t9007199254740993 }',
    '{"a":[1,18446744073709551615]}',
    '[1,\n9007199254740993]',
  ])('keeps the digits of %s', (text) => {
    expect(stringifyJson(parseJson(text)).replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
  });

  test.each<[string, Json]>([
    ['9007199254740991', 9007199254740991],
    ['{"text":"9007199254740993"}', { text: '9007199254740993' }],
    ['[1e400]', ['1e400']],
    ['[-1E+400]', ['-1E+400']],
    ['[123456789012345e300]', ['123456789012345e300']],
    ['[1234567890123456.5]', [1234567890123456.5]],
    ['[1e3,0.5,-0.25]', [1000, 0.5, -0.25]],
    ['{"a":1,"a":2}', { a: 2 }],
    ['{"a":1,"a":12345678901234567}', { a: 12345678901234567n }],
    ['{"a":12345678901234567,"a":null}', { a: null }],
  ])('reads %s unchanged', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each(['{"__proto__":{"x":1}}', '{"__proto__":{"x":1},"big":12345678901234567}'])(
    'treats the keys of %s as data',
    (text) => {
      const value = parseJson(text) as Record<string, Json>;
      expect(Object.hasOwn(value, '__proto__')).toBe(true);
      expect(value['x']).toBeUndefined();
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    },
  );

  test.each(['', '{', '[1,]', '{"a":12345678901234567', '12345678901234567 8', 'nope'])(
    'refuses %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  test('a record nested 20,000 levels deep costs its neighbours no digit', () => {
    const deep = `${'['.repeat(20_000)}9007199254740993${']'.repeat(20_000)}`;
    const near =
      '{"id":9007199254740993,"text":"1: 9007199254740993 \\" 1","__proto__":-9007199254740995,"r":1.5e400}';
    const [, read] = parseJson(`[${deep},${near}]`) as [unknown, Record<string, unknown>];
    expect(Object.entries(read)).toEqual([
      ['id', 9007199254740993n],
      ['text', '1: 9007199254740993 " 1'],
      ['__proto__', -9007199254740995n],
      ['r', '1.5e400'],
    ]);
  });

  test('reads a value nested 20,000 levels deep, beside a large number', () => {
    const text = `[12345678901234567,${'['.repeat(20_000)}${']'.repeat(20_000)}]`;
    expect((parseJson(text) as readonly Json[]).length).toBe(2);
  });
});

describe('stringifyJson', () => {
  test.each<[Json | undefined, string]>([
    [{ a: 9007199254740993n, b: [-1n] }, '{"a":9007199254740993,"b":[-1]}'],
    [undefined, 'null'],
    ['\ud800', '"\\ud800"'],
    ['\u0000', '"\\u0000"'],
    [{ isLosslessNumber: true, value: '1', n: 1n }, '{"isLosslessNumber":true,"value":"1","n":1}'],
  ])('writes %p', (value, text) => {
    expect(stringifyJson(value)).toBe(text);
  });
});

describe('stringifyDeep', () => {
  test.each<Json>([
    null,
    'text "quoted" \ud800',
    5,
    [],
    {},
    [1, [2, { a: [] }], {}],
    { a: { b: [null, false] }, 'k"ey': 'v' },
    { text: 'no part', ends: {} },
  ])('writes %j as JSON.stringify does', (value) => {
    expect(stringifyDeep(value)).toBe(JSON.stringify(value));
  });

  test('writes 20,000 levels', () => {
    expect(stringifyDeep(nested(20_000))).toBe('['.repeat(20_000) + ']'.repeat(20_000));
  });

  test('writes large integers with all their digits', () => {
    expect(stringifyDeep({ a: [9007199254740993n] })).toBe('{"a":[9007199254740993]}');
  });

  test('continues after a member that is not JSON', () => {
    const value = [1, undefined, 2, { a: undefined, b: 3 }] as unknown as Json;
    expect(stringifyDeep(value)).toBe('[1,null,2,{"a":null,"b":3}]');
  });

  test('stops at a circular value, and writes one that occurs twice', () => {
    const shared = { x: 1 };
    const circle: Record<string, unknown> = { first: shared, second: shared };
    circle['self'] = circle;
    expect(stringifyDeep(circle as Json)).toBe('{"first":{"x":1},"second":{"x":1},"self":null}');
  });
});

describe('isDeeperThan', () => {
  test.each<[Json, number, boolean]>([
    ['text', 0, false],
    [[], 0, true],
    [[], 1, false],
    [nested(100), 100, false],
    [nested(101), 100, true],
    [nested(20_000), 100, true],
    [{ a: 1, b: { c: [1, { d: null }] } }, 3, true],
    [{ a: 1, b: { c: [1, { d: null }] } }, 4, false],
  ])('case %#: limit %#', (value, limit, expected) => {
    expect(runToEnd(isDeeperThan(value, limit))).toBe(expected);
    expect(isWithin(value, limit, 100_000)).toBe(!expected);
  });

  test('pauses within one long list', () => {
    const work = isDeeperThan(
      Array.from({ length: 250_000 }, () => 1),
      5,
    );
    expect([work.next(), work.next(), work.next()].map(({ done, value }) => [done, value])).toEqual([
      [false, undefined],
      [false, undefined],
      [true, false],
    ]);
  });
});

test.each<[Json, number]>([
  ['text', 4],
  [null, 1],
  [['ab', 1, 12345678901234567890n], 5],
  [{ ab: 'cd', e: [true] }, 8],
])('isWithin counts the characters and members of %p: %i', (value, length) => {
  expect([isWithin(value, 100, length), isWithin(value, 100, length - 1)]).toEqual([true, false]);
});

describe('canonicalJson', () => {
  test('is the same text whatever the order of members', () => {
    const [a, b] = ['{"b":[{"y":1,"x":2}],"a":null}', '{ "a": null, "b": [ { "x": 2, "y": 1 } ] }'];
    expect(canonicalJson(parseJson(a))).toBe(canonicalJson(parseJson(b)));
    expect(canonicalJson(parseJson(a))).toBe('{"a":null,"b":[{"x":2,"y":1}]}');
  });

  test.each<[Json, Json]>([
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [{ a: 1 }, { a: '1' }],
    [{ a: [] }, { a: {} }],
    [{ a: null }, {}],
    [9007199254740993n, 9007199254740992],
    [{ ab: 'c' }, { a: 'bc' }],
  ])('distinguishes %p from %p', (a, b) => {
    expect(canonicalJson(a)).not.toBe(canonicalJson(b));
  });
});

test.each([
  ['half a pair', { a: '\ud800x\udfff' }, { a: '\\ud800x\\udfff' }],
  ['one behind a backslash', { a: '\\\udc00' }, { a: '\\\\udc00' }],
  ['one in a name and deep inside', { '\udbff': [['\udead']] }, { '\\udbff': [['\\udead']] }],
  ['a whole pair', { a: '😀' }, { a: '😀' }],
  ['text that reads like one', { a: '\\ud800' }, { a: '\\ud800' }],
])('with %s a row is valid UTF-8', (_, row, read) => {
  const text = stringifyRow(row);
  expect(JSON.parse(text)).toEqual(read);
  expect(Buffer.from(text).toString('utf8')).toBe(text);
});
