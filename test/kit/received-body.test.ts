import { readPosted, recordsIn, withPost } from '../../shared/kit/received-body';

const body = (text: string, contentType = 'application/json') => ({ bytes: Buffer.from(text), contentType });

test.each([
  ['an object', '{"a":1}', [{ a: 1 }]],
  ['an array', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['an object on each line', '{"a":1}\n{"a":2}\r\n\n{"a":3}\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['an array on each line', '[{"a":1}]\n[{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['an object over many lines', '{\n"a":\n1}', [{ a: 1 }]],
  ['digits beyond a double', '{"a":12345678901234567890}', [{ a: 12345678901234567890n }]],
  ['what is no object', '[17,null]', [17, null]],
  ['nothing', '[]', []],
])('%s', (_, text, records) => {
  expect(recordsIn(readPosted({}, body(text)))).toEqual(records);
});

test('a form holds its JSON in the field that the source names', () => {
  const form = body(
    'payload=%7B%22a%22%3A%22b+c%22%7D&other=1',
    'application/x-www-form-urlencoded; charset=utf-8',
  );
  expect(readPosted({ form: 'payload' }, form)).toEqual([{ a: 'b c' }]);
  expect(readPosted({ form: 'payload' }, body('{"a":1}'))).toEqual([{ a: 1 }]);
  expect(() => readPosted({ form: 'other one' }, form)).toThrow(SyntaxError);
  expect(() => readPosted({}, form)).toThrow(SyntaxError);
});

test.each([
  ['no JSON', '{"a":'],
  ['a line that is none', '{"a":1}\n{"a":'],
  ['nothing at all', ''],
  ['more objects than anyone means', `[${'{},'.repeat(1_000_001)}{}]`],
])('%s is refused', (_, text) => {
  expect(() => readPosted({}, body(text))).toThrow(SyntaxError);
});

test('a form hides no objects from being counted', () => {
  const bomb = `payload=${encodeURIComponent('['.repeat(1_000_001))}`;
  const form = body(bomb, 'application/x-www-form-urlencoded');
  expect(() => readPosted({ form: 'payload' }, form)).toThrow('too many objects');
});

test('what is no UTF-8 is refused, never changed', () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22]);
  expect(() => readPosted({}, { bytes, contentType: 'application/json' })).toThrow('not valid');
});

describe('what only the post says of a record', () => {
  const source = (time: string) => ({ table: { name: 'A_CL', time, columns: {} } });
  const post = { receivedAt: '2026-11-20T08:00:00.000Z', facts: { headers: { 'x-event': 'push' } } };

  test('stands beside its own members, and wins over them', () => {
    expect(withPost({ a: 1, '@headers': 'mine' }, source('a'), post)).toEqual({
      a: 1,
      '@headers': { 'x-event': 'push' },
    });
  });

  test('is its time only where the table asks for that', () => {
    expect(withPost({ a: 1 }, source('@received'), { receivedAt: post.receivedAt })).toEqual({
      a: 1,
      '@received': post.receivedAt,
    });
  });

  test('is nothing where the record is no object', () => {
    expect(withPost('text', source('a'), post)).toBe('text');
  });
});
