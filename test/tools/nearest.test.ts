import { didYouMean } from '../../tools/nearest';

const KNOWN = ['okta', 'duo', 'github-audit', 'onepassword'];

test.each([
  ['okat', 'okta'],
  ['Okta', 'okta'],
  ['oktaa', 'okta'],
  ['duoo', 'duo'],
  ['githubaudit', 'github-audit'],
  ['one-pasword', 'onepassword'],
])('%s is taken for %s', (word, meant) => {
  expect(didYouMean(word, KNOWN)).toBe(` Did you mean ${meant}?`);
});

test.each(['nothing', 'acme', 'x', ''])('%j is near to nothing', (word) => {
  expect(didYouMean(word, KNOWN)).toBe('');
});
