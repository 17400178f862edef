import type { Auth, OAuth2, OAuthClient, OAuthGrant, SigningKey, TokenEndpoint } from '../../contract/auth';
import { wrong } from '../rest/checks/declaration-error';
import {
  check,
  checkKind,
  list,
  maybe,
  must,
  obey,
  object,
  oneOf,
  text,
  yes,
  type AnyRules,
  type Rules,
} from '../rest/checks/rules';
import { READ_VALUES } from '../rest/request-texts';
import { namesIn } from '../template';
import { textsOfAuth } from './auth-settings';
import { checkHeader, checkName, checkPath, checkTexts, LIFETIME } from './check-parts';
import { checkSession } from './check-session';

/** The members of each kind, without `kind`. */
const AUTH: Readonly<Record<Auth['kind'], AnyRules>> = {
  bearer: { setting: text },
  header: { header: text, prefix: maybe(text), setting: text },
  query: { name: text, setting: text },
  oauth2: {
    token: object,
    client: maybe(object),
    grant: maybe(object),
    scope: maybe(text),
    audience: maybe(text),
    parameters: maybe(object),
    lifetimeMs: maybe(LIFETIME),
  },
  session: { login: object, token: object, send: object, lifetimeMs: maybe(LIFETIME), logout: maybe(object) },
  basic: { user: text, password: maybe(text) },
  digest: { user: text, password: maybe(text) },
  signature: { settings: list, sign: must('a function', (value) => typeof value === 'function') },
};

const ENDPOINT: Rules<TokenEndpoint> = { base: maybe(text), path: text, body: maybe(oneOf('form', 'json')) };
const CLIENT: Readonly<Record<OAuthClient['in'], AnyRules>> = {
  body: { id: text, secret: text },
  header: { id: text, secret: text },
  assertion: { id: text, key: object, audience: maybe(text) },
};
const KEY: Rules<SigningKey> = { setting: text, id: maybe(text) };
const GRANT: Readonly<Record<OAuthGrant['kind'], AnyRules>> = {
  client_credentials: {},
  password: { user: text, password: text },
  refresh_token: { setting: text, oldStaysValid: maybe(yes) },
  jwt_bearer: { key: object, claims: object },
  service_account: { setting: text, user: maybe(text) },
};
/** The claims that are set for each attempt. */
const OWN_CLAIMS = ['exp', 'iat', 'jti'];

/** @throws ContractError when the credential cannot be sent as it is declared; the message names the member */
export function checkAuth(auth: Auth): void {
  checkKind('auth', 'kind', auth, AUTH);
  if (auth.kind === 'header') checkHeader('auth.header', auth.header, auth.prefix);
  if (auth.kind === 'query') checkName('auth.name', auth.name);
  if (auth.kind === 'oauth2') checkOAuth(auth);
  if (auth.kind === 'session') checkSession(auth);
  for (const [member, template] of textsOfAuth(auth)) {
    const name = namesIn(template).find((each) => READ_VALUES.some((value) => value === each));
    if (name === undefined) continue;
    throw wrong(member, `it holds {${name}}, which a credential does not have`, 'Name settings only');
  }
}

function checkOAuth({ client, grant, parameters = {}, token }: OAuth2): void {
  check('auth.token.', token, ENDPOINT);
  checkPath('auth.token.path', token.path);
  if (client !== undefined) checkKind('auth.client', 'in', client, CLIENT);
  if (client?.in === 'assertion') check('auth.client.key.', client.key, KEY);
  if (grant !== undefined) checkKind('auth.grant', 'kind', grant, GRANT);
  if (grant?.kind === 'jwt_bearer') checkClaims(grant);
  if (client === undefined && (grant === undefined || grant.kind === 'client_credentials')) {
    throw wrong(
      'auth.client',
      'the grant needs a client, and none is declared',
      'Declare its id, and its secret or key',
    );
  }
  checkTexts('auth.parameters.', parameters);
}

function checkClaims({ claims, key }: Extract<OAuthGrant, { kind: 'jwt_bearer' }>): void {
  check('auth.grant.key.', key, KEY);
  obey('auth.grant.claims.iss', claims.iss, text);
  checkTexts('auth.grant.claims.', claims);
  const own = OWN_CLAIMS.find((name) => name in claims);
  if (own === undefined) return;
  throw wrong(`auth.grant.claims.${own}`, 'it is set for each request', 'Leave it out');
}
