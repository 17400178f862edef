import { didYouMean, insteadOf } from '../../shared/values/nearest';

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

test('of names that are equally near none is left out', () => {
  expect(didYouMean('stat', ['start', 'state', 'status'])).toBe(' Did you mean one of start, state?');
});

test('names that begin with the word are meant where none is near', () => {
  const tables = ['OktaSystemLog_CL', 'DuoActivityLog_CL', 'DuoTelephonyLog_CL'];
  expect(didYouMean('okta', tables)).toBe(' Did you mean OktaSystemLog_CL?');
  expect(didYouMean('duo', tables)).toBe(' Did you mean one of DuoActivityLog_CL, DuoTelephonyLog_CL?');
  expect(didYouMean('du', tables)).toBe('');
});

test('an unknown name is answered with the nearest, and with all that are known', () => {
  expect(insteadOf('okat', ['okta', 'duo'])).toBe(' Did you mean okta? Known: okta, duo.');
  expect(insteadOf('okat', [], 'Its sources')).toBe(' Its sources: none.');
});

test.each(['nothing', 'acme', 'x', ''])('%j is near to nothing', (word) => {
  expect(didYouMean(word, KNOWN)).toBe('');
});
