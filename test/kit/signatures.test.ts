import {
  basicAuthorization,
  canonicalQuery,
  hashBase64,
  hashHex,
  hmacBase64,
  hmacBytes,
  hmacHex,
  rfc2822,
} from '../../shared/kit/signatures';

test('a date is written as RFC 2822 requires, whatever the month and the day', () => {
  expect(rfc2822(new Date('2012-08-21T17:29:18Z'))).toBe('Tue, 21 Aug 2012 17:29:18 -0000');
  expect(rfc2822(new Date('2026-01-02T03:04:05.999Z'))).toBe('Fri, 02 Jan 2026 03:04:05 -0000');
});

describe('parameters in canonical form', () => {
  test.each([
    ['none', [], ''],
    [
      'a blank',
      [
        ['username', 'root'],
        ['realname', 'First Last'],
      ],
      'realname=First%20Last&username=root',
    ],
    [
      'a name that is the beginning of another',
      [
        ['foo_bar', '2'],
        ['foo', '1'],
      ],
      'foo=1&foo_bar=2',
    ],
    [
      'a name twice',
      [
        ['a', 'y'],
        ['a', 'x'],
      ],
      'a=x&a=y',
    ],
    [
      'all punctuation',
      [['p', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']],
      'p=%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E_%60%7B%7C%7D~',
    ],
    ['characters beyond ASCII', [['ü', '森']], '%C3%BC=%E6%A3%AE'],
  ] as const)('hold %s', (_, parameters, text) => {
    expect(canonicalQuery(parameters)).toBe(text);
  });
});

/** @see https://duo.com/docs/adminapi#authentication and the tests of https://github.com/duosecurity/duo_hmac_python */
describe('a request from a vendor’s documentation has the documented signature', () => {
  test('with HMAC-SHA1 over five lines', () => {
    const parameters = canonicalQuery([
      ['realname', 'First Last'],
      ['username', 'root'],
    ]);
    const date = 'Tue, 21 Aug 2012 17:29:18 -0000';
    const lines = [date, 'POST', 'api-xxxxxxxx.duosecurity.com', '/accounts/v1/account/list', parameters];
    const key = 'Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep';
    expect(basicAuthorization('DIWJ8X6AEYOR5OMC6TQ1', hmacHex('sha1', key, lines.join('\n')))).toBe(
      'Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6MmQ5N2Q2MTY2MzE5NzgxYjVhM2EwN2FmMzlkMzY2ZjQ5MTIzNGVkYw==',
    );
  });

  test('with HMAC-SHA512 over seven lines, two of them hashes', () => {
    const date = 'Fri, 24 May 2024 12:00:00 -0000';
    const headers = ['x-duo-bar', 'foo', 'x-duo-date', date, 'x-duo-foo', 'bar'].join('\0');
    const parameters = canonicalQuery([
      ['foo', 'bar'],
      ['one', '1'],
      ['bool', 'true'],
    ]);
    const head = [date, 'GET', 'api-xxxxxxxx.duosecurity.com', '/api/path', parameters];
    const lines = [...head, hashHex('sha512', ''), hashHex('sha512', headers)];
    expect(hmacHex('sha512', 'test'.repeat(10), lines.join('\n'))).toBe(
      'd46556726800415dc78cefc3fb4e11dcf3ee1342904f276ed5c8e3427878bd5376ea6c5551b90bf707fab53f6f1d20a114898898705d28268824edd0be5f1d53',
    );
  });
});

describe('bytes', () => {
  test('are hashed like the text that they encode in UTF-8', () => {
    // printf grün | sha256sum, and | openssl dgst -sha256 -binary | base64
    const hex = 'fe263064ba02eaeac482aaf1309553779bdb78e385cb1374654de293e191d785';
    expect(hashHex('sha256', 'grün')).toBe(hex);
    expect(hashHex('sha256', Buffer.from('grün'))).toBe(hex);
    expect(hashBase64('sha256', Uint8Array.from(Buffer.from('grün')))).toBe(
      '/iYwZLoC6urEgqrxMJVTd5vbeOOFyxN0ZU3ik+GR14U=',
    );
  });

  test('are keys too, even if they encode no text', () => {
    // printf data | openssl dgst -sha256 -mac HMAC -macopt hexkey:00ff80
    const key = Uint8Array.of(0, 255, 128);
    expect(hmacHex('sha256', key, 'data')).toBe(
      '2148e7fb15f87867808b8238d2c745ebf0df4d9bb947ec17c189e0bbdd432a4e',
    );
    expect(hmacBase64('sha256', key, Buffer.from('data'))).toBe(
      'IUjn+xX4eGeAi4I40sdF6/DfTZu5R+wXwYngu91DKk4=',
    );
  });

  // @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
  test('can be chained, each hash the key of the next', () => {
    const chain = ['20150830', 'us-east-1', 'iam', 'aws4_request'];
    const start: string | Uint8Array = 'AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    const key = chain.reduce<string | Uint8Array>((at, part) => hmacBytes('sha256', at, part), start);
    expect(Buffer.from(key).toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    );
  });
});
