import { authorized, SettingError, UnavailableError } from '../../../shared';
import type { Auth, OAuth2 } from '../../../shared/contract/auth';
import type { PullContext } from '../../../shared/contract/connector';
import type { HttpRequest, HttpResponse } from '../../../shared/contract/http';
import type { Json, JsonObject } from '../../../shared/contract/json';
import { rest } from '../../../shared/kit/rest/rest';
import { dropTokens } from '../../../shared/kit/auth/tokens';
import { pullContext, readAll } from '../../fakes/scripted-http';

const url = 'https://vendor.test';
const settings = {
  url,
  login: 'https://login.test/',
  id: 'me & you',
  tenant: 't/1',
  region: '',
  secret: 's:cr+t',
};
const auth = {
  kind: 'oauth2',
  token: { path: '/oauth/token' },
  client: { id: '{id}', secret: 'secret', in: 'body' },
} as const satisfies Auth;

beforeEach(dropTokens);

const answer = (body: Json, status = 200): HttpResponse => ({
  status,
  headers: {},
  body: new Uint8Array(),
  json: () => body,
});

/** A vendor that issues `token-1`, `token-2` and so on, and accepts the newest `most`. */
function vendor({
  lives,
  now,
  reply,
}: { lives?: number; now?: () => Date; reply?: (count: number) => JsonObject } = {}) {
  const asked: HttpRequest[] = [];
  const seen: string[] = [];
  const refused = new Set<string>();
  let issued = 0;
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      asked.push(request);
      await Promise.resolve();
      if (request.method === 'POST' && request.body !== 'page') {
        issued++;
        const own = reply?.(issued) ?? { expires_in: lives ?? 3_600 };
        return answer({ access_token: `token-${issued}`, ...own });
      }
      const { authorization = '' } = request.headers ?? {};
      seen.push(authorization);
      if (!refused.has(authorization)) return answer({});
      if (request.accept?.includes(401) === true) return answer({}, 401);
      throw new SettingError('asking: 401', { status: 401 });
    },
  };
  const context = (parts: Partial<PullContext> = {}): PullContext & { settings: typeof settings } => ({
    ...pullContext(http, { ...(now === undefined ? {} : { now }), ...parts }),
    settings,
  });
  return { asked, context, http, refused, seen, tokens: () => issued };
}

/** The token request of a declaration. */
async function requestFor(declared: OAuth2): Promise<HttpRequest | undefined> {
  const { asked, context } = vendor();
  await authorized<typeof settings, string>(context(), declared as never).request({ url });
  return asked[0];
}
const fieldsOf = (request: HttpRequest | undefined) =>
  Object.fromEntries(new URLSearchParams(String(request?.body)));

describe('the token request', () => {
  test('sends the client in the body, as a form', async () => {
    const request = await requestFor(auth);
    expect(request).toMatchObject({
      method: 'POST',
      url: `${url}/oauth/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      repeatable: true,
    });
    expect(fieldsOf(request)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'me & you',
      client_secret: 's:cr+t',
    });
  });

  test('sends the client in the Basic header, form-encoded first, and the vendor’s extra parameters', async () => {
    const request = await requestFor({
      ...auth,
      token: { base: 'login', path: '/{tenant}/token' },
      client: { ...auth.client, in: 'header' },
      scope: 'a b',
      audience: 'https://{tenant}',
      parameters: { grant_type: 'account_credentials', account_id: '{tenant}', region: '{region}' },
    });
    expect(request?.url).toBe('https://login.test/t%2F1/token');
    // printf 'me+%26+you:s%3Acr%2Bt' | base64
    expect(request?.headers).toMatchObject({ authorization: 'Basic bWUrJTI2K3lvdTpzJTNBY3IlMkJ0' });
    expect(fieldsOf(request)).toEqual({
      grant_type: 'account_credentials',
      account_id: 't/1',
      scope: 'a b',
      audience: 'https://t/1',
    });
  });

  test('is JSON where the vendor requires that', async () => {
    const request = await requestFor({ ...auth, token: { ...auth.token, body: 'json' }, scope: 'a' });
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(JSON.parse(String(request?.body))).toMatchObject({ client_id: 'me & you', scope: 'a' });
  });

  test('sends a user and a password', async () => {
    const grant = { kind: 'password', user: '{id}', password: 'secret' } as const;
    expect(fieldsOf(await requestFor({ ...auth, client: { ...auth.client, in: 'header' }, grant }))).toEqual({
      grant_type: 'password',
      username: 'me & you',
      password: 's:cr+t',
    });
  });

  test('sends a refresh token, once', async () => {
    const grant = { kind: 'refresh_token', setting: 'secret' } as const;
    const request = await requestFor({ kind: 'oauth2', token: auth.token, grant });
    expect(fieldsOf(request)).toEqual({ grant_type: 'refresh_token', refresh_token: 's:cr+t' });
    expect(request?.repeatable).toBe(false);
  });
});

describe('a new refresh token', () => {
  const grant = { kind: 'refresh_token', setting: 'secret' } as const;
  const renewing = vendor({ reply: () => ({ refresh_token: 'another' }) });

  test('is an error, because a restart would come with the old one', async () => {
    const http = authorized(renewing.context(), { ...auth, grant });
    await expect(http.request({ url })).rejects.toMatchObject({ name: 'SettingError' });
  });

  test('is ignored where the vendor leaves the old one valid, or returns the same', async () => {
    const staying = authorized(renewing.context(), { ...auth, grant: { ...grant, oldStaysValid: true } });
    await expect(staying.request({ url })).resolves.toMatchObject({ status: 200 });
    const same = vendor({ reply: () => ({ refresh_token: settings.secret }) });
    await expect(authorized(same.context(), { ...auth, grant }).request({ url })).resolves.toMatchObject({
      status: 200,
    });
  });
});

describe('a shared token', () => {
  test('serves many runs at a time, and is masked in each', async () => {
    const { context, seen, tokens } = vendor();
    const masked: string[] = [];
    const secret = (value: string): string => (masked.push(value), value);
    const runs = Array.from({ length: 10 }, () => authorized(context({ secret }), auth).request({ url }));
    await Promise.all(runs);
    expect(tokens()).toBe(1);
    expect(seen).toEqual(Array(10).fill('Bearer token-1'));
    expect(masked).toEqual(Array(10).fill('token-1'));
  });

  test('is separate for each declaration and each value', async () => {
    const { context, tokens } = vendor();
    await authorized(context(), auth).request({ url });
    await authorized(context(), { ...auth, scope: 'a' }).request({ url });
    await authorized({ ...context(), settings: { ...settings, secret: 'other' } }, auth).request({ url });
    expect(tokens()).toBe(3);
  });

  test('is refused to all that wait for it by a wrong setting, and requested again after an outage of one run', async () => {
    const failures: Error[] = [new SettingError('invalid_client')];
    const { context, tokens } = vendor({
      reply() {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return {};
      },
    });
    const askTwice = () => Promise.allSettled([1, 2].map(() => authorized(context(), auth).request({ url })));
    expect((await askTwice()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(tokens()).toBe(1);
    failures.push(new UnavailableError('the run ended', { resumeAt: new Date(0) }));
    expect((await askTwice()).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(tokens()).toBe(3);
  });

  test('is waited for no longer than the run lasts', async () => {
    const { context, http } = vendor();
    const never = { ...context(), http: { request: () => new Promise<never>(() => undefined) } };
    void authorized(never, auth).request({ url });
    const run = new AbortController();
    const waiting = authorized({ ...context({ signal: run.signal }), http }, auth).request({ url });
    run.abort(new Error('the run ends'));
    await expect(waiting).rejects.toThrow('the run ends');
  });
});

describe('a token', () => {
  const begin = Date.parse('2026-11-02T00:00:00Z');
  /** The number of tokens issued for requests at these seconds. */
  async function tokensAt(
    seconds: readonly number[],
    parts: Parameters<typeof vendor>[0],
    declared: OAuth2 = auth,
  ) {
    let at = 0;
    const { context, tokens } = vendor({ now: () => new Date(begin + at * 1_000), ...parts });
    const counts: number[] = [];
    for (at of seconds) {
      await authorized<typeof settings, string>(context(), declared as never).request({ url });
      counts.push(tokens());
    }
    return counts;
  }
  const jwt = (claims: JsonObject) => ({
    access_token: `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`,
  });

  test.each<[string, Parameters<typeof vendor>[0], readonly number[]]>([
    ['an hour: a minute before its end', { lives: 3_600 }, [3_539, 3_540]],
    ['a minute: a fifth before its end', { lives: 60 }, [47, 48]],
    ['a number as text', { reply: () => ({ expires_in: '60' }) }, [47, 48]],
    ['no lifetime: five minutes', { reply: () => ({}) }, [239, 240]],
    ['an invalid lifetime: five minutes', { reply: () => ({ expires_in: -1 }) }, [239, 240]],
    ['a year: a day', { lives: 31_536_000 }, [86_339, 86_340]],
    ['its own times, by the vendor’s clock', { reply: () => jwt({ iat: 7, exp: 607 }) }, [539, 540]],
    ['no times of its own', { reply: () => jwt({ exp: 607 }) }, [239, 240]],
  ])('is renewed before the end that its answer states: %s', async (_, parts, [last = 0, first = 0]) => {
    expect(await tokensAt([0, last, first], parts)).toEqual([1, 1, 2]);
  });

  test('lives as long as declared where no answer states it', async () => {
    const declared = { ...auth, lifetimeMs: 10_000 };
    expect(await tokensAt([0, 7, 8], { reply: () => ({}) }, declared)).toEqual([1, 1, 2]);
  });

  test('is renewed when our clock was set back, because its age is then unknown', async () => {
    expect(await tokensAt([0, -60, -61], { lives: 3_600 })).toEqual([1, 1, 2]);
  });

  test('that the vendor revoked is renewed once, and the request is sent again', async () => {
    const { context, refused, seen, tokens } = vendor();
    const http = authorized(context(), auth);
    await http.request({ url });
    refused.add('Bearer token-1');
    await Promise.all([http.request({ url }), http.request({ url, method: 'POST', body: 'page' })]);
    expect(tokens()).toBe(2);
    expect(seen.slice(3)).toEqual(['Bearer token-2', 'Bearer token-2']);
  });

  test('that was just issued and is refused is a SettingError, after one request', async () => {
    const { asked, context, refused } = vendor();
    for (const one of [1, 2, 3, 4]) refused.add(`Bearer token-${one}`);
    const http = authorized(context(), auth);
    await expect(http.request({ url })).rejects.toMatchObject({ name: 'SettingError', status: 401 });
    expect(asked).toHaveLength(2);
    await expect(http.request({ url, accept: [401] })).resolves.toMatchObject({ status: 401 });
    expect(asked).toHaveLength(4);
  });

  test('that is refused twice is a SettingError', async () => {
    const { context, refused, tokens } = vendor();
    const http = authorized(context(), auth);
    await http.request({ url });
    refused.add('Bearer token-1').add('Bearer token-2');
    await expect(http.request({ url })).rejects.toMatchObject({ name: 'SettingError', status: 401 });
    expect(tokens()).toBe(2);
  });

  /** A vendor whose answers take longer than its tokens live, until it has had so many requests. */
  const slowUntil = (requests: number) => {
    let at = begin;
    const { context, http, refused, seen, tokens } = vendor({ lives: 60, now: () => new Date(at) });
    const slow = {
      request: (request: HttpRequest) => {
        const { authorization = '' } = request.headers ?? {};
        if (request.method !== 'POST' && seen.length + 1 < requests)
          [at] = [at + 61_000, refused.add(authorization)];
        return http.request(request);
      },
    };
    return { http: authorized({ ...context(), http: slow }, auth), tokens };
  };

  test('that expired while the request waited is renewed, even if it was just issued, and several times if needed', async () => {
    const { http, tokens } = slowUntil(4);
    await http.request({ url });
    expect(tokens()).toBe(4);
  });

  test('that always expires before the request gets its permit is not a SettingError, and is requested five times', async () => {
    const { http, tokens } = slowUntil(Infinity);
    const failed = http.request({ url: `${url}/events?key=1` });
    await expect(failed).rejects.toThrow(UnavailableError);
    await expect(failed).rejects.toThrow(
      /^requesting https:\/\/vendor\.test\/events: each of 5 tokens expired while .* The next run goes on\./,
    );
    expect(tokens()).toBe(5);
  });

  test.each<[string, Json]>([
    ['none', {}],
    ['an empty one', { access_token: '' }],
    ['an object', { access_token: {} }],
  ])('must be text: an answer with %s is a ContractError', async (_, body) => {
    const { context } = vendor();
    const http = { request: () => Promise.resolve(answer(body)) };
    await expect(authorized({ ...context(), http }, auth).request({ url })).rejects.toThrow(
      'no text at access_token',
    );
  });
});

test('an answer that refuses the client, the grant or the scope is reported with its code', async () => {
  const request = await requestFor(auth);
  const codes = [
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'invalid_scope',
    'invalid_request',
    7,
  ];
  expect(codes.map((error) => request?.refuses?.(answer({ error }, 400)))).toEqual([
    ...codes.slice(0, 4),
    undefined,
    undefined,
  ]);
  expect(request?.holds?.(answer({ access_token: 'x' }))).toBe(true);
  expect(request?.holds?.(answer({ error: 'x' }))).toBe(false);
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

test('a declared source sends the token with each page', async () => {
  const { context, http, seen } = vendor();
  const answering = {
    request: async (request: HttpRequest) => {
      const given = await http.request(request);
      return request.method === 'POST' ? given : answer({ items: [] });
    },
  };
  await readAll(rest({ ...spec, auth }), { ...context(), http: answering });
  expect(seen).toEqual(['Bearer token-1']);
});

test.each<[string, object]>([
  ['auth.token', {}],
  ['auth.token.path', { token: { base: 'url' } }],
  ['auth.token.path', { token: { path: 'oauth' } }],
  ['auth.token.path', { token: { path: '/oauth?x=1' } }],
  ['auth.token.body', { token: { path: '/t', body: 'xml' } }],
  ['auth.client', { token: { path: '/t' } }],
  ['auth.client.in', { ...auth, client: { id: '{id}', secret: 'secret' } }],
  ['auth.grant.kind', { ...auth, grant: { kind: 'implicit' } }],
  ['auth.grant.user', { ...auth, grant: { kind: 'password', password: 'secret' } }],
  ['auth.parameters.a', { ...auth, parameters: { a: 1 } }],
  ['auth.parameters.{id}', { ...auth, parameters: { '{id}': 'a' } }],
  ['auth.parameters.a', { ...auth, parameters: { a: '{cursor}' } }],
  ['auth.lifetimeMs', { ...auth, lifetimeMs: 60 }],
  ['headers.Authorization', { ...auth }],
])('a declaration that cannot work is refused at load: %s %j', (member, declared) => {
  const headers = member.startsWith('headers') ? { Authorization: 'x' } : {};
  const declare = () => rest({ ...spec, headers, auth: { kind: 'oauth2', ...declared } as Auth });
  expect(declare).toThrow(`declaration: ${member}: `);
});
