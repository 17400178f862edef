import type { HttpRequest } from '../../../shared/contract/http';
import {
  secretsReceived,
  secretsSent,
  type ObservedSecret,
} from '../../../shared/values/secrets/http-secrets';

const sent = (request: Partial<HttpRequest>, url = 'https://x.test/'): string[] =>
  valuesOf(secretsSent(request, new URL(url)));
const received = (body: unknown, headers: Record<string, string> = {}): string[] =>
  valuesOf(answered(body, headers, {}, '/events'));
const answered = (
  body: unknown,
  headers: Record<string, string>,
  request: Partial<HttpRequest>,
  path: string,
): ObservedSecret[] =>
  secretsReceived(
    { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), headers },
    request,
    new URL(path, 'https://x.test'),
  );
const valuesOf = (seen: readonly ObservedSecret[]): string[] =>
  [...new Set(seen.map(({ value }) => value))].sort();
const basic = (text: string): string => Buffer.from(text).toString('base64');

describe('the secrets of a request', () => {
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
    ['a missing credential', { Authorization: 'Bearer undefined' }, []],
    ['a short credential', { Authorization: 'Bearer ab1z9' }, ['ab1z9']],
    ['a credential that is too short', { Authorization: 'Bearer abc' }, []],
    ['a session id of any form', { Cookie: 'sid=abcdefg; theme=darkblue; session=deleted' }, ['abcdefg']],
    [
      'a digest',
      { Authorization: 'Digest username="u", realm="r", nonce="n0nceVALUE1", response="6629fae49393"' },
      [
        '6629fae49393',
        'n0nceVALUE1',
        'username="u", realm="r", nonce="n0nceVALUE1", response="6629fae49393"',
      ],
    ],
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
    [
      'JSON of a login',
      '{"user":"someone-1","pwd":"open","pass":"sesame","pin":481516,"auth":"auth-123","ticket":"ticket-1","sid":"sid-1234","key":"key-1234","order":{"key":"published"}}',
      ['481516', 'auth-123', 'key-1234', 'open', 'sesame', 'sid-1234', 'ticket-1'],
    ],
    ['SOAP', '<e:login xmlns:e="x"><e:password>sesame</e:password></e:login>', ['sesame']],
    ['an assertion', 'assertion=eyJhbGciOi.eyJpc3Mi.c2ln', ['eyJhbGciOi.eyJpc3Mi.c2ln']],
    ['a cursor', '{"pageToken":"abcdef0123456789","next_token":"abcdef0123456789"}', []],
    ['a list', '[{"access_token":"abcdef0123456789"}]', []],
    ['invalid JSON', '{"access_token":"abcdef0123456789"', []],
    [
      'deep JSON',
      `{"token":"abcdef0123456789","x":${'{"x":'.repeat(9_000)}1${'}'.repeat(9_000)}}`,
      ['abcdef0123456789'],
    ],
    [
      'a body larger than any token request',
      `{"access_token":"abcdef0123456789","x":"${'x'.repeat(65_536)}"}`,
      [],
    ],
  ])('of a body: %s', (_, body, secrets) => {
    expect(sent({ body })).toEqual(secrets);
    expect(sent({ body: Buffer.from(body) })).toEqual(secrets);
  });

  test('are found in the query', () => {
    const url =
      'https://x.test/?api_key=0123456789&key=AIza0123456&$skiptoken=0123456789a&sort_key=published';
    expect(sent({}, url)).toEqual(['0123456789', 'AIza0123456']);
  });
});

describe('the secrets of an answer', () => {
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

  test('in its headers are cookies without their attributes, and tokens', () => {
    const headers = {
      'set-cookie':
        'JSESSIONID=0123456789ABCDEF; Path=/console-1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly, lang=en; Max-Age=86400000',
      'x-subject-token': 'gAAAAABVJ',
      'x-next-token': 'abcdef0123',
      'x-chkp-sid': 'abcdef0124',
      etag: 'abcdef0123',
      location: '/reports/1?token=abcdef0125&page=abcdef0126',
    };
    expect(received('', headers)).toEqual(['0123456789ABCDEF', 'abcdef0124', 'abcdef0125', 'gAAAAABVJ']);
    expect(received('', { 'set-cookie': 'sid=abcdefg; Path=/, lang=english' })).toEqual(['abcdefg']);
  });

  test('include a JSON Web Token under any name, and the signature of an address', () => {
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N';
    expect(received({ events: [{ result: jwt }] })).toEqual([jwt]);
    expect(received('', { 'x-anything': `got ${jwt}.` })).toEqual([jwt]);
    const file = 'https://blobs.test/a?sv=1&sig=s1gnature%2Bx&se=2';
    expect(received({ file })).toEqual(['s1gnature+x']);
  });
});

describe('the secrets of a login’s answer', () => {
  const T = 'tk-9f8e7d6c5b4a3210FEDC';
  const login = { method: 'POST' as const, body: '{"user":"u"}' };

  test.each<[string, unknown]>([
    ['a list', [{ token: T }]],
    ['a list within', { data: [{ access_token: T }] }],
    ['a list of resources', { resources: [{ sessionToken: T }] }],
    ['a deep member', JSON.parse(`${'{"a":'.repeat(20)}{"token":"${T}"}${'}'.repeat(20)}`)],
    ['a JSON text', JSON.stringify(T)],
    ['a text', T],
    ['a text with a line end', `${T}\n`],
    ['Base64', 'dGstOWY4ZTdkNmM1YjRhMzIxMEZFREM='],
    ['an element', `<?xml version="1.0"?><response><result><key>${T}</key></result></response>`],
    ['an element of a namespace', `<e:Body><e:sessionToken type="x">${T}</e:sessionToken></e:Body>`],
    ['an element of characters', `<x><sid><![CDATA[${T}]]></sid></x>`],
    ['an attribute', `<session expires="2026-11-29T00:00:00Z" token = "${T}"/>`],
    ...['sid', 'key', 'ticket', 'apiKey', 'value', 'csrf'].map((name): [string, unknown] => [
      name,
      { [name]: T },
    ]),
    ['letters', { access_token: 'abcdefghijk' }],
    ['a number', { token: 1_234_567_890_123 }],
    ['a long number', '{"token":12345678901234567890123}'],
  ])('%s', (_, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const [token = ''] = /tk-\w+|dGst\w+=|abcdefghijk|\d{13,}/.exec(text) ?? [];
    expect(valuesOf(answered(body, {}, login, '/api/v1/begin'))).toEqual([token]);
  });

  test.each<[string, unknown]>([
    ['words', { token: 'required', status: 'accepted', key: 'published' }],
    ['a short credential', { token: 'abc1234' }],
    [
      'a description of a token',
      { token_type: 'BearerToken1', tokenExpiresIn: 1_764_435_812, sessionName: 'abcdef0123' },
    ],
    ['a place with a cursor', { nextPageToken: 'abcdef0123' }],
    ['a text', 'accepted'],
    ['a sentence', 'your session-1 is open'],
    ['a time', '2026-11-29T16:23:32Z'],
    ['a web page', '<html><title>Token0123</title></html>'],
  ])('do not occur in %s', (_, body) => {
    expect(answered(body, {}, login, '/login')).toEqual([]);
  });

  const basic64 = { authorization: `Basic ${basic('me:pass:word')}` };
  test.each<[string, Partial<HttpRequest>, string, string[]]>([
    ['a POST without a token', { method: 'POST' }, '/begin', [T]],
    ['a POST with a password', { method: 'POST', headers: basic64 }, '/begin', [T]],
    ['a POST to a token endpoint', { method: 'POST', headers: { 'x-vault-token': T } }, '/sts/token', [T]],
    ['a GET with a password to a token endpoint', { headers: basic64 }, '/oauth/token', [T]],
    ['a search', { method: 'POST', headers: { authorization: `Bearer ${T}` } }, '/search', []],
    ['a GET', {}, '/oauth/token', []],
    ['a GET with a password', { headers: basic64 }, '/events', []],
  ])('a request is a login or not: %s', (_, request, path, secrets) => {
    expect(valuesOf(answered([{ key: T }], {}, request, path))).toEqual(secrets);
  });

  test('an answer that says how long its token lasts is a login, whatever the request', () => {
    expect(valuesOf(answered({ key: T, expires_in: 3_600 }, {}, {}, '/x'))).toEqual([T]);
  });

  test('a page of records is not a login', () => {
    const records = Array.from({ length: 21 }, (_, n) => ({ sessionId: `abcdef${n}0123` }));
    expect(answered({ records }, {}, login, '/search')).toEqual([]);
  });

  describe('larger than 64 KB', () => {
    const pad = 'x'.repeat(65_536);
    const records = [{ token: 'of-a-rec0rd', text: pad }, { token: 'of-an0ther-record' }];
    test.each<[string, object, string[]]>([
      ['before a list', { auth: { access_token: T }, records }, [T]],
      ['after a list', { records, session: { token: T }, next_token: 'abcdef0123456789' }, [T]],
      ['after a text with brackets', { records, note: '[a] "b" ]', token: T }, [T]],
      ['without a list', { token: T, pad }, [T]],
      ['as a number', { records, token: 123_456_789_012 }, ['123456789012']],
      ['escaped', { token: 'a\n"b\\0123456789é', records }, []],
      ['with codes', { token: 'a"b\\0123456789é', records }, ['a"b\\0123456789é']],
      ['only in a list', { records }, []],
      ['between two lists', { records, token: T, others: records }, []],
      ['of a list', [...records, { token: T }], []],
      [
        'a JSON Web Token at its end',
        { records, x: 'eyJhbGciOi.eyJpc3Mi.c2ln' },
        ['eyJhbGciOi.eyJpc3Mi.c2ln'],
      ],
    ])('are found outside of lists: %s', (_, body, secrets) => {
      expect(received(body)).toEqual(secrets);
      expect(valuesOf(answered(body, {}, login, '/login'))).toEqual(secrets);
    });
  });

  test('which secrets are kept longest, and which no checkpoint may contain', () => {
    const body = { access_token: T, sid: 'sid-0123456789' };
    const headers = { 'set-cookie': 'session=c00kie-1; Path=/' };
    const one = (value: string, isLasting: boolean, isCertain: boolean) => ({ value, isLasting, isCertain });
    expect(answered(body, headers, login, '/begin')).toEqual([
      one('c00kie-1', false, false),
      one(T, true, true),
      one('sid-0123456789', false, false),
    ]);
    expect(answered({ sid: 'sid-0123456789' }, {}, login, '/login')).toEqual([
      one('sid-0123456789', true, false),
    ]);
    expect(
      secretsSent({ headers: { authorization: `Bearer ${T}` } }, new URL('https://x.test/?sid=sid-0123')),
    ).toEqual([one(T, false, true), one('sid-0123', false, false)]);
  });

  test.each([
    ['an element without an end', '<'.repeat(60_000)],
    ['a name without a value', `<${'a'.repeat(60_000)}`],
    ['names', `<x ${'token '.repeat(10_000)}>`],
    ['spaces', `<x token${' '.repeat(60_000)}>`],
    ['the beginnings of tokens', 'eyJ'.repeat(20_000)],
    ['parts of tokens', 'eyJabcdef.'.repeat(6_000)],
    ['a form', 'a%'.repeat(30_000)],
    ['brackets', '['.repeat(60_000)],
    ['quotes', `{"token":${'"'.repeat(200_000)}`],
    ['quotes that are escaped', `{"token":"${'\\"'.repeat(100_000)}`],
    ['names of members', `{${'"token":'.repeat(30_000)}`],
    ['members without an end', `{${'"token":"\\":'.repeat(30_000)}`],
    ['members', `{${'"token":"a",'.repeat(30_000)}`],
  ])('%s takes no noticeable time to search', (_, body) => {
    const begun = process.cpuUsage();
    answered(body, {}, login, '/login');
    const { system, user } = process.cpuUsage(begun);
    expect((user + system) / 1_000).toBeLessThan(500);
  });
});
