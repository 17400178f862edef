import { SettingError, UnavailableError } from '../../shared/contract/errors';
import {
  LOCAL_TOKEN,
  openCredential,
  tokenFor,
  type Identity,
  type OpenCredential,
} from '../../shared/sink/token';

const { signal } = new AbortController();
const ENDPOINT = new URL('https://dce.example.com');

/** A credential that records requests, and answers as the test says. */
function fakeCredential(answer: () => Promise<string | null>): {
  readonly open: OpenCredential;
  readonly identities: Identity[];
  readonly scopes: unknown[];
} {
  const identities: Identity[] = [];
  const scopes: unknown[] = [];
  return {
    identities,
    scopes,
    open: (identity) => {
      identities.push(identity);
      return {
        async getToken(scope) {
          scopes.push(scope);
          const token = await answer();
          return token === null ? null : { token, expiresOnTimestamp: 0 };
        },
      };
    },
  };
}

const failing = (name: string, message: string, more: object = {}): OpenCredential =>
  fakeCredential(() => Promise.reject(Object.assign(new Error(message), { name, ...more }))).open;

const failureOf = (open: OpenCredential, env = {}, of = signal): Promise<Error> =>
  tokenFor(
    ENDPOINT,
    env,
    open,
  )(of).then(
    () => new Error('a token was given'),
    (error: unknown) => error as Error,
  );

test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080', 'https://127.0.0.1:8443'])(
  '%s gets the fixed local token, and no identity is opened',
  async (endpoint) => {
    const { identities, open } = fakeCredential(async () => 'real');
    expect(await tokenFor(new URL(endpoint), {}, open)(signal)).toBe(LOCAL_TOKEN);
    expect(identities).toEqual([]);
  },
);

test.each(['http://example.com', 'http://127.0.0.1.example.com', 'http://10.0.0.5'])(
  'a real token is never sent to %s',
  (endpoint) => {
    expect(() => tokenFor(new URL(endpoint), {})).toThrow(SettingError);
  },
);

test('an unknown cloud is reported before any token is requested', () => {
  expect(() => tokenFor(new URL('https://example.com'), { AZURE_CLOUD: 'moon' })).toThrow(
    /AZURE_CLOUD: moon/,
  );
});

test.each([
  ['public', 'https://login.microsoftonline.com', 'https://monitor.azure.com/.default'],
  ['usgov', 'https://login.microsoftonline.us', 'https://monitor.azure.us/.default'],
  ['china', 'https://login.chinacloudapi.cn', 'https://monitor.azure.cn/.default'],
])('AZURE_CLOUD=%s uses its own authority and audience', async (cloud, authority, scope) => {
  const { identities, open, scopes } = fakeCredential(async () => 'token-1');
  expect(await tokenFor(ENDPOINT, { AZURE_CLOUD: cloud }, open)(signal)).toBe('token-1');
  expect([identities, scopes]).toMatchObject([[{ authority, clientId: undefined }], [scope]]);
});

test('the identity is the one that the variables select', async () => {
  const { identities, open } = fakeCredential(async () => 'token-1');
  const env = { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: ' client ', AZURE_CLIENT_SECRET: 'secret' };
  await tokenFor(ENDPOINT, env, open)(signal);
  expect(identities).toMatchObject([{ tenantId: 'tenant', clientId: 'client', clientSecret: 'secret' }]);
});

test('one credential is kept per identity, so that its tokens are cached', () => {
  const authority = 'https://login.microsoftonline.com';
  const app = { authority, tenantId: 'tenant', clientId: 'client', clientSecret: 'secret' };
  expect(openCredential(app)).toBe(openCredential({ ...app }));
  expect(openCredential(app)).not.toBe(openCredential({ ...app, clientSecret: 'another' }));
  expect(openCredential({ authority })).not.toBe(openCredential({ authority: `${authority}/x` }));
});

describe('an UnavailableError', () => {
  test.each<[string, string, object]>([
    ['RestError', 'getaddrinfo ENOTFOUND login.microsoftonline.com', { code: 'ENOTFOUND' }],
    ['Error', 'connect ECONNREFUSED 10.0.0.1:443', {}],
    ['CredentialUnavailableError', 'endpoints_resolution_error: See https://aka.ms/msal.js.errors', {}],
    [
      'AuthenticationError',
      'EnvironmentCredential authentication failed. network_error: Network request failed',
      { statusCode: 400 },
    ],
    ['AuthenticationError', 'invalid_request Status code: 503', { statusCode: 503 }],
    ['AuthenticationError', 'too many', { statusCode: 429 }],
    ['AuthenticationError', 'AADSTS90033: A transient error has occurred.', { statusCode: 400 }],
  ])('%s: %s', async (name, message, more) => {
    const error = await failureOf(failing(name, message, more));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toMatch(/^getting a token for https:\/\/dce\.example\.com: .* next run goes on/);
  });
});

describe('a SettingError', () => {
  test.each<[string, string, object]>([
    ['AuthenticationError', 'AADSTS7000215: Invalid client secret provided.', { statusCode: 401 }],
    ['AuthenticationError', 'AADSTS700016: Application was not found. ECONNRESET', { statusCode: 400 }],
    ['CredentialUnavailableError', 'ManagedIdentityCredential: EHOSTUNREACH 169.254.169.254', {}],
    ['AggregateAuthenticationError', 'ChainedTokenCredential authentication failed.\nETIMEDOUT', {}],
  ])('%s: %s', async (name, message, more) => {
    const error = await failureOf(failing(name, message, more));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(/managed identity, or set AZURE_CLIENT_ID/);
  });

  test('an identity without a token', async () => {
    expect(await failureOf(fakeCredential(async () => null).open)).toBeInstanceOf(SettingError);
  });

  test('never contains the secret, in its message or its cause', async () => {
    const open = failing('AuthenticationError', 'AADSTS7000215: hush-hush is invalid', {
      request: 'hush-hush',
    });
    const error = await failureOf(open, { AZURE_CLIENT_SECRET: 'hush-hush' });
    expect(JSON.stringify([error.message, error.stack, error.cause, String(error.cause)])).not.toContain(
      'hush',
    );
  });
});

test('the end of the run ends the wait, even for an identity that ignores the signal', async () => {
  const run = new AbortController();
  const { open, scopes } = fakeCredential(() => new Promise(() => undefined));
  const waiting = failureOf(open, {}, run.signal);
  const reason = new UnavailableError('the lease is lost');
  run.abort(reason);
  expect(await waiting).toBe(reason);
  expect(await failureOf(open, {}, run.signal)).toBe(reason);
  expect(scopes).toHaveLength(1);
});
