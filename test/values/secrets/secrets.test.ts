import { maskSecrets, secretKeeper, secretsOf, withoutSecrets } from '../../../shared/values/secrets/secrets';

describe('maskSecrets', () => {
  test.each<[string, readonly string[], string]>([
    ['a key-1x b key-1x', ['key-1x'], 'a *** b ***'],
    ['nothing here', ['key-1'], 'nothing here'],
    ['abcdefgh', ['abcd', 'abcdefgh'], '***'],
    ['a.b*cd', ['a.b*cd'], '***'],
    ['$& and $1', ['key-1'], '$& and $1'],
    ['abc', ['abc', ''], 'abc'],
    // Four and five characters are masked only as a whole word.
    ['acme: the acmepus', ['acme'], '***: the acmepus'],
    ['a (1.2$) and 11.2$3', ['1.2$'], 'a (***) and 11.2$3'],
    ['   ', ['    '], '   '],
  ])('changes %j with %j to %j', (text, secrets, masked) => {
    expect(maskSecrets(text, secrets)).toBe(masked);
  });
});

/** Processor time of this process, in milliseconds. */
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
  // Base64 characters that also encode a neighbour's bits may stay.
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
  ['HTML, except one letter', every(ASCII, (code) => (code === '41' ? 'A' : `&#x${code};`))],
  ['hexadecimal digits', Buffer.from(ASCII).toString('hex')],
  ['hexadecimal digits, in upper case', Buffer.from(ASCII).toString('hex').toUpperCase()],
  ['Base64, each letter encoded in HTML', every(base64(ASCII), (code) => `&#x${code};`)],
])('a secret is masked if every character is encoded in %s', (_, text) => {
  expect(maskSecrets(`before %41 ${text} &#x41; after ${text}`, [ASCII])).toBe(
    'before %41 *** &#x41; after ***',
  );
});

const TOKEN = 'Zq/9+tok=En~Secret&7x';
const QUOTED = 'tok"en/12\\n+é-34';
const letters = (text: string, spell: (code: number) => string): string =>
  Array.from(text, (letter) => spell(letter.codePointAt(0) ?? 0)).join('');
const wrapped = (text: string, by = '\n', length = 12): string =>
  text.replace(new RegExp(`.{${length}}(?=.)`, 'gs'), (line) => line + by);
const nested = (text: string, levels: number): string =>
  levels === 0 ? text : nested(JSON.stringify(text).slice(1, -1), levels - 1);
const slashed = (text: string): string => text.replaceAll('/', '\\/');
const bytesOf = (text: string, by: string, before = ''): string =>
  Array.from(Buffer.from(text), (byte) => before + byte.toString(16).padStart(2, '0')).join(by);
/** RFC 2045; line breaks may come between codes, too. */
const quotedPrintable = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      /\w/.test(String.fromCharCode(byte & 127)) && byte < 128
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase()}`,
    )
    .join('');

describe.each([TOKEN, QUOTED])('a secret %j is masked', (secret) => {
  test.each<[string, string]>([
    ...[1, 2, 3, 4, 5].map((levels): [string, string] => [
      `within JSON, ${levels} levels deep, with PHP's slash`,
      nested(slashed(secret), levels),
    ]),
    ['in JSON twice', nested(secret, 2)],
    ['in an address on lines', wrapped(encodeURIComponent(secret), '\r\n', 7)],
    ['on two lines', wrapped(secret)],
    ['on lines of Windows, that begin with blanks', wrapped(secret, '\r\n    ')],
    ['on lines, as JSON', nested(wrapped(secret), 1)],
    ['on lines, as JSON in JSON', nested(wrapped(secret, '\r\n'), 3)],
    ['on lines, in an address', encodeURIComponent(wrapped(secret, '\r\n'))],
    ['on lines, in HTML', wrapped(secret, '&#10;')],
    ['as Base64 on lines', wrapped(base64(secret))],
    ['as Base64 of MIME', wrapped(base64(`${'user'.repeat(15)}:${secret}`), '\r\n', 76)],
    ['as Base64 of PEM, in JSON', nested(wrapped(base64(`${'user'.repeat(15)}:${secret}`), '\n', 64), 1)],
    ...['', 'a', 'ab'].flatMap((user): [string, string][] => [
      [`as Base64 of UTF-16 after ${user.length}`, Buffer.from(user + secret, 'utf16le').toString('base64')],
      [
        `as Base64 of UTF-16 for addresses`,
        Buffer.from(`${user}${secret}?`, 'utf16le').toString('base64url'),
      ],
      [
        `as Base64 of UTF-16, the high byte first, after ${user.length}`,
        Buffer.from(user + secret, 'utf16le')
          .swap16()
          .toString('base64'),
      ],
    ]),
    ['as hexadecimal digits of UTF-16', Buffer.from(secret, 'utf16le').toString('hex')],
    ['with a NUL behind each letter', letters(secret, (code) => `${String.fromCodePoint(code)}\0`)],
    ['as entities without semicolons', letters(secret, (code) => `&#${code}`)],
    [
      'as entities without semicolons, in hexadecimal digits',
      letters(secret, (code) => `&#x${code.toString(16)}`),
    ],
    ['as the same in HTML', letters(secret, (code) => `&amp;#${code}`)],
    ['as quoted-printable', quotedPrintable(secret)],
    ['as quoted-printable on lines', quotedPrintable(secret).replace(/(?:=..|\w){5}/g, '$&=\r\n')],
    ['as hexadecimal digits with spaces', bytesOf(secret, ' ')],
    ['as hexadecimal digits with colons, in upper case', bytesOf(secret, ':').toUpperCase()],
    ['as hexadecimal digits with dashes', bytesOf(secret, '-')],
    ['as a list of hexadecimal digits', bytesOf(secret, ', ', '0x')],
    ['as hexadecimal digits on lines', wrapped(bytesOf(secret, ' '), '\n', 24)],
    ['as hexadecimal digits of both cases', bytesOf(secret, '').replace(/[a-f]/, (one) => one.toUpperCase())],
    ['as code points of JavaScript', letters(secret, (code) => `\\u{${code.toString(16)}}`)],
    ['as code points of Python', letters(secret, (code) => `\\U${code.toString(16).padStart(8, '0')}`)],
    [
      'in full-width letters',
      letters(secret, (code) => String.fromCodePoint(code < 127 ? code + 0xfee0 : code)),
    ],
    ['with zero-width spaces', Array.from(secret).join('\u200b')],
    [
      'with zero-width spaces as JSON',
      Array.from(slashed(secret)).join('\u200b').replaceAll('\u200b', '\\u200b'),
    ],
    ['with joiners and soft hyphens', Array.from(secret).join('\u200d\u00ad\ufeff')],
    ['with each accent apart', secret.normalize('NFD').replace('/', '%2f')],
  ])('%s', (_, text) => {
    const masked = maskSecrets(`before ${text} after`, [secret]);
    // Base64 characters that also encode a neighbour's bits may stay.
    expect(masked).toMatch(/^before .{0,90}\*\*\*.{0,8} after$/s);
    expect(maskSecrets(JSON.stringify({ text: `before ${text} after` }), [secret])).toMatch(
      /before .{0,90}\*\*\*/s,
    );
  });
});

test('octal codes are decoded as in C and JavaScript', () => {
  const text = letters(TOKEN, (code) => `\\${code.toString(8)}`);
  expect(maskSecrets(`before ${text} after`, [TOKEN])).toBe('before *** after');
});

test.each<[string, string, string]>([
  ['n3wline/secret', 'C:\\n3wline/secret\nnext', 'C:***\nnext'],
  ['n3wline/secret', 'C:\\\\n3wline\\/secret', 'C:\\\\***'],
  ['2b/secret', '/log?key=2b%2fsecret&x=1', '/log?key=***&x=1'],
  ['41%41secret', 'a%41%41secret', 'a%***'],
  ['41%41secret', 'key 41%2541secret', 'key ***'],
  ['secret/1=', 'secret%2f1=\nnext', '***\nnext'],
  ['aa-bb-cc-dd', '12-34-aa-bb-cc-dd-ee', '***'],
  ['end-with\\', '{"a":"end-with\\\\\\"x"}', '{"a":"***\\"x"}'],
])('a secret %j that looks encoded itself is masked in %j', (secret, text, masked) => {
  expect(maskSecrets(text, [secret])).toBe(masked);
});

test.each<[string, string]>([
  ['tok3n1', 'tok 3n1 tok-3n1 Tok3n1 tok3n'],
  ['tok en1', 'token1'],
  ['tok3', 'to\nk3'],
  ['tok3', 'xtok3 tok3x'],
  ['2026-11-30', '2026-11-29 30-11-2026 20261130'],
  ['a/b+c=d', 'a b c d abcd'],
])('%j does not mask %j, which is another text', (secret, text) => {
  expect(maskSecrets(text, [secret])).toBe(text);
});

test('a secret of any length and any characters is masked', () => {
  const secret = 'x/y"'.repeat(4_000);
  expect(maskSecrets(`before ${JSON.stringify(slashed(secret))} after`, [secret])).toBe('before "***" after');
});

test.each([
  '\\',
  '\\n',
  '\n',
  '\\101',
  '\\"',
  '\\u0041',
  '\\u{41}',
  '%41',
  '%25',
  '%c3%a9',
  '&#65',
  '&#x41;',
  '&amp;',
  '&',
  '=41',
  '=\r\n',
  '\u200b',
  'Ａ',
  'é',
  'ab ',
  'ab:',
  '0x41,',
  ' ',
])('the cost of masking 64 KB of %j grows only with its length', (part) => {
  const secrets = secretsOf(Array.from({ length: 10 }, (_, n) => `${TOKEN}${n}`));
  const text = part.repeat(65_536 / part.length);
  secrets.mask(text);
  expect(timeOf(() => secrets.mask(text))).toBeLessThan(180);
});

test.each(['"quoted-secret', '/slash-secret', '\\back-secret', 'line\n"secret', 'é-secret', 'plain-secret'])(
  'a JSON line is still JSON without %j',
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
])('a text that nearly repeats a secret of %s takes no noticeable time', (_, repeated, text) => {
  expect(timeOf(() => maskSecrets(text, [`${repeated}!end`]))).toBeLessThan(250);
  expect(maskSecrets(`${text} ${repeated}!end`, [`${repeated}!end`])).toMatch(/\*\*\*$/);
});

test('each long line of a key is also masked alone', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQ==\n-----END KEY-----\n';
  expect(maskSecrets('line 2: MIIEvQIBADANBgkqhkiG9w0B', [key])).toBe('line 2: ***');
});

test('a secret that is added later is masked from then on, and a pull gets its value back', () => {
  const secrets = secretsOf(['the-setting']);
  expect(secrets.mask('obtained-1 the-setting')).toBe('obtained-1 ***');
  expect(secretKeeper(secrets)('obtained-1')).toBe('obtained-1');
  expect(secrets.mask('obtained-1 the-setting')).toBe('*** ***');
});

describe('a secret that is noted during a run', () => {
  const token = (n: number): string => `token-of-hour-${n}-`;
  const passing = (...values: string[]) =>
    values.map((value) => ({ value, isLasting: false, isCertain: false }));
  const lasting = (value: string, isCertain = false) => [{ value, isLasting: true, isCertain }];

  test('is forgotten at a limit: the last 300 hourly tokens and the last hundred signatures are known', () => {
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

  test('and still has to be used outlasts every signature and cookie', () => {
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

  test('is known beyond its run, like those that a pull keeps', () => {
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

  test('is left out if it is longer than any header', () => {
    const secrets = secretsOf([]);
    const long = 'x'.repeat(16_385);
    secrets.note(passing(long));
    expect(secrets.mask(long)).toBe(long);
  });
});

describe('a text contains a secret', () => {
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

  test('a secret that was certain once stays certain, and later ones count too', () => {
    secrets.note([{ value: 'certain-token', isLasting: true, isCertain: false }]);
    secrets.note([{ value: 'maybe-a-cursor-1', isLasting: true, isCertain: true }]);
    expect([secrets.holds('certain-token'), secrets.holds('maybe-a-cursor-1')]).toEqual([true, true]);
  });
});

test('an error keeps its class; its message and its stack contain no secret', () => {
  class OddError extends Error {}
  const error = new OddError('with obtained-1');
  expect(withoutSecrets(error, secretsOf(['obtained-1']))).toBe(error);
  expect(error.message).toBe('with ***');
  expect(error.stack).not.toContain('obtained-1');
  expect(withoutSecrets('obtained-1', secretsOf(['obtained-1']))).toBe('***');
  expect(withoutSecrets(undefined, secretsOf([]))).toBeUndefined();
});
