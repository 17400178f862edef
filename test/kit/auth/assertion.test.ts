import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { authorized } from '../../../shared';
import type { OAuth2 } from '../../../shared/contract/auth';
import type { PullContext } from '../../../shared/contract/connector';
import type { HttpRequest, HttpResponse } from '../../../shared/contract/http';
import type { JsonObject } from '../../../shared/contract/json';
import { rest } from '../../../shared/kit/rest/rest';
import { dropTokens } from '../../../shared/kit/auth/tokens';
import { pullContext } from '../../fakes/scripted-http';

const pemOf = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  String(key.export({ type: 'pkcs8', format: 'pem' }));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const keys = { rsa: pemOf(rsa), ec: pemOf(ec) };
const account = {
  client_email: 'reader@acme.test',
  private_key: keys.rsa,
  private_key_id: 'k-7',
  token_uri: 'https://elsewhere.test/token',
};
const settings = {
  url: 'https://vendor.test',
  login: 'https://login.test/',
  id: 'client-1',
  user: 'reader@acme.test',
  none: '',
  ...keys,
  account: JSON.stringify(account),
};
const now = new Date('2026-11-02T00:00:00Z');
const token = { base: 'login', path: '/oauth/token' } as const;

beforeEach(dropTokens);

/** A vendor that gives a token; each token request is completed as the client does it. */
function vendor(values: Readonly<Record<string, string>> = {}) {
  const asked: (readonly [HttpRequest, Readonly<Record<string, string>>])[] = [];
  const masked: string[] = [];
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      const { body = request.body } = (await request.perAttempt?.()) ?? {};
      if (request.method === 'POST')
        asked.push([request, Object.fromEntries(new URLSearchParams(String(body)))]);
      const answer: JsonObject = { access_token: 'token-1' };
      return { status: 200, headers: {}, body: new Uint8Array(), json: () => answer };
    },
  };
  const secret = (value: string): string => (masked.push(value), value);
  const context: PullContext = {
    ...pullContext(http, { secret, now: () => now }),
    settings: { ...settings, ...values },
  };
  const ask = async (auth: OAuth2) => {
    dropTokens();
    await authorized(context, auth as never).request({ url: settings.url });
    return asked.at(-1)?.[1] ?? {};
  };
  return { ask, asked, masked };
}

/** Header and claims of a JWT, once its signature is verified. */
function opened(jwt = '', key = rsa): { readonly header: JsonObject; readonly claims: JsonObject } {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const data = Buffer.from(`${header}.${claims}`);
  const isSigned = verify(
    'sha256',
    data,
    { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) throw new Error('the signature is wrong');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject;
  return { header: read(header), claims: read(claims) };
}

const jwtBearer = {
  kind: 'oauth2',
  token,
  grant: {
    kind: 'jwt_bearer',
    key: { setting: 'rsa', id: 'k-1' },
    claims: { iss: '{id}', sub: '{user}', box_sub_type: 'enterprise', empty: '{none}' },
  },
  scope: 'read',
} as const satisfies OAuth2;
const privateKeyJwt = {
  kind: 'oauth2',
  token,
  client: { id: '{id}', key: { setting: 'ec' }, in: 'assertion' },
} as const satisfies OAuth2;
const serviceAccount = {
  kind: 'oauth2',
  token,
  grant: { kind: 'service_account', setting: 'account', user: '{user}' },
  scope: 'a b',
} as const satisfies OAuth2;

/** 2026-11-02T00:00:00Z and a minute later, as RFC 7519 writes them. */
const times = { iat: 1_793_577_600, exp: 1_793_577_660, jti: expect.stringMatching(/^[\w-]{36}$/) as string };

test('a JWT bearer grant has the declared claims, the times and an id of its own', async () => {
  const { assertion, ...fields } = await vendor().ask(jwtBearer);
  expect(fields).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', scope: 'read' });
  expect(opened(assertion)).toEqual({
    header: { alg: 'RS256', typ: 'JWT', kid: 'k-1' },
    claims: {
      iss: 'client-1',
      sub: 'reader@acme.test',
      aud: 'https://login.test/oauth/token',
      box_sub_type: 'enterprise',
      ...times,
    },
  });
});

test('private_key_jwt has the client as issuer and subject', async () => {
  const { ask } = vendor();
  const { client_assertion, ...fields } = await ask(privateKeyJwt);
  expect(fields).toEqual({
    grant_type: 'client_credentials',
    client_id: 'client-1',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
  expect(opened(client_assertion, ec)).toEqual({
    header: { alg: 'ES256', typ: 'JWT' },
    claims: { iss: 'client-1', sub: 'client-1', aud: 'https://login.test/oauth/token', ...times },
  });
  const other = await ask({ ...privateKeyJwt, client: { ...privateKeyJwt.client, audience: '{url}' } });
  expect(opened(other['client_assertion'], ec).claims['aud']).toBe('https://vendor.test');
});

test('a service account has its e-mail address, the user that it impersonates, and the scope as a claim', async () => {
  const { ask, asked } = vendor();
  const { assertion, ...fields } = await ask(serviceAccount);
  expect(fields).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' });
  expect(opened(assertion)).toEqual({
    header: { alg: 'RS256', typ: 'JWT', kid: 'k-7' },
    claims: {
      iss: 'reader@acme.test',
      sub: 'reader@acme.test',
      scope: 'a b',
      aud: 'https://login.test/oauth/token',
      ...times,
    },
  });
  // Where the key would be sent is for the settings to say, not for the key.
  expect(asked.map(([{ url }]) => url)).toEqual(['https://login.test/oauth/token']);
});

test('each attempt has its own JWT; the JWT and its key are masked', async () => {
  const { ask, asked, masked } = vendor();
  await ask(serviceAccount);
  const [[request, fields] = []] = asked;
  const again = await request?.perAttempt?.();
  const second = new URLSearchParams(String(again?.body)).get('assertion') ?? '';
  expect(opened(second).claims['jti']).not.toBe(opened(fields?.['assertion']).claims['jti']);
  expect(request).not.toHaveProperty('body');
  expect(masked).toEqual(expect.arrayContaining([account.private_key, fields?.['assertion'], second]));
});

test.each<[string, string]>([
  ['line ends written as \\n', keys.rsa.replaceAll('\n', '\\n')],
  ['lost line ends', keys.rsa.replaceAll('\n', ' ')],
  ['Windows line ends', keys.rsa.replaceAll('\n', '\r\n')],
  ['PKCS #1', String(rsa.export({ type: 'pkcs1', format: 'pem' }))],
  [
    'another block before it',
    `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${keys.rsa}`,
  ],
])('a key with %s is read', async (_, pem) => {
  const { assertion } = await vendor({ rsa: pem }).ask(jwtBearer);
  expect(opened(assertion).header['alg']).toBe('RS256');
});

const encrypted = rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
const short = pemOf(generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey);
const curve = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey);

test.each<[string, OAuth2, Readonly<Record<string, string>>]>([
  ['rsa contains no private key in PEM.', jwtBearer, { rsa: 'not-a-key-0123456789' }],
  [
    'rsa contains no private key in PEM.',
    jwtBearer,
    { rsa: keys.rsa.replace(/\n.{64}\n/, '\nAAAAnot-a-key\n') },
  ],
  ['rsa holds an encrypted key.', jwtBearer, { rsa: String(encrypted) }],
  ['rsa holds a key that signs neither RS256 nor ES256.', jwtBearer, { rsa: short }],
  ['ec holds a key that signs neither RS256 nor ES256.', privateKeyJwt, { ec: curve }],
  [
    'account does not contain the key of a service account.',
    serviceAccount,
    { account: 'not-a-key-0123456789' },
  ],
  [
    'account does not contain the key of a service account.',
    serviceAccount,
    { account: '{"client_email":"a"}' },
  ],
  [
    'account contains no private key in PEM.',
    serviceAccount,
    { account: JSON.stringify({ ...account, private_key: 'not-a-key' }) },
  ],
])(
  'a setting that cannot sign is reported, and its value is not shown: %s',
  async (because, auth, values) => {
    const error = await vendor(values)
      .ask(auth)
      .then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
    expect(error?.name).toBe('SettingError');
    expect(error?.message).toContain(`authenticating: ${because}`);
    // The words of every PEM apart.
    for (const value of Object.values(values))
      expect(error?.message).not.toContain(
        value
          .replace(/-+[A-Z ]+-+/g, '')
          .trim()
          .slice(0, 9),
      );
  },
);

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
  ['auth.client.key', { client: { id: '{id}', in: 'assertion' } }],
  ['auth.client.secret', { client: { id: '{id}', key: { setting: 'ec' }, secret: 'ec', in: 'assertion' } }],
  ['auth.client.key.setting', { client: { id: '{id}', key: {}, in: 'assertion' } }],
  ['auth.grant.key', { grant: { kind: 'jwt_bearer', claims: { iss: 'a' } } }],
  ['auth.grant.claims.iss', { grant: { ...jwtBearer.grant, claims: {} } }],
  ['auth.grant.claims.n', { grant: { ...jwtBearer.grant, claims: { iss: 'a', n: 1 } } }],
  ['auth.grant.claims.exp', { grant: { ...jwtBearer.grant, claims: { iss: 'a', exp: '1' } } }],
  ['auth.grant.claims.sub', { grant: { ...jwtBearer.grant, claims: { iss: 'a', sub: '{since}' } } }],
  ['auth.grant.setting', { grant: { kind: 'service_account' } }],
])('a declaration that cannot work is refused at load: %s %j', (member, declared) => {
  const declare = () => rest({ ...spec, auth: { kind: 'oauth2', token, ...declared } });
  expect(declare).toThrow(`declaration: ${member}: `);
});
