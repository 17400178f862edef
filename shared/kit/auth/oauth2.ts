import type { OAuth2, OAuthClient, OAuthGrant } from '../../contract/auth';
import type { SettingValues } from '../../contract/connector';
import { ContractError, SettingError } from '../../contract/errors';
import type { HttpRequest, HttpResponse } from '../../contract/http';
import type { Json } from '../../contract/json';
import { parseJson, stringifyJson } from '../../values/json/json';
import { withoutEndSlashes } from '../define-connector';
import { fillPath } from '../rest/request';
import { basicAuthorization } from '../signatures';
import { fillText } from '../template';
import { numberAt, textAt } from '../value-at';
import { assertionsOf, CLIENT_ASSERTION_TYPE, signAssertion, type AskingRun } from './assertion';
import { filled, settingOf } from './credential';
import type { NewToken } from './tokens';

/** @see RFC 6749, section 5.1: an answer should say it */
const LIFETIME_MS = 300_000;
/** The codes that say that the operator must act. @see RFC 6749, section 5.2 */
const REFUSALS = ['invalid_client', 'invalid_grant', 'unauthorized_client', 'invalid_scope', 'access_denied'];

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The `grant_type` of each kind. */
export const GRANT_TYPES: Readonly<Record<OAuthGrant['kind'], string>> = {
  client_credentials: 'client_credentials',
  password: 'password',
  refresh_token: 'refresh_token',
  jwt_bearer: JWT_BEARER,
  service_account: JWT_BEARER,
};

/**
 * The request for a token. It may be sent twice, except with a refresh token, which its use may end. Each attempt has a JWT of
 * its own where there is one.
 */
export function tokenRequest(auth: OAuth2, settings: SettingValues, run: AskingRun): HttpRequest {
  const { client, token } = auth;
  const url = endpointOf(auth, settings);
  const fields = fieldsOf(auth, settings);
  const bodyOf = (all: Readonly<Record<string, string>>): string =>
    token.body === 'json' ? stringifyJson(all) : new URLSearchParams(all).toString();
  const assertions = Object.entries(assertionsOf(auth, settings, url));
  const perAttempt = async (): Promise<{ readonly body: string }> => {
    const all = { ...fields };
    for (const [name, each] of assertions) all[name] = await signAssertion(each, run);
    return { body: bodyOf(all) };
  };
  return {
    method: 'POST',
    url,
    headers: {
      accept: 'application/json',
      'content-type': token.body === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(client?.in === 'header' ? { authorization: basicOf(client, settings) } : {}),
    },
    ...(assertions.length > 0 ? { perAttempt } : { body: bodyOf(fields) }),
    repeatable: auth.grant?.kind !== 'refresh_token',
    holds: (response) => textAt(response.json(), 'access_token') !== undefined,
    refuses: (response) => REFUSALS.find((code) => code === textAt(response.json(), 'error')),
  };
}

/** The address of the token endpoint. */
export function endpointOf(auth: OAuth2, settings: SettingValues): string {
  const base = settingOf(settings, baseOf(auth), 'auth.token.base');
  const path = fillPath(auth.token.path, (name) => settingOf(settings, name, 'auth.token.path'));
  return withoutEndSlashes(base) + path;
}

/**
 * The token in an answer.
 * @throws ContractError when there is none
 * @throws SettingError when the vendor gave a new refresh token, which cannot be stored
 */
export function readToken(auth: OAuth2, settings: SettingValues, response: HttpResponse): NewToken {
  const body = response.json();
  const value = textAt(body, 'access_token');
  if (value === undefined || value === '') {
    throw new ContractError(
      `reading the answer of ${auth.token.path}: there is no text at access_token. Compare \`auth\` with the vendor’s documentation.`,
    );
  }
  checkRotation(auth.grant, settings, textAt(body, 'refresh_token'));
  const seconds = numberAt(body, 'expires_in');
  const saidMs = seconds !== undefined && seconds > 0 ? seconds * 1_000 : jwtLifetimeMs(value);
  return { value, lifetimeMs: saidMs ?? auth.lifetimeMs ?? LIFETIME_MS };
}

/** The setting of the token endpoint's base address. */
export function baseOf({ token }: OAuth2): string {
  return token.base ?? 'url';
}

/** The parameters of a token request, without those that hold a JWT. */
function fieldsOf(auth: OAuth2, settings: SettingValues): Record<string, string> {
  const { audience, grant = { kind: 'client_credentials' }, parameters = {}, scope } = auth;
  const fields: Record<string, string> = {
    grant_type: GRANT_TYPES[grant.kind],
    ...clientFields(auth, settings),
    ...grantFields(grant, settings),
  };
  const ownScope = grant.kind === 'service_account' ? undefined : scope;
  for (const [name, text] of Object.entries({ scope: ownScope, audience, ...parameters })) {
    const value =
      text === undefined ? undefined : fillText(text, (each) => settingOf(settings, each, `auth.${name}`));
    if (value !== undefined) fields[name] = String(value);
  }
  return fields;
}

function clientFields({ client }: OAuth2, settings: SettingValues): Record<string, string> {
  if (client === undefined || client.in === 'header') return {};
  const client_id = filled(client.id, settings, 'auth.client.id');
  if (client.in === 'assertion') return { client_id, client_assertion_type: CLIENT_ASSERTION_TYPE };
  return { client_id, client_secret: settingOf(settings, client.secret, 'auth.client.secret') };
}

function grantFields(grant: OAuthGrant, settings: SettingValues): Record<string, string> {
  if (grant.kind === 'password') {
    const username = filled(grant.user, settings, 'auth.grant.user');
    return { username, password: settingOf(settings, grant.password, 'auth.grant.password') };
  }
  if (grant.kind === 'refresh_token')
    return { refresh_token: settingOf(settings, grant.setting, 'auth.grant.setting') };
  return {};
}

/** @see RFC 6749, section 2.3.1: both are form-encoded before Basic */
function basicOf(
  { id, secret }: Extract<OAuthClient, { readonly secret: string }>,
  settings: SettingValues,
): string {
  const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
  return basicAuthorization(
    encode(filled(id, settings, 'auth.client.id')),
    encode(settingOf(settings, secret, 'auth.client.secret')),
  );
}

function checkRotation(
  grant: OAuthGrant | undefined,
  settings: SettingValues,
  renewed: string | undefined,
): void {
  if (grant?.kind !== 'refresh_token' || grant.oldStaysValid === true || renewed === undefined) return;
  if (renewed === settings[grant.setting]) return;
  throw new SettingError(
    `asking for a token: the vendor replaced the refresh token in ${grant.setting} with a new one, and may have revoked the old one. ` +
      'Tributary stores no secret, so the next start would be refused. Let the vendor issue refresh tokens that stay valid, or use another grant.',
  );
}

/** How long a token that is a JWT lives, by its own times: no clock of ours. @see RFC 7519, section 4.1.4 */
function jwtLifetimeMs(token: string): number | undefined {
  const [, payload = '', signature] = token.split('.');
  if (signature === undefined) return undefined;
  try {
    const claims: Json = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
    const [expires, issued] = [numberAt(claims, 'exp'), numberAt(claims, 'iat')];
    const seconds = (expires ?? Number.NaN) - (issued ?? Number.NaN);
    return seconds > 0 ? seconds * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
