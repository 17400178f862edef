import { runToEnd } from '../../../shared/values/cooperative';
import { readPosted as read, recordsIn, withPost } from '../../../shared/push/webhook/parse-body';

const readPosted = (...[source, post]: Parameters<typeof read>) => runToEnd(read(source, post));
const body = (text: string) => ({ bytes: Buffer.from(text) });

test.each([
  ['an object', '{"a":1}', [{ a: 1 }]],
  ['an array', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['an object on each line', '{"a":1}\n{"a":2}\r\n\n{"a":3}\n', [{ a: 1 }, { a: 2 }, { a: 3 }]],
  ['an array on each line', '[{"a":1}]\n[{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['an object over many lines', '{\n"a":\n1}', [{ a: 1 }]],
  ['digits beyond a double', '{"a":12345678901234567890}', [{ a: 12345678901234567890n }]],
  ['a value that is not an object', '[17,null]', [17, null]],
  ['nothing', '[]', []],
])('%s', (_, text, records) => {
  expect(recordsIn(readPosted({}, body(text)))).toEqual(records);
});

test('a form has its JSON in the declared field', () => {
  const form = body('other=1&payload=%7B%22a%22%3A%22b+c%22%7D&payload=2');
  expect(readPosted({ form: 'payload' }, form)).toEqual([{ a: 'b c' }]);
  expect(readPosted({ form: 'payload' }, body('{"a":1}'))).toEqual([{ a: 1 }]);
  expect(() => readPosted({ form: 'another one' }, form)).toThrow(SyntaxError);
  expect(() => readPosted({}, form)).toThrow(SyntaxError);
});

test.each([
  ['JSON', '{"a":"&payload=%7B%22forged%22%3A1%7D&"}'],
  ['lines of JSON', '{"a":1}\n{"b":"&payload=%7B%22forged%22%3A1%7D"}'],
])('%s with the text of a form in it is not a form', (_, text) => {
  expect(readPosted({ form: 'payload' }, body(text))).toEqual(
    text.split('\n').map((line) => JSON.parse(line) as unknown),
  );
});

test('broken JSON with the text of a form in it is not a form either', () => {
  const text = '{"a":"&payload=%7B%22forged%22%3A1%7D&';
  expect(() => readPosted({ form: 'payload' }, body(text))).toThrow(SyntaxError);
});

test('a form whose bytes are not UTF-8 is refused, never changed', () => {
  expect(() => readPosted({ form: 'payload' }, body('payload=%22%FF%22'))).toThrow(TypeError);
  expect(() => readPosted({ form: 'payload' }, body('payload=%22%F'))).toThrow(URIError);
  expect(() => readPosted({ form: 'payload' }, body('payload=%22%+4'))).toThrow(URIError);
});

test('a form of any size is read in pieces', () => {
  const value = 'é b'.repeat(20_000);
  const form = body(`a=1&${'b&'.repeat(100)}payload=%7b"a":"${encodeURIComponent(value)}"}&c`);
  const work = read({ form: 'payload' }, form);
  expect(work.next().done).toBe(false);
  expect(runToEnd(work)).toEqual([{ a: value }]);
});

test.each([' ', '\t', '\n', '\r\n'])('a body of nothing but %j is refused', (space) => {
  expect(() => readPosted({}, body(space.repeat(1_000)))).toThrow(SyntaxError);
  expect(readPosted({}, body(`${space.repeat(3)}{"a":1}${space.repeat(3)}`))).toEqual([{ a: 1 }]);
});

test.each([
  ['invalid JSON', '{"a":'],
  ['an invalid line', '{"a":1}\n{"a":'],
  ['an empty body', ''],
  ['a name of more than 64 KB', `{"a":1}\n{"${'n'.repeat(70_000)}":1}`],
  ['too many objects', `[${'{},'.repeat(1_000_001)}{}]`],
  ['as many on its lines', '[{},{},{}]\n'.repeat(250_001)],
])('%s is refused', (_, text) => {
  expect(() => readPosted({}, body(text))).toThrow(SyntaxError);
});

test('objects in a form are counted too', () => {
  const bomb = `payload=${encodeURIComponent('['.repeat(1_000_001))}`;
  const form = body(bomb);
  expect(() => readPosted({ form: 'payload' }, form)).toThrow(SyntaxError);
});

test('a body that is not UTF-8 is refused, never changed', () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22]);
  expect(() => readPosted({}, { bytes })).toThrow(TypeError);
});

describe('metadata of the post', () => {
  const source = (time: string) => ({ table: { name: 'A_CL', time, columns: {} } });
  const post = { receivedAt: '2026-11-20T08:00:00.000Z', facts: { headers: { 'x-event': 'push' } } };

  test('is added to the record’s own members, and wins over them', () => {
    expect(withPost({ a: 1, '@headers': 'mine' }, source('a'), post)).toEqual({
      a: 1,
      '@headers': { 'x-event': 'push' },
    });
  });

  test('is the record’s time only where the table declares that', () => {
    expect(withPost({ a: 1 }, source('@received'), { receivedAt: post.receivedAt })).toEqual({
      a: 1,
      '@received': post.receivedAt,
    });
  });

  test('leaves the posted record unchanged, whatever the source’s code changes', () => {
    const posted = { a: 1, secret: 'x' };
    const code = { toRow: () => ({}), keep: () => true };
    for (const own of [{ toRow: code.toRow }, { keep: code.keep }]) {
      const record = withPost(posted, { ...source('a'), ...own }, { receivedAt: post.receivedAt });
      expect(record).toEqual(posted);
      expect(record).not.toBe(posted);
    }
    expect(withPost(posted, source('a'), { receivedAt: post.receivedAt })).toBe(posted);
  });

  test('is not added where the record is not an object', () => {
    expect(withPost('text', source('a'), post)).toBe('text');
  });
});

test('a body with too many records is refused, instead of becoming as many dead letters', () => {
  const numbers = (count: number) => readPosted({}, body(`[${'1,'.repeat(count - 1)}1]`));
  expect(() => numbers(1_000_001)).toThrow('too many records');
  expect(recordsIn(numbers(1_000))).toHaveLength(1_000);
});
