import { authorized, type Http } from '../../../shared';
import type { Auth } from '../../../shared/contract/auth';
import type { HttpRequest } from '../../../shared/contract/http';
import { authSettingProblems } from '../../../shared/kit/auth/auth-settings';
import { secret, text } from '../../../shared/kit/define-connector';
import { rest } from '../../../shared/kit/rest/rest';
import { pullContext, readAll, scriptedHttp } from '../../fakes/scripted-http';

const origin = 'https://vendor.test';
const settings = { url: origin, user: 'ä@x.test', site: '', token: 'kéy&1' };
const spec = {
  base: 'url',
  path: '/logs',
  records: 'items',
  next: { kind: 'link' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
} as const;

async function sentWith(auth: Auth, request: Partial<HttpRequest> = {}, values: object = {}) {
  const http = scriptedHttp(origin, [{ body: {} }]);
  const context = pullContext(http, { settings: { ...settings, ...values } });
  await authorized(context, auth).request({ url: `${origin}/logs`, ...request });
  return http.asked[0];
}

test.each<[string, Auth, object]>([
  ['bearer', { kind: 'bearer', setting: 'token' }, { headers: { authorization: 'Bearer kéy&1' } }],
  ['header', { kind: 'header', header: 'X-Key', setting: 'token' }, { headers: { 'x-key': 'kéy&1' } }],
  [
    'header',
    { kind: 'header', header: 'X-Keys', prefix: 'user={user};key=', setting: 'token' },
    { headers: { 'x-keys': 'user=ä@x.test;key=kéy&1' } },
  ],
  ['query', { kind: 'query', name: 'key', setting: 'token' }, { query: { key: 'kéy&1' } }],
  [
    'basic',
    { kind: 'basic', user: '{user}/token', password: '{token}' },
    // printf 'ä@x.test/token:kéy&1' | base64
    { headers: { authorization: 'Basic w6RAeC50ZXN0L3Rva2VuOmvDqXkmMQ==' } },
  ],
  // printf 'kéy&1:X' | base64
  [
    'basic',
    { kind: 'basic', user: '{token}', password: 'X' },
    { headers: { authorization: 'Basic a8OpeSYxOlg=' } },
  ],
  // printf ':kéy&1' | base64
  [
    'basic',
    { kind: 'basic', user: '{site}', password: '{token}' },
    { headers: { authorization: 'Basic OmvDqXkmMQ==' } },
  ],
])('a request in code gets its credential: %s %j', async (_, auth, parts) => {
  expect(await sentWith(auth)).toMatchObject(parts);
});

test('what the request itself sets stays', async () => {
  const request = {
    headers: { accept: 'text/csv' },
    query: { limit: 1 },
    method: 'POST',
    body: 'x',
  } as const;
  expect(await sentWith({ kind: 'query', name: 'key', setting: 'token' }, request)).toEqual({
    url: `${origin}/logs`,
    ...request,
    query: { limit: 1, key: 'kéy&1' },
  });
  const twice = sentWith({ kind: 'bearer', setting: 'token' }, { headers: { Authorization: 'x' } });
  await expect(twice).rejects.toThrow('auth sets the header authorization, and headers declares it too');
});

test.each(['a:b', 'a\nb', '\u0085'])(
  'a user name that Basic cannot encode is a SettingError: %j',
  async (user) => {
    const sent = sentWith({ kind: 'basic', user: '{user}', password: '{token}' }, {}, { user });
    await expect(sent).rejects.toMatchObject({
      name: 'SettingError',
      message: expect.stringContaining('user') as string,
    });
  },
);

test('a key in the query is on every page, even where a next link replaces the query', async () => {
  const link = { link: '</logs?after=1>; rel="next"' };
  const http = scriptedHttp(origin, [{ body: { items: [] }, headers: link }, { body: { items: [] } }]);
  const auth = { kind: 'query', name: 'key', setting: 'token' } as const;
  await readAll(rest({ ...spec, auth }), pullContext(http, { settings }));
  expect(http.asked.map(({ query, url }) => [url, query?.['key']])).toEqual([
    [`${origin}/logs`, 'kéy&1'],
    [`${origin}/logs?after=1`, 'kéy&1'],
  ]);
});

test.each<[string, unknown]>([
  ['auth.kind', { kind: 'cookie' }],
  ['auth.setting', { kind: 'query', name: 'key' }],
  ['auth.name', { kind: 'query', name: '', setting: 'token' }],
  ['auth.name', { kind: 'query', name: '{token}', setting: 'token' }],
  ['auth.user', { kind: 'basic', password: '{token}' }],
  ['auth.user', { kind: 'basic', user: '{since}', password: '{token}' }],
  ['auth.setting', { kind: 'basic', user: '{user}', setting: 'token' }],
  ['query.since', { kind: 'query', name: 'since', setting: 'token' }],
  ['headers.Authorization', { kind: 'basic', user: '{user}' }],
])('a declaration that cannot work is refused at load: %s %j', (member, auth) => {
  const headers = member.startsWith('headers') ? { Authorization: 'x' } : {};
  const declare = () => rest({ ...spec, headers, auth: auth as Auth });
  expect(declare).toThrow(`reading a REST declaration: ${member}: `);
});

test.each<[string, Auth]>([
  ['auth names nobody, which is not a setting', { kind: 'basic', user: '{nobody}', password: '{token}' }],
  ['auth names no secret setting', { kind: 'basic', user: '{user}', password: 'X' }],
  ['auth.user is the text user. Write {user}', { kind: 'basic', user: 'user', password: '{token}' }],
  ['auth names user, which is not a secret setting', { kind: 'query', name: 'key', setting: 'user' }],
])('a credential requires declared settings, one of them secret: %s', (because, auth) => {
  const declared = { user: text('A user.'), token: secret('A token.') };
  expect(authSettingProblems('acme', auth, declared)).toEqual([expect.stringContaining(because)]);
});

test('the compiler checks the names of a pull’s settings', () => {
  const http: Http = scriptedHttp(origin, []);
  const context = { ...pullContext(http), settings: { url: origin, token: 'x' } };
  authorized(context, { kind: 'basic', user: 'api', password: '{token}' });
  // @ts-expect-error the pull has no setting key
  authorized(context, { kind: 'bearer', setting: 'key' });
  // @ts-expect-error the pull has no setting user
  authorized(context, { kind: 'basic', user: '{user}', password: '{token}' });
  // @ts-expect-error the pull has no setting user
  authorized(context, { kind: 'header', header: 'X-Keys', prefix: '{user};', setting: 'token' });
  expect(http).toBeDefined();
});
