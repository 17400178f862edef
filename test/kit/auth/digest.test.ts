import { authorized, SettingError } from '../../../shared';
import type { PullContext } from '../../../shared/contract/connector';
import type { HttpRequest, HttpResponse } from '../../../shared/contract/http';
import { digestParameters, digestResponse, readChallenge } from '../../../shared/kit/auth/digest';
import { rest } from '../../../shared/kit/rest/rest';
import { dropChallenges } from '../../../shared/kit/auth/with-digest';
import { pullContext } from '../../fakes/scripted-http';

const url = 'https://vendor.test/dir?a=1';
const settings = { url, user: 'Mufasa', password: 'Circle of Life' };
const auth = { kind: 'digest', user: '{user}', password: '{password}' } as const;

beforeEach(dropChallenges);

/** @see RFC 7616, section 3.9.1 */
const example = {
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  nc: '00000001',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('the response of the RFC’s example by %s', (algorithm, response) => {
  const request = { method: 'GET', uri: '/dir/index.html' };
  expect(digestResponse({ ...example, algorithm }, request, 'Mufasa', 'Circle of Life')).toBe(response);
});

test.each<[string, object]>([
  [
    'Digest realm="a, b", qop="auth, auth-int", algorithm=SHA-256, nonce="n", opaque="o", stale=TRUE',
    { realm: 'a, b', nonce: 'n', opaque: 'o', algorithm: 'SHA-256', isStale: true, hasHashedUser: false },
  ],
  ['Digest realm="a",nonce="n",qop=auth', { nonce: 'n', algorithm: undefined, isStale: false }],
  ['Basic realm="b", Digest realm="a", nonce="n", qop="auth", algorithm=md5-sess', { realm: 'a' }],
  [
    'Digest realm="a", nonce="n", qop="auth", algorithm=SHA-512-256, Digest realm="a", nonce="m", qop="auth", algorithm=MD5',
    { nonce: 'm' },
  ],
])('the challenge %s is parsed', (header, challenge) => {
  expect(readChallenge(header)).toMatchObject(challenge);
});

test.each([
  'Digest realm="a", nonce="n", qop="auth-int"',
  'Digest realm="a", nonce="n"',
  'Digest realm="a", qop="auth"',
  'Bearer realm="a"',
])('a challenge that cannot be answered is ignored: %s', (header) => {
  expect(readChallenge(header)).toBeUndefined();
});

/** A vendor with the nonces `n1`, `n2` and so on, which takes the newest only. */
function vendor({ header = (nonce: string) => `Digest realm="r", qop="auth", nonce="${nonce}"` } = {}) {
  const seen: string[] = [];
  let nonces = 1;
  let isRefusing = false;
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      const { headers = {} } = (await request.perAttempt?.()) ?? {};
      const { nc, nonce = '' } = digestParameters(headers['authorization'] ?? '');
      seen.push(nonce === '' ? 'none' : `${nonce}/${Number(nc)}`);
      const isTaken = nonce === `n${nonces}` && !isRefusing;
      const stale = !isRefusing && nonce !== '' ? ', stale=true' : '';
      const challenge = header(`n${nonces}`) + stale;
      const response = {
        status: isTaken ? 200 : 401,
        headers: isTaken ? {} : { 'www-authenticate': challenge },
        body: new Uint8Array(),
        json: () => ({}),
      };
      if (isTaken || request.accept?.includes(401) === true) return response;
      request.refuses?.(response);
      throw new SettingError('asking: 401', { status: 401 });
    },
  };
  const context: PullContext & { settings: typeof settings } = { ...pullContext(http), settings };
  return {
    http: authorized(context, auth),
    seen,
    end: () => nonces++,
    refuse: () => void (isRefusing = true),
  };
}

test('a challenge is requested once, and each request increments the nonce count', async () => {
  const { http, seen } = vendor();
  for (let i = 0; i < 3; i++) await http.request({ url });
  expect(seen).toEqual(['none', 'n1/1', 'n1/2', 'n1/3']);
});

test('an expired nonce is replaced', async () => {
  const { end, http, seen } = vendor();
  await http.request({ url });
  end();
  await expect(http.request({ url })).resolves.toMatchObject({ status: 200 });
  expect(seen).toEqual(['none', 'n1/1', 'n1/2', 'n2/1']);
});

test('a refused user is a SettingError, after one answer to one challenge', async () => {
  const { http, refuse, seen } = vendor();
  refuse();
  await expect(http.request({ url })).rejects.toMatchObject({ name: 'SettingError', status: 401 });
  expect(seen).toEqual(['none', 'n1/1']);
  await expect(http.request({ url, accept: [401] })).resolves.toMatchObject({ status: 401 });
});

test('a 401 without a Digest challenge is a SettingError', async () => {
  const { http, seen } = vendor({ header: () => 'Bearer realm="r"' });
  await expect(http.request({ url })).rejects.toMatchObject({ name: 'SettingError' });
  expect(seen).toEqual(['none']);
});

test('the answer covers path and query as they are sent, and the user name may have any characters', async () => {
  let sent: string | undefined;
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      expect(request.accept).toEqual([401]);
      sent = (await request.perAttempt?.())?.headers?.['authorization'];
      const headers = {
        'www-authenticate': 'Digest realm="r", qop="auth", nonce="n", opaque="o", userhash=false',
      };
      return { status: sent === undefined ? 401 : 200, headers, body: new Uint8Array(), json: () => ({}) };
    },
  };
  const context = { ...pullContext(http), settings: { ...settings, user: 'Jäsøn' } };
  await authorized(context, auth).request({ url, accept: [401], query: { since: '2026-11-01T00:00:00Z' } });
  expect(sent).toContain(
    'username*=UTF-8\'\'J%C3%A4s%C3%B8n, realm="r", uri="/dir?a=1&since=2026-11-01T00%3A00%3A00Z"',
  );
  expect(sent).toContain('opaque="o"');
});

test('a declaration that cannot work is refused at load', () => {
  const spec = {
    base: 'url',
    path: '/logs',
    records: 'items',
    next: { kind: 'link' },
    stop: { on: 'no-next' },
    resume: 'time',
    since: { in: 'query', name: 'since' },
  } as const;
  expect(() => rest({ ...spec, auth: { kind: 'digest' } as never })).toThrow('declaration: auth.user: ');
  const headers = { Authorization: 'x' };
  expect(() => rest({ ...spec, auth, headers })).toThrow('declaration: headers.Authorization: ');
});
