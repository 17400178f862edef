import type { Auth, SignRequest } from '../../shared/contract/auth';
import type { Setting } from '../../shared/contract/connector';
import { secret, text, url } from '../../shared/kit/define-connector';
import type { NewCommand } from './options';

/** The kinds of the contract, and the ways to ask for an OAuth 2.0 token with a key. */
export type AuthKind = Auth['kind'] | 'jwt-bearer' | 'private-key-jwt' | 'service-account';

/** A way to authenticate, as `tributary new` writes it. */
interface NewAuth {
  /** In the words of vendors' documentation. */
  readonly meaning: string;
  readonly settings: Readonly<Record<string, Setting>>;
  auth(flags: NewCommand): Auth;
}

const CLIENT_ID = text('The id of a client that may read events.', {
  example: 'example',
  namesAccount: false,
});
const PRIVATE_KEY = secret('The private key of the same client, in PEM.');

/** Stands in for the function of the folder's `sign.ts`, which does not exist yet. */
const placeholderSign: SignRequest = () => ({});

/** Every kind of the contract; a missing one does not compile. */
export const AUTHS: Readonly<Record<AuthKind, NewAuth>> = {
  bearer: {
    meaning: 'the header Authorization: Bearer <token>',
    settings: { token: secret('A token that may read events, and nothing else.') },
    auth: () => ({ kind: 'bearer', setting: 'token' }),
  },
  header: {
    meaning: 'a header of the vendor’s own, such as X-Api-Key: <key>',
    settings: { token: secret('A key that may read events, and nothing else.') },
    auth: ({ header = 'X-Api-Key', prefix }) => ({
      kind: 'header',
      header,
      ...(prefix === undefined ? {} : { prefix }),
      setting: 'token',
    }),
  },
  query: {
    meaning: 'a parameter of the query, such as ?api_key=<key>',
    settings: { token: secret('A key that may read events, and nothing else.') },
    auth: ({ keyParameter = 'api_key' }) => ({ kind: 'query', name: keyParameter, setting: 'token' }),
  },
  basic: {
    meaning: 'HTTP Basic: a user and a password',
    settings: {
      user: text('The user of an account that may read events.', { example: 'example', namesAccount: false }),
      password: secret('The password, or the API token, of the same account.'),
    },
    auth: () => ({ kind: 'basic', user: '{user}', password: '{password}' }),
  },
  digest: {
    meaning: 'HTTP Digest: a user and a password that are not sent themselves',
    settings: {
      user: text('The user of an account that may read events.', { example: 'example', namesAccount: false }),
      password: secret('The password, or the private key, of the same account.'),
    },
    auth: () => ({ kind: 'digest', user: '{user}', password: '{password}' }),
  },
  oauth2: {
    meaning: 'OAuth 2.0 client credentials: a token endpoint gives a token for an id and a secret',
    settings: {
      clientId: CLIENT_ID,
      clientSecret: secret('The secret of the same client.'),
    },
    auth: ({ tokenPath = '/oauth/token' }) => ({
      kind: 'oauth2',
      token: { path: tokenPath },
      client: { id: '{clientId}', secret: 'clientSecret', in: 'body' },
    }),
  },
  'private-key-jwt': {
    meaning: 'OAuth 2.0 client credentials with a private key, as Okta takes it',
    settings: { clientId: CLIENT_ID, privateKey: PRIVATE_KEY },
    auth: ({ tokenPath = '/oauth/token' }) => ({
      kind: 'oauth2',
      token: { path: tokenPath },
      client: { id: '{clientId}', key: { setting: 'privateKey' }, in: 'assertion' },
    }),
  },
  'jwt-bearer': {
    meaning: 'OAuth 2.0 with a JWT that a private key signs for a user, as Salesforce takes it',
    settings: {
      clientId: CLIENT_ID,
      privateKey: PRIVATE_KEY,
      user: text('The name of a user that may read events.', { example: 'example', namesAccount: false }),
    },
    auth: ({ tokenPath = '/oauth/token' }) => ({
      kind: 'oauth2',
      token: { path: tokenPath },
      grant: {
        kind: 'jwt_bearer',
        key: { setting: 'privateKey' },
        claims: { iss: '{clientId}', sub: '{user}' },
      },
    }),
  },
  'service-account': {
    meaning: 'a service account of Google, on behalf of a user',
    settings: {
      tokenUrl: url('The address that gives tokens.', { default: 'https://oauth2.googleapis.com' }),
      serviceAccount: secret('The JSON key of a service account with domain-wide delegation.'),
      user: text('The e-mail address of a user that may read events.', { example: 'admin@example.com' }),
    },
    auth: ({ tokenPath = '/token' }) => ({
      kind: 'oauth2',
      token: { base: 'tokenUrl', path: tokenPath },
      grant: { kind: 'service_account', setting: 'serviceAccount', user: '{user}' },
      scope: 'https://www.googleapis.com/auth/example.readonly',
    }),
  },
  session: {
    meaning: 'a session: a login with a user and a password gives a token',
    settings: {
      user: text('The user of an account that may read events.', { example: 'example', namesAccount: false }),
      password: secret('The password of the same account.'),
    },
    auth: ({ tokenPath = '/login' }) => ({
      kind: 'session',
      login: { path: tokenPath, parameters: { username: '{user}', password: '{password}' } },
      token: { from: 'token' },
      send: { in: 'header', name: 'Authorization', prefix: 'Bearer ' },
    }),
  },
  signature: {
    meaning: 'headers computed from each request, such as an HMAC',
    settings: {
      keyId: text('The id of the key that signs requests.', { example: 'example-key', namesAccount: false }),
      secretKey: secret('The secret key that signs requests.'),
    },
    auth: () => ({ kind: 'signature', settings: ['keyId', 'secretKey'], sign: placeholderSign }),
  },
};

/** Each kind with its meaning. */
export const AUTH_KINDS = Object.fromEntries(
  Object.entries(AUTHS).map(([kind, { meaning }]) => [kind, meaning]),
) as Readonly<Record<AuthKind, string>>;
