import { positionSeal } from '../../../shared/values/secrets/sealed-position';

const TOKEN = 'v3ry/secret+k é';
const { open, seal } = positionSeal({ token: TOKEN, key: 'plainkey123', short: 'abcde' });

test.each<[string, string, string]>([
  ['a next link', `/log?apikey=${encodeURIComponent(TOKEN)}&page=2`, '/log?apikey={secret:token%}&page=2'],
  ['a next link without encoding', '/log?apikey=plainkey123&page=2', '/log?apikey={secret:key%}&page=2'],
  ['a cursor that is an address', 'https://x.test/?k=plainkey123', 'https://x.test/?k={secret:key%}'],
  ['a text', `at ${TOKEN}:7`, 'at {secret:token}:7'],
  ['several', `plainkey123 ${TOKEN}`, '{secret:key} {secret:token}'],
  [
    'text that looks like a placeholder',
    '{secret:token}{secret:plainkey123',
    '{secret::token}{secret::{secret:key}',
  ],
  ['a short secret', '/abcde/1', '/abcde/1'],
  ['none', '{secret} {cursor}', '{secret} {cursor}'],
])('%s', (_, text, sealed) => {
  expect(seal({ next: text, more: [1, null, { text }] })).toEqual({
    next: sealed,
    more: [1, null, { text: sealed }],
  });
  expect(open(seal({ next: text }))).toEqual({ next: text });
});

test('every encoding of a secret is recognized, and it is restored encoded', () => {
  for (const coded of ['v3ry%2fsecret%2Bk+%c3%a9', '%763ry/secret%2Bk%20%C3%A9']) {
    const sealed = seal({ next: `/log?k=${coded}` });
    expect(sealed).toEqual({ next: '/log?k={secret:token%}' });
    expect(open(sealed)).toEqual({ next: `/log?k=${encodeURIComponent(TOKEN)}` });
  }
});

test('a rotated secret is restored with its new value, and a removed one is not', () => {
  const next = positionSeal({ key: 'n&w' });
  expect(next.open(seal({ next: '/log?k=plainkey123', at: `/?k=${TOKEN}` }))).toEqual({
    next: '/log?k=n%26w',
    at: '/?k={secret:token}',
  });
  expect(next.open(next.seal({ at: '{secret:key}' }))).toEqual({ at: '{secret:key}' });
});
