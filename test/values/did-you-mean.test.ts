import { didYouMean, unknownNameHint } from '../../shared/values/did-you-mean';

const KNOWN = ['acme', 'hooli', 'initech-audit', 'globex'];

test.each([
  ['amce', 'acme'],
  ['Acme', 'acme'],
  ['acmea', 'acme'],
  ['hoolii', 'hooli'],
  ['initechaudit', 'initech-audit'],
  ['glob-ex', 'globex'],
])('%s is corrected to %s', (word, meant) => {
  expect(didYouMean(word, KNOWN)).toBe(` Did you mean ${meant}?`);
});

test('of equally near names none is left out', () => {
  expect(didYouMean('stat', ['start', 'state', 'status'])).toBe(' Did you mean one of start, state?');
});

test('names that begin with the word are suggested where none is near', () => {
  const tables = ['AcmeSystemLog_CL', 'HooliActivityLog_CL', 'HooliTelephonyLog_CL'];
  expect(didYouMean('acme', tables)).toBe(' Did you mean AcmeSystemLog_CL?');
  expect(didYouMean('hooli', tables)).toBe(' Did you mean one of HooliActivityLog_CL, HooliTelephonyLog_CL?');
  expect(didYouMean('ho', tables)).toBe('');
});

test('an unknown name is answered with the nearest one, and with all known ones', () => {
  expect(unknownNameHint('amce', ['acme', 'hooli'])).toBe(' Did you mean acme? Known: acme, hooli.');
  expect(unknownNameHint('amce', [], 'Its sources')).toBe(' Its sources: none.');
});

test.each(['nothing', 'umbrella', 'x', ''])('nothing is near to %j', (word) => {
  expect(didYouMean(word, KNOWN)).toBe('');
});
