import { readPushKeys } from '../../shared/settings/push-keys';

const KEY = Buffer.from('a key').toString('base64');
const read = (value: unknown) =>
  readPushKeys({ PUSH_KEYS: typeof value === 'string' ? value : JSON.stringify(value) });

test('a workspace has no, one or several keys, as plain text or with permissions', () => {
  expect(readPushKeys({})).toMatchObject({ problems: [], secrets: [] });
  const { keys, problems, secrets } = read({
    'ABC-1': [
      KEY,
      { name: 'siem', key: KEY, logTypes: ['A'], expires: '2027-01-31', bodySignature: 'required' },
    ],
  });
  expect(problems).toEqual([]);
  expect(secrets).toEqual([KEY, KEY]);
  expect(keys.get('abc-1')).toEqual([
    { name: 'key-1', key: Buffer.from('a key') },
    {
      name: 'siem',
      key: Buffer.from('a key'),
      logTypes: ['A'],
      expires: new Date('2027-01-31'),
      bodySignature: 'required',
    },
  ]);
});

test.each<[what: string, value: unknown, problem: RegExp]>([
  ['invalid JSON', `{"${KEY}`, /^PUSH_KEYS is not a JSON object/],
  ['an array', [KEY], /^PUSH_KEYS is not a JSON object/],
  ['an unresolved reference', '@Microsoft.KeyVault(SecretUri=x)', /Key Vault reference/],
  ['a value that is not a list', { id: KEY }, /the keys of id are not a list/],
  ['a missing key', { id: [{ name: 'a' }] }, /key 1 of id: key is missing/],
  ['a number', { id: [5] }, /key 1 of id: key is missing/],
  ['a key that is not Base64', { id: ['not Base64!'] }, /key 1 of id is not Base64/],
  ['an invalid name', { id: [{ name: 'a\nb', key: KEY }] }, /key 1 of id: name is not at most 60/],
  ['a Log-Type that is not in a list', { id: [{ key: KEY, logTypes: 'A' }] }, /logTypes is not a list/],
  [
    'an unknown requirement',
    { id: [{ key: KEY, bodySignature: true }] },
    /bodySignature is neither "required"/,
  ],
  ['an invalid time', { id: [{ key: KEY, expires: 'soon' }] }, /expires is not a time/],
])('%s is reported, without a key', (_, value, problem) => {
  const { problems } = read(value);
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(problems.join()).not.toContain(KEY);
});

test('a wrong key affects only itself', () => {
  const { keys, problems } = read({ id: [KEY, 'wrong!'] });
  expect([keys.get('id')?.length, problems.length]).toEqual([1, 1]);
});

test('one workspace in two spellings has the keys of both', () => {
  const { keys, problems } = read({ 'AB-1': [KEY], 'ab-1': [{ name: 'next', key: KEY }] });
  expect(keys.get('ab-1')?.map(({ name }) => name)).toEqual(['key-1', 'next']);
  expect(problems).toEqual([]);
});

test('problems of the keys are known per workspace', () => {
  const { problemOf } = read({ One: [KEY, 'wrong!'], two: [KEY] });
  expect(problemOf('one')).toMatch(/key 2 of One is not Base64/);
  expect(problemOf('two')).toBeUndefined();
  expect(read('{').problemOf('any')).toMatch(/not a JSON object/);
});
