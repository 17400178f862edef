import type { HttpRequest } from '../../shared/contract/http';
import { secretsReceived, secretsSent } from '../../shared/kit/secrets-seen';

const sent = (request: Partial<HttpRequest>, url = 'https://x.test/'): string[] =>
  secretsSent(request, new URL(url)).sort();
const received = (body: unknown, headers: Record<string, string> = {}): string[] =>
  secretsReceived({
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    headers,
  }).sort();
const basic = (text: string): string => Buffer.from(text).toString('base64');

describe('of a request', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['a scheme and a token', { Authorization: 'Bearer a-token' }, ['a-token']],
    ['a token alone', { authorization: 'a-token' }, ['a-token']],
    ['for a proxy', { 'Proxy-Authorization': 'Bearer a-token' }, ['a-token']],
    ['a password', { Authorization: `Basic ${basic('me:pass:word')}` }, [basic('me:pass:word'), 'pass:word']],
    ['an API key', { 'X-Api-Key': 'a-token' }, ['a-token']],
    ['a key', { 'X-Auth-Key': 'a-token', 'PRIVATE-TOKEN': 'b-token' }, ['a-token', 'b-token']],
    [
      'keys',
      { 'X-ApiKeys': 'accessKey=0123456789; secretKey=abcdef0123' },
      ['0123456789', 'abcdef0123', 'accessKey=0123456789; secretKey=abcdef0123'],
    ],
    ['cookies', { Cookie: 'sid=s3cr3t-cookie; lang=en' }, ['s3cr3t-cookie']],
    ['no credential', { Accept: 'application/json', 'X-Request-Id': 'a1b2c3d4e5f6' }, []],
    ['one that is not there', { Authorization: 'Bearer undefined' }, []],
    ['one that is too short', { Authorization: 'Bearer abc' }, []],
  ])('%s', (_, headers, secrets) => {
    expect(sent({ headers })).toEqual([...secrets].sort());
  });

  test.each<[string, string, string[]]>([
    [
      'a form',
      'grant_type=client_credentials&client_id=the-client-1&client_secret=p%2Fw+%22x&scope=read',
      ['p/w "x'],
    ],
    ['JSON', '{"auth":{"refresh_token":"r3fresh-it","token_type":"bearer-11"}}', ['r3fresh-it']],
    ['an assertion', 'assertion=eyJhbGciOi.eyJpc3Mi.c2ln', ['eyJhbGciOi.eyJpc3Mi.c2ln']],
    ['a cursor', '{"pageToken":"abcdef0123456789","next_token":"abcdef0123456789"}', []],
    ['a list', '[{"access_token":"abcdef0123456789"}]', []],
    ['no JSON', '{"access_token":"abcdef0123456789"', []],
    [
      'deep JSON',
      `{"token":"abcdef0123456789","x":${'{"x":'.repeat(9_000)}1${'}'.repeat(9_000)}}`,
      ['abcdef0123456789'],
    ],
    ['more than a token’s request', `{"access_token":"abcdef0123456789","x":"${'x'.repeat(65_536)}"}`, []],
  ])('of a body: %s', (_, body, secrets) => {
    expect(sent({ body })).toEqual(secrets);
    expect(sent({ body: Buffer.from(body) })).toEqual(secrets);
  });

  test('of the query', () => {
    const url =
      'https://x.test/?api_key=0123456789&key=AIza0123456&$skiptoken=0123456789a&sort_key=published';
    expect(sent({}, url)).toEqual(['0123456789', 'AIza0123456']);
  });
});

describe('of an answer', () => {
  test.each<[string, unknown, string[]]>([
    [
      'OAuth',
      {
        access_token: 'acc3ss-token',
        refresh_token: 'r3fresh-token',
        id_token: 'eyJ0eXAiOi.eyJpc3Mi.c2ln',
        token_type: 'Bearer',
        expires_in: 3_600,
        scope: 'read-everything-1',
      },
      ['acc3ss-token', 'eyJ0eXAiOi.eyJpc3Mi.c2ln', 'r3fresh-token'],
    ],
    ['one of a kind of its own', { data: { sessionKey: 'abcdef0123' } }, ['abcdef0123']],
    [
      'a form, as GitHub answers',
      'access_token=gho_16C7e42F292c&scope=repo&token_type=bearer',
      ['gho_16C7e42F292c'],
    ],
    ['words', { token: 'required', password: 'expired', session: 'is over since 12:00' }, []],
    ['a page of events', { events: [{ sessionId: 'abcdef0123' }], nextPageToken: 'abcdef0123' }, []],
    ['a web page', '<html>token</html>', []],
    ['nothing', '', []],
  ])('%s', (_, body, secrets) => {
    expect(received(body)).toEqual(secrets);
  });

  test('of its headers: cookies without their attributes, and tokens', () => {
    const headers = {
      'set-cookie':
        'JSESSIONID=0123456789ABCDEF; Path=/console-1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly, lang=en; Max-Age=86400000',
      'x-subject-token': 'gAAAAABVJ',
      'x-next-token': 'abcdef0123',
      etag: 'abcdef0123',
    };
    expect(received('', headers)).toEqual(['0123456789ABCDEF', 'gAAAAABVJ']);
  });
});
