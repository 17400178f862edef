import fc from 'fast-check';
import { fillJson, fillText, namesIn, parseTemplate, textsIn } from '../../shared/kit/template';

const values: Readonly<Record<string, string | number>> = { a: 'A', n: 7, empty: '', dollar: '$&$1' };
const valueOf = (name: string) => values[name];

test.each([
  ['', ''],
  ['plain', 'plain'],
  ['{a}', 'A'],
  ['x{a}y{n}z', 'xAy7z'],
  ['{a}{a}', 'AA'],
  ['{dollar}!', '$&$1!'],
  // A brace that is text.
  ['{{a}}', '{a}'],
  ['{{{a}}}', '{A}'],
  ['{{{{a}}}}', '{{a}}'],
  ['x{{unknown}}y', 'x{unknown}y'],
  ['{ a }', '{ a }'],
  ['{}', '{}'],
  ['\\d{4}', '\\d{4}'],
  ['{a-b}', '{a-b}'],
  ['{ logs(first: 100) { id } }', '{ logs(first: 100) { id } }'],
  ['{viewer{{login}}}', '{viewer{login}}'],
  // JSON within a text: the inner braces belong to the name.
  ['{"q":{a}}', '{"q":A}'],
  ['{{a}', '{A'],
  ['[{{"a":{n}}}]', '[{{"a":7}}]'],
])('%p becomes %p', (text, filled) => {
  expect(fillText(text, valueOf)).toBe(filled);
});

test('a text that is one placeholder keeps the value’s type; one without a value is undefined', () => {
  expect(fillText('{n}', valueOf)).toBe(7);
  expect(fillText('{empty}', valueOf)).toBeUndefined();
  expect(fillText('x{empty}', valueOf)).toBe('x');
  expect(fillText('x{missing}', valueOf)).toBeUndefined();
  expect(namesIn('{a} {{b}} {missing}')).toEqual(['a', 'missing']);
});

test('values are encoded, and the text around them is not', () => {
  expect(fillText('é/{a}', () => 'b/c', encodeURIComponent)).toBe('é/b%2Fc');
});

test('members without a value are left out of JSON, with objects that become empty; what was empty stays', () => {
  const json = {
    a: '{a}',
    b: { c: '{missing}' },
    d: ['{missing}'],
    e: ['{missing}', '{n}'],
    f: {},
    g: [],
    h: null,
    i: '',
  };
  expect(fillJson(json, valueOf)).toEqual({ a: 'A', e: [7], f: {}, g: [], h: null, i: '' });
  expect(fillJson({ a: { b: '{missing}' } }, valueOf)).toBeUndefined();
  expect(textsIn({ a: 'x', b: [{ c: 'y' }], d: 1 }, 'body')).toEqual([
    ['body.a', 'x'],
    ['body.b.0.c', 'y'],
  ]);
});

test('any literal text can be written', () => {
  const braced = fc.string({ unit: fc.constantFrom('{', '}', 'a', '1', ' ', '$'), maxLength: 12 });
  fc.assert(
    fc.property(braced, (text) => {
      // Double braces around a name are literal braces.
      const written = text.replace(
        /(\{+)([A-Za-z]\w*)(\}+)/g,
        (_, open: string, name: string, close: string) => {
          const pairs = Math.min(open.length, close.length);
          return `${open}${'{'.repeat(pairs)}${name}${'}'.repeat(pairs)}${close}`;
        },
      );
      expect(parseTemplate(written).every((part) => typeof part === 'string')).toBe(true);
      expect(fillText(written, () => undefined)).toBe(text);
    }),
  );
});
