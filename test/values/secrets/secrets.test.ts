import { maskSecrets, secretKeeper, secretsOf, withoutSecrets } from '../../../shared/values/secrets/secrets';

describe('maskSecrets', () => {
  test.each<[string, readonly string[], string]>([
    ['a key-1x b key-1x', ['key-1x'], 'a *** b ***'],
    ['nothing here', ['key-1'], 'nothing here'],
    ['abcdefgh', ['abcd', 'abcdefgh'], '***'],
    ['a.b*cd', ['a.b*cd'], '***'],
    ['$& and $1', ['key-1'], '$& and $1'],
    ['abc', ['abc', ''], 'abc'],
    // Four and five characters are masked as a word alone.
    ['okta: the oktapus', ['okta'], '***: the oktapus'],
    ['a (1.2$) and 11.2$3', ['1.2$'], 'a (***) and 11.2$3'],
    ['   ', ['    '], '   '],
  ])('makes of %j with %j: %j', (text, secrets, masked) => {
    expect(maskSecrets(text, secrets)).toBe(masked);
  });
});

/** Of this process's processor, in milliseconds. */
function timeOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { system, user } = process.cpuUsage(before);
  return (system + user) / 1_000;
}

const SECRET = `p/w "1"\\n+é'&!~(<7`;
const hex = (text: string): string => text.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase());
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, string]>([
  ['as it is', SECRET],
  ['in an address', encodeURIComponent(SECRET)],
  ['in an address, in lower case', hex(encodeURIComponent(SECRET))],
  ['in an address within an address', encodeURIComponent(encodeURIComponent(SECRET))],
  ['in a form', new URLSearchParams({ a: SECRET }).toString()],
  ['in the query of an address', new URL(`https://x.test/?a=${encodeURIComponent(SECRET)}`).search],
  ['in JSON', JSON.stringify({ a: SECRET })],
  ['in JSON in JSON', JSON.stringify({ a: JSON.stringify({ a: SECRET }) })],
  ['in the JSON of PHP', `"p\\/w \\"1\\"\\\\n+\\u00e9'&!~(<7"`],
  ['in the JSON of Go', `"p/w \\"1\\"\\\\n+é'\\u0026!~(\\u003c7"`],
  ['in HTML', `p/w &quot;1&quot;\\n+é'&amp;!~(&lt;7`],
  ['in Base64', base64(SECRET)],
  ...['', 'a', 'ab', 'user'].flatMap((user): [string, string][] => [
    [`in Basic after ${user.length} characters`, base64(`${user}:${SECRET}`)],
    [`in Basic before ${user.length} characters`, base64(`${SECRET}:${user}`)],
    [`in Base64 for addresses after ${user.length}`, Buffer.from(`${user}:${SECRET}`).toString('base64url')],
  ]),
])('a secret is masked %s', (_, text) => {
  const masked = maskSecrets(`before ${text} after`, [SECRET]);
  expect(masked).toMatch(/^before .*\*\*\*.* after$/s);
  // Of Base64 the characters that are shared with a neighbour may stay.
  for (const part of ['p/w', 'p%2', 'p\\/w', base64(SECRET).slice(2, 10)]) expect(masked).not.toContain(part);
});

const every = (text: string, spell: (code: string) => string): string =>
  [...Buffer.from(text)].map((byte) => spell(byte.toString(16).padStart(2, '0'))).join('');
const ASCII = 'p/w-"1"+Az_9';

test.each<[string, string]>([
  ['percent', every(ASCII, (code) => `%${code}`)],
  ['percent in percent', every(ASCII, (code) => `%25${code.toUpperCase()}`)],
  ['JSON', every(ASCII, (code) => `\\u00${code}`)],
  ['JSON in JSON', every(ASCII, (code) => `\\\\u00${code.toUpperCase()}`)],
  ['JavaScript', every(ASCII, (code) => `\\x${code}`)],
  ['HTML', every(ASCII, (code) => `&#x${code};`)],
  ['HTML in decimal', every(ASCII, (code) => `&#${parseInt(code, 16)};`)],
  ['HTML in HTML', every(ASCII, (code) => `&amp;#x00${code};`)],
  ['HTML by names', 'p&sol;w-&quot;1&quot;&plus;Az&lowbar;9'],
  [
    'HTML by names, in HTML twice',
    'p&amp;amp;sol;w-&amp;amp;quot;1&amp;amp;quot;&amp;amp;plus;Az&amp;amp;lowbar;9',
  ],
  ['HTML in an address', every(ASCII, (code) => encodeURIComponent(`&#x${code};`))],
  ['an address in JSON', every(ASCII, (code) => `\\u0025${code}`)],
  ['percent with u', every(ASCII, (code) => `%u00${code}`)],
  ['HTML, but for a letter', every(ASCII, (code) => (code === '41' ? 'A' : `&#x${code};`))],
  ['hexadecimal digits', Buffer.from(ASCII).toString('hex')],
  ['hexadecimal digits, in upper case', Buffer.from(ASCII).toString('hex').toUpperCase()],
  ['Base64, each letter a code of HTML', every(base64(ASCII), (code) => `&#x${code};`)],
])('a secret is masked whose every character is a code of %s', (_, text) => {
  expect(maskSecrets(`before %41 ${text} &#x41; after ${text}`, [ASCII])).toBe(
    'before %41 *** &#x41; after ***',
  );
});

test.each(['"quoted-secret', '/slash-secret', '\\back-secret', 'line\n"secret', 'é-secret', 'plain-secret'])(
  'a line of JSON is JSON still without %j',
  (secret) => {
    for (const before of ['', '\\', '\\\\', '\\\\\\', '"']) {
      const spelled =
        before + secret.replace(/./gs, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
      for (const text of [before + secret, JSON.stringify({ a: before + secret }), spelled]) {
        const masked = maskSecrets(JSON.stringify({ text }), [secret]);
        expect((JSON.parse(masked) as { text: string }).text).toContain('***');
      }
    }
  },
);

test.each<[string, string, string]>([
  ['backslashes', '\\'.repeat(40), '\\'.repeat(400)],
  ['backslashes before quotation marks', '\\"'.repeat(40), '\\\\\\"'.repeat(400)],
  ['quotation marks', '"'.repeat(40), '\\"'.repeat(400)],
  ['percent signs', '%'.repeat(40), '%252525'.repeat(400)],
  ['ampersands', '&'.repeat(40), '&amp;'.repeat(400)],
  ['line breaks', '\n'.repeat(40), '\\n'.repeat(400)],
])('a text that nearly repeats a secret of %s is read in no time', (_, repeated, text) => {
  expect(timeOf(() => maskSecrets(text, [`${repeated}!end`]))).toBeLessThan(250);
  expect(maskSecrets(`${text} ${repeated}!end`, [`${repeated}!end`])).toMatch(/\*\*\*$/);
});

test('each long line of a key is masked alone too', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQ==\n-----END KEY-----\n';
  expect(maskSecrets('line 2: MIIEvQIBADANBgkqhkiG9w0B', [key])).toBe('line 2: ***');
});

test('what is added later is masked from then on, and a pull gets its value back', () => {
  const secrets = secretsOf(['the-setting']);
  expect(secrets.mask('obtained-1 the-setting')).toBe('obtained-1 ***');
  expect(secretKeeper(secrets)('obtained-1')).toBe('obtained-1');
  expect(secrets.mask('obtained-1 the-setting')).toBe('*** ***');
});

describe('what is noted', () => {
  const token = (n: number): string => `token-of-hour-${n}-`;
  const passing = (...values: string[]) =>
    values.map((value) => ({ value, isLasting: false, isCertain: false }));
  const lasting = (value: string, isCertain = false) => [{ value, isLasting: true, isCertain }];

  test('is bounded: of a year of hourly tokens the last 300 are known, of signatures the last hundred', () => {
    const secrets = secretsOf(['the-setting']);
    for (let hour = 0; hour < 8_760; hour++) {
      secrets.note(lasting(token(hour)));
      secrets.note(passing(`signature-${hour}-`));
    }
    const masked = (text: string): boolean => secrets.mask(text) === '***';
    expect([8_759, 8_460, 8_459, 0].map((hour) => masked(token(hour)))).toEqual([true, true, false, false]);
    expect([8_759, 8_660, 8_659, 0].map((hour) => masked(`signature-${hour}-`))).toEqual([
      ...[true, true, false, false],
    ]);
    expect(secrets.mask('the-setting')).toBe('***');
  });

  test('a token that waits for its use outlasts every signature and cookie', () => {
    const secrets = secretsOf([]);
    secrets.note(lasting('the-refresh-token'));
    for (let request = 0; request < 500; request++) secrets.note(passing(`signature-${request}-`));
    expect(secrets.mask('the-refresh-token')).toBe('***');
  });

  test('stays as long as it is used', () => {
    const secrets = secretsOf([]);
    for (let request = 0; request < 500; request++)
      secrets.note(passing('the-used-token', `signature-${request}-`));
    expect(secrets.mask('the-used-token')).toBe('***');
  });

  test('is known to what outlives the run too, as is what a pull keeps', () => {
    const wider = secretsOf([]);
    const secrets = secretsOf([], wider);
    secrets.note(passing('noted-token'));
    secrets.add('added-token');
    expect(wider.mask('noted-token added-token')).toBe('*** ***');
    for (let n = 0; n < 999; n++) secrets.add(token(n));
    expect(wider.mask('added-token')).toBe('added-token');
    expect(secrets.mask('added-token')).toBe('***');
    secrets.add('one-more-token');
    expect(secrets.mask('added-token one-more-token')).toBe('added-token ***');
  });

  test('is no body: longer than any header, it is left out', () => {
    const secrets = secretsOf([]);
    const long = 'x'.repeat(16_385);
    secrets.note(passing(long));
    expect(secrets.mask(long)).toBe(long);
  });
});

describe('a text holds a secret', () => {
  const secrets = secretsOf(['the+setting', 'short']);
  secrets.add('added-token');
  secrets.note([
    { value: 'certain-token', isLasting: true, isCertain: true },
    { value: 'maybe-a-cursor-1', isLasting: true, isCertain: false },
  ]);

  test.each([
    ['the+setting', true],
    ['/log?key=the%2bsetting&page=2', true],
    [Buffer.from('{"key":"the+setting"}').toString('base64'), true],
    ['added-token', true],
    ['certain-token', true],
    ['maybe-a-cursor-1', false],
    ['short', false],
    ['the setting', false],
  ])('%s: %s', (text, holds) => {
    expect(secrets.holds(text)).toBe(holds);
  });

  test('what is certain once stays so, and what is noted later counts', () => {
    secrets.note([{ value: 'certain-token', isLasting: true, isCertain: false }]);
    secrets.note([{ value: 'maybe-a-cursor-1', isLasting: true, isCertain: true }]);
    expect([secrets.holds('certain-token'), secrets.holds('maybe-a-cursor-1')]).toEqual([true, true]);
  });
});

test('an error keeps its kind; its words, and those of its stack, hold no secret', () => {
  class OddError extends Error {}
  const error = new OddError('with obtained-1');
  expect(withoutSecrets(error, secretsOf(['obtained-1']))).toBe(error);
  expect(error.message).toBe('with ***');
  expect(error.stack).not.toContain('obtained-1');
  expect(withoutSecrets('obtained-1', secretsOf(['obtained-1']))).toBe('***');
  expect(withoutSecrets(undefined, secretsOf([]))).toBeUndefined();
});
