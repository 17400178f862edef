import { basicAuthorization, canonicalQuery, hashHex, hmacHex, rfc2822 } from '../../shared/kit/signatures';

test('a date is written as RFC 2822 wants it, whatever the month and the day', () => {
  expect(rfc2822(new Date('2012-08-21T17:29:18Z'))).toBe('Tue, 21 Aug 2012 17:29:18 -0000');
  expect(rfc2822(new Date('2026-01-02T03:04:05.999Z'))).toBe('Fri, 02 Jan 2026 03:04:05 -0000');
});

describe('parameters in their canonical form', () => {
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
      'a name that begins another',
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
    ['what is beyond ASCII', [['ü', '森']], '%C3%BC=%E6%A3%AE'],
  ] as const)('hold %s', (_, parameters, text) => {
    expect(canonicalQuery(parameters)).toBe(text);
  });
});

/** @see https://duo.com/docs/adminapi#authentication and the tests of https://github.com/duosecurity/duo_hmac_python */
describe('a request of a vendor’s documentation is signed as the vendor signs it', () => {
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
