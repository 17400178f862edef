import type { Session } from '../../contract/auth';
import type { SettingValues } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { HttpRequest, HttpResponse } from '../../contract/http';
import { stringifyJson } from '../../values/json/json';
import { withoutEndSlashes } from '../define-connector';
import { fillPath } from '../rest/request';
import { fillText } from '../template';
import { textAt } from '../value-at';
import { basicOf, settingOf, type Credential } from './credential';
import type { NewToken } from './tokens';

/** The vendor ends a session whose life is not declared, and says so by a 401. */
const UNTIL_ENDED_MS = Infinity;

/** The request that begins a session. Sent twice, it begins two. */
export function loginRequest({ login, token }: Session, settings: SettingValues): HttpRequest {
  const { basic, body: form = 'json', method = 'POST', parameters } = login;
  const fields = fieldsOf(parameters, settings);
  const body =
    parameters === undefined
      ? undefined
      : form === 'json'
        ? stringifyJson(fields)
        : new URLSearchParams(fields).toString();
  const type = form === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    method,
    url: addressOf(login, settings, 'auth.login'),
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(basic === undefined ? {} : { authorization: basicOf(basic, settings, 'auth.login.basic') }),
    },
    ...(body === undefined ? {} : { body }),
    repeatable: true,
    holds: (response) => tokenIn(token, response) !== undefined,
  };
}

/**
 * The session that an answer begins.
 * @throws ContractError when it has no token
 */
export function readSession({ lifetimeMs, login, token }: Session, response: HttpResponse): NewToken {
  const value = tokenIn(token, response);
  if (value !== undefined) return { value, lifetimeMs: lifetimeMs ?? UNTIL_ENDED_MS };
  const [[place, name] = []] = Object.entries(token);
  throw new ContractError(
    `reading the answer of ${login.path}: there is no token at ${place} ${name}. Compare \`auth\` with the vendor’s documentation.`,
  );
}

/** What a request of a session carries. */
export function sessionCredential({ send }: Session, value: string): Credential {
  if (send.in === 'cookie') return { headers: { cookie: `${send.name}=${value}` } };
  return { headers: { [send.name.toLowerCase()]: `${send.prefix ?? ''}${value}` } };
}

/** The request that ends a session; `undefined` if none is declared. It is sent once: the vendor ends it later by itself. */
export function logoutRequest(
  auth: Session,
  settings: SettingValues,
  value: string,
): HttpRequest | undefined {
  const { login, logout } = auth;
  if (logout === undefined) return undefined;
  const { method = 'POST', path } = logout;
  const url = addressOf({ ...login, path }, settings, 'auth.logout');
  return { method, url, ...sessionCredential(auth, value), repeatable: false };
}

function addressOf(
  { base = 'url', path }: Pick<Session['login'], 'base' | 'path'>,
  settings: SettingValues,
  member: string,
): string {
  const address = withoutEndSlashes(settingOf(settings, base, `${member}.base`));
  return address + fillPath(path, (name) => settingOf(settings, name, `${member}.path`));
}

function fieldsOf(
  parameters: Readonly<Record<string, string>> = {},
  settings: SettingValues,
): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, text] of Object.entries(parameters)) {
    const value = fillText(text, (each) => settingOf(settings, each, `auth.login.parameters.${name}`));
    if (value !== undefined) fields[name] = String(value);
  }
  return fields;
}

function tokenIn(token: Session['token'], response: HttpResponse): string | undefined {
  if ('from' in token) return textAt(response.json(), token.from) || undefined;
  if ('header' in token) return response.headers[token.header.toLowerCase()] || undefined;
  const cookies = response.headers['set-cookie'] ?? '';
  // Several cookies are joined by commas; a date among their attributes has one too.
  const [found] = cookies.split(/[;,]\s*/).filter((each) => each.startsWith(`${token.cookie}=`));
  return found?.slice(token.cookie.length + 1) || undefined;
}
