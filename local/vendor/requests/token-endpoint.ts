import type { Auth, OAuth2 } from '../../../shared/contract/auth';
import type { Connector } from '../../../shared/contract/connector';
import type { JsonObject } from '../../../shared/contract/json';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { isObject } from '../../../shared/values/json-path';
import { parseJson } from '../../../shared/values/json/json';
import { assertionsOf, CLIENT_ASSERTION_TYPE } from '../../../shared/kit/auth/assertion';
import { endpointOf, GRANT_TYPES } from '../../../shared/kit/auth/oauth2';
import { fillText } from '../../../shared/kit/template';
import { assertionProblem } from './assertion';
import { isIssued, issueToken, TOKEN_MS } from './issued-token';

/** The token endpoints that a connector's declared sources ask, each once. */
export function tokenEndpointsOf({ sources }: Connector): readonly OAuth2[] {
  const declared = Object.values(sources).flatMap(({ pull }): OAuth2[] => {
    const auth: Auth | undefined = pull?.rest?.auth;
    return auth?.kind === 'oauth2' ? [auth] : [];
  });
  return [...new Map(declared.map((auth) => [JSON.stringify(auth), auth])).values()];
}

/** True for the address of a token endpoint. */
export function isTokenPath(
  { token }: OAuth2,
  { path, settings }: Pick<VendorRequest, 'path' | 'settings'>,
): boolean {
  return decodeURIComponent(path) === filled(token.path, settings);
}

/** Checks everything that a token request says, and issues a token. */
export function answerToken(auth: OAuth2, request: VendorRequest): { readonly body: JsonObject } | Refusal {
  const problem = problemOf(auth, request);
  if (problem !== undefined) {
    const [status, error, because] = problem;
    return { status, because: `the token request: ${because}`, body: { error, error_description: because } };
  }
  const token = issueToken([auth.client, auth.grant], request);
  return { body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_MS / 1_000 } };
}

/** True for a token that was issued for this declaration and has not ended. */
export function isToken(auth: OAuth2, sent: string, request: VendorRequest): boolean {
  return isIssued(sent, [auth.client, auth.grant], request);
}

type Problem = readonly [status: number, code: string, because: string];

/** @see RFC 6749, section 5.2 */
function problemOf(auth: OAuth2, request: VendorRequest): Problem | undefined {
  const { client, grant, token } = auth;
  if (request.method !== 'POST') return [405, 'invalid_request', `the method is ${request.method}, not POST`];
  const type = token.body === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  if (!String(request.headers['content-type']).startsWith(type))
    return [400, 'invalid_request', `the content type is not ${type}`];
  const fields = fieldsIn(request.body, token.body === 'json');
  if (fields === undefined) return [400, 'invalid_request', 'the body cannot be read'];
  const asserted = Object.entries(assertionsOf(auth, request.settings, endpointOf(auth, request.settings)));
  for (const [name, expected] of asserted) {
    const wrong = assertionProblem(fields[name], expected, request.now);
    if (wrong === undefined) continue;
    const because = `${name} ${wrong}`;
    return name === 'assertion' ? [400, 'invalid_grant', because] : [401, 'invalid_client', because];
  }
  const names = asserted.map(([name]) => name);
  const { client_id: id, client_secret: secret, ...others } = without(names, fields);
  if (client !== undefined && !isClient(client, request, { id, secret }))
    return [401, 'invalid_client', 'the client is missing or wrong'];
  return fieldProblem(grant, expectedFields(auth, request.settings), others);
}

function fieldProblem(
  grant: OAuth2['grant'],
  expected: Readonly<Record<string, unknown>>,
  sent: Readonly<Record<string, unknown>>,
): Problem | undefined {
  const names = new Set([...Object.keys(expected), ...Object.keys(sent)]);
  const wrong = [...names].find((name) => expected[name] !== sent[name]);
  if (wrong === undefined) return undefined;
  if (wrong === 'grant_type') return [400, 'unsupported_grant_type', 'the grant is another than declared'];
  if (wrong === 'scope') return [400, 'invalid_scope', 'the scope is another than declared'];
  const isOfGrant = grant !== undefined && ['username', 'password', 'refresh_token'].includes(wrong);
  return [400, isOfGrant ? 'invalid_grant' : 'invalid_request', `${wrong} is missing, unknown or wrong`];
}

function without(
  names: readonly string[],
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** The fields of a body; `undefined` for one that cannot be read. */
export function fieldsIn(body: string, isJson: boolean): Readonly<Record<string, unknown>> | undefined {
  if (!isJson) return Object.fromEntries(new URLSearchParams(body));
  try {
    const fields = parseJson(body);
    return isObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function isClient(
  client: NonNullable<OAuth2['client']>,
  { headers, settings }: VendorRequest,
  sent: { readonly id: unknown; readonly secret: unknown },
): boolean {
  const name = filled(client.id, settings);
  if (client.in === 'assertion') return sent.id === name && sent.secret === undefined;
  const password = settings[client.secret] ?? '';
  if (client.in === 'body') return sent.id === name && sent.secret === password;
  const [, base64 = ''] = /^Basic (\S+)$/.exec(String(headers['authorization'])) ?? [];
  const parts = Buffer.from(base64, 'base64')
    .toString('utf8')
    .split(':')
    .map((part) => new URLSearchParams(`x=${part}`).get('x'));
  return parts.length === 2 && parts[0] === name && parts[1] === password && sent.secret === undefined;
}

function expectedFields(
  auth: OAuth2,
  settings: VendorRequest['settings'],
): Record<string, string | undefined> {
  const { audience, client, grant = { kind: 'client_credentials' }, parameters = {}, scope } = auth;
  const ownScope = grant.kind === 'service_account' ? undefined : scope;
  const ofClient = client?.in === 'assertion' ? { client_assertion_type: CLIENT_ASSERTION_TYPE } : {};
  const ofGrant: Record<string, string | undefined> =
    grant.kind === 'password'
      ? { username: filled(grant.user, settings), password: settings[grant.password] }
      : grant.kind === 'refresh_token'
        ? { refresh_token: settings[grant.setting] }
        : {};
  const texts = expectedTexts({ scope: ownScope, audience, ...parameters }, settings);
  return { grant_type: GRANT_TYPES[grant.kind], ...ofClient, ...ofGrant, ...texts };
}

/** The texts of a declaration with the values of its settings, without those that have none. */
export function expectedTexts(
  texts: Readonly<Record<string, string | undefined>>,
  settings: VendorRequest['settings'],
): Record<string, string> {
  const entries = Object.entries(texts).flatMap(([name, text]): [string, string][] => {
    const value = text === undefined ? undefined : fillText(text, (each) => settings[each]);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return Object.fromEntries(entries);
}

/** A text of a declaration with the values of its settings. */
export function filled(text: string, settings: VendorRequest['settings']): string {
  return String(fillText(text, (name) => settings[name]) ?? '');
}
