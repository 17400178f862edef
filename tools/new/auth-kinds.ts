import type { Auth, SignRequest } from '../../shared/contract/auth';
import type { Setting } from '../../shared/contract/connector';
import { secret, text } from '../../shared/kit/define-connector';
import type { NewCommand } from './options';

export type AuthKind = Auth['kind'];

/** A way to authenticate, as `tributary new` writes it. */
interface NewAuth {
  /** In the words of vendors' documentation. */
  readonly meaning: string;
  readonly settings: Readonly<Record<string, Setting>>;
  auth(flags: NewCommand): Auth;
}

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
  oauth2: {
    meaning: 'OAuth 2.0 client credentials: a token endpoint gives a token for an id and a secret',
    settings: {
      clientId: text('The id of a client that may read events.', { example: 'example', namesAccount: false }),
      clientSecret: secret('The secret of the same client.'),
    },
    auth: ({ tokenPath = '/oauth/token' }) => ({
      kind: 'oauth2',
      token: { path: tokenPath },
      client: { id: '{clientId}', secret: 'clientSecret', in: 'body' },
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
