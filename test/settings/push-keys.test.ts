import { readPushKeys } from '../../shared/settings/push-keys';

const KEY = Buffer.from('a key').toString('base64');
const read = (value: unknown) =>
  readPushKeys({ PUSH_KEYS: typeof value === 'string' ? value : JSON.stringify(value) });

test('none, one or several keys of a workspace, as text alone or with what they may', () => {
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
  ['no JSON', `{"${KEY}`, /^PUSH_KEYS is not a JSON object/],
  ['an array', [KEY], /^PUSH_KEYS is not a JSON object/],
  ['a reference nobody resolved', '@Microsoft.KeyVault(SecretUri=x)', /Key Vault reference/],
  ['no list', { id: KEY }, /the keys of id are not a list/],
  ['no key', { id: [{ name: 'a' }] }, /key 1 of id: key is missing/],
  ['a number', { id: [5] }, /key 1 of id: key is missing/],
  ['no Base64', { id: ['not Base64!'] }, /key 1 of id is not Base64/],
  ['a name that is none', { id: [{ name: 'a\nb', key: KEY }] }, /key 1 of id: name is not at most 60/],
  ['a Log-Type for a list', { id: [{ key: KEY, logTypes: 'A' }] }, /logTypes is not a list/],
  ['another demand', { id: [{ key: KEY, bodySignature: true }] }, /bodySignature is neither "required"/],
  ['a time that is none', { id: [{ key: KEY, expires: 'soon' }] }, /expires is not a time/],
])('%s is told, and no key with it', (_, value, problem) => {
  const { problems } = read(value);
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(problems.join()).not.toContain(KEY);
});

test('a key that is wrong costs only itself', () => {
  const { keys, problems } = read({ id: [KEY, 'wrong!'] });
  expect([keys.get('id')?.length, problems.length]).toEqual([1, 1]);
});

test('one workspace in two spellings has the keys of both', () => {
  const { keys, problems } = read({ 'AB-1': [KEY], 'ab-1': [{ name: 'next', key: KEY }] });
  expect(keys.get('ab-1')?.map(({ name }) => name)).toEqual(['key-1', 'next']);
  expect(problems).toEqual([]);
});

test('what is wrong with the keys is known of each workspace', () => {
  const { problemOf } = read({ One: [KEY, 'wrong!'], two: [KEY] });
  expect(problemOf('one')).toMatch(/key 2 of One is not Base64/);
  expect(problemOf('two')).toBeUndefined();
  expect(read('{').problemOf('any')).toMatch(/not a JSON object/);
});
