import { authorized, SettingError } from '../../../shared';
import type { Session } from '../../../shared/contract/auth';
import type { PullContext } from '../../../shared/contract/connector';
import type { HttpRequest, HttpResponse } from '../../../shared/contract/http';
import { inSession } from '../../../shared/kit/auth/authorized';
import { rest } from '../../../shared/kit/rest/rest';
import { dropTokens } from '../../../shared/kit/auth/tokens';
import { pullContext } from '../../fakes/scripted-http';

const url = 'https://vendor.test';
const settings = { url, user: 'me', none: '', password: 's:cr+t' };
const byJson = {
  kind: 'session',
  login: { path: '/login', parameters: { name: '{user}', password: '{password}', domain: '{none}' } },
  token: { from: 'data.token' },
  send: { in: 'header', name: 'X-Auth-Token', prefix: 'Token ' },
} as const satisfies Session;
const ending = { ...byJson, logout: { path: '/logout' } } as const satisfies Session;

beforeEach(dropTokens);

/** A vendor that begins the sessions `session-1`, `session-2` and so on. */
function vendor({ now = () => new Date(0) }: { now?: () => Date } = {}) {
  const asked: HttpRequest[] = [];
  const refused = new Set<string>();
  const run = new AbortController();
  let begun = 0;
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      asked.push(request);
      await Promise.resolve();
      const { headers = {} } = request;
      if (refused.has(headers['x-auth-token'] ?? '')) throw new SettingError('asking: 401', { status: 401 });
      const value = request.url.endsWith('/login') ? `session-${++begun}` : '';
      const cookies = `theme=dark; Path=/, SID=${value}; Expires=Wed, 09 Jun 2027 10:18:14 GMT; HttpOnly`;
      return {
        status: 200,
        headers: { 'x-session': value, 'set-cookie': cookies },
        body: new Uint8Array(),
        json: () => ({ data: { token: value } }),
      };
    },
  };
  const masked: string[] = [];
  const secret = (value: string): string => (masked.push(value), value);
  const context = (): PullContext & { settings: typeof settings } => ({
    ...pullContext(http, { now, secret, signal: run.signal }),
    settings,
  });
  const paths = () => asked.map(({ method = 'GET', url: to }) => `${method} ${to.slice(url.length)}`);
  return { asked, context, masked, paths, refused, run };
}

test('a login gives a token, which each request sends, masked', async () => {
  const { asked, context, masked, paths } = vendor();
  const http = authorized(context(), byJson);
  await http.request({ url });
  await http.request({ url });
  expect(paths()).toEqual(['POST /login', 'GET ', 'GET ']);
  expect(JSON.parse(String(asked[0]?.body))).toEqual({ name: 'me', password: 's:cr+t' });
  expect(asked[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  expect(asked[2]?.headers).toEqual({ 'x-auth-token': 'Token session-1' });
  expect(masked).toContain('session-1');
});

test.each<[string, Pick<Session, 'token' | 'send'>, object]>([
  [
    'a header',
    { token: { header: 'X-Session' }, send: { in: 'header', name: 'Authorization' } },
    { authorization: 'session-1' },
  ],
  [
    'a cookie',
    { token: { cookie: 'SID' }, send: { in: 'cookie', name: 'SID' } },
    { cookie: 'SID=session-1' },
  ],
])('the token may be in %s', async (_, places, headers) => {
  const { asked, context } = vendor();
  await authorized(context(), { ...byJson, ...places }).request({ url });
  expect(asked[1]?.headers).toEqual(headers);
});

test('a login may be a form, or HTTP Basic without a body', async () => {
  const { asked, context } = vendor();
  await authorized(context(), { ...byJson, login: { ...byJson.login, body: 'form' } }).request({ url });
  expect(asked[0]?.body).toBe('name=me&password=s%3Acr%2Bt');
  const basic = { user: '{user}', password: '{password}' } as const;
  await authorized(context(), { ...byJson, login: { path: '/login', basic } }).request({ url });
  // printf 'me:s:cr+t' | base64
  expect(asked[2]).toMatchObject({ headers: { authorization: 'Basic bWU6czpjcit0' } });
  expect(asked[2]).not.toHaveProperty('body');
});

test('a session that the vendor ended is renewed once', async () => {
  const { context, paths, refused } = vendor();
  const http = authorized(context(), ending);
  await http.request({ url });
  refused.add('Token session-1');
  await http.request({ url });
  // The ended session is not logged out.
  expect(paths()).toEqual(['POST /login', 'GET ', 'GET ', 'POST /login', 'GET ']);
  refused.add('Token session-2').add('Token session-3');
  await expect(http.request({ url })).rejects.toMatchObject({ name: 'SettingError', status: 401 });
});

test('a session is replaced before its declared life ends, and logged out first', async () => {
  let seconds = 0;
  const { context, paths } = vendor({ now: () => new Date(seconds * 1_000) });
  const http = authorized(context(), { ...ending, lifetimeMs: 60_000 });
  for (seconds of [0, 47, 48]) await http.request({ url });
  expect(paths()).toEqual(['POST /login', 'GET ', 'GET ', 'POST /logout', 'POST /login', 'GET ']);
});

test('a session is logged out after the last of the reads that use it', async () => {
  const { asked, context, paths, run } = vendor();
  async function* read(context: PullContext & { settings: typeof settings }) {
    yield await authorized(context, ending).request({ url });
  }
  const begin = (): AsyncIterator<unknown> => {
    const each = context();
    return inSession(each, ending, read(each))[Symbol.asyncIterator]();
  };
  const [first, second] = [begin(), begin()];
  await first.next();
  await second.next();
  await first.next();
  expect(paths()).toEqual(['POST /login', 'GET ', 'GET ']);
  await second.next();
  expect(paths().slice(3)).toEqual(['POST /logout']);
  expect(asked[3]?.headers).toEqual({ 'x-auth-token': 'Token session-1' });
  // The next read begins another; a run that was cut off leaves it to the vendor.
  const third = begin();
  await third.next();
  run.abort();
  await third.return?.();
  expect(paths().slice(4)).toEqual(['POST /login', 'GET ']);
});

test('an answer without a token is a ContractError', async () => {
  const { context } = vendor();
  const http = authorized(context(), { ...byJson, token: { from: 'token' } });
  await expect(http.request({ url })).rejects.toThrow('there is no token at from token');
});

const spec = {
  base: 'url',
  path: '/logs',
  records: 'items',
  next: { kind: 'link' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
} as const;

test.each<[string, object]>([
  ['auth.login.path', { login: { parameters: {} } }],
  ['auth.login.path', { login: { path: 'login', parameters: {} } }],
  ['auth.login', { login: { path: '/login' } }],
  ['auth.login.parameters', { login: { path: '/login', method: 'GET', parameters: {} } }],
  ['auth.login.parameters.n', { login: { path: '/login', parameters: { n: 1 } } }],
  ['auth.login.basic.user', { login: { path: '/login', basic: {} } }],
  ['auth.login.parameters.n', { login: { path: '/login', parameters: { n: '{since}' } } }],
  ['auth.token', { token: {} }],
  ['auth.token', { token: { from: 'a', cookie: 'b' } }],
  ['auth.token.cookie', { token: { cookie: 'a b' } }],
  ['auth.send.in', { send: { in: 'body', name: 'a' } }],
  ['auth.send.name', { send: { in: 'header', name: 'Accept' } }],
  ['auth.logout.path', { logout: { path: 'logout' } }],
  ['auth.logout.method', { logout: { path: '/logout', method: 'PUT' } }],
  ['auth.lifetimeMs', { lifetimeMs: 60 }],
])('a declaration that cannot work is refused at load: %s %j', (member, declared) => {
  const declare = () => rest({ ...spec, auth: { ...byJson, ...declared } });
  expect(declare).toThrow(`declaration: ${member}: `);
});
