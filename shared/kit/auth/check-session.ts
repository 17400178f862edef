import type { Session, SessionLogin } from '../../contract/auth';
import { compilePath } from '../../values/json-path';
import { named, wrong } from '../rest/checks/declaration-error';
import {
  check,
  checkKind,
  maybe,
  object,
  oneOf,
  text,
  type AnyRules,
  type Rules,
} from '../rest/checks/rules';
import { checkHeader, checkName, checkPath, checkTexts } from './check-parts';

const LOGIN: Rules<SessionLogin> = {
  base: maybe(text),
  path: text,
  method: maybe(oneOf('GET', 'POST', 'PUT')),
  parameters: maybe(object),
  body: maybe(oneOf('form', 'json')),
  basic: maybe(object),
};

const PLACES: AnyRules = { from: maybe(text), header: maybe(text), cookie: maybe(text) };

/** @throws ContractError when a session cannot work as it is declared; the message names the member */
export function checkSession({ login, logout, send, token }: Session): void {
  check('auth.login.', login, LOGIN);
  checkPath('auth.login.path', login.path);
  checkLogin(login);
  checkToken(token);
  checkKind('auth.send', 'in', send, { header: { name: text, prefix: maybe(text) }, cookie: { name: text } });
  if (send.in === 'header') checkHeader('auth.send.name', send.name, send.prefix);
  else checkCookie('auth.send.name', send.name);
  if (logout === undefined) return;
  check('auth.logout.', logout, { method: maybe(oneOf('DELETE', 'GET', 'POST')), path: text });
  checkPath('auth.logout.path', logout.path);
}

function checkLogin({ basic, method, parameters }: SessionLogin): void {
  if (basic !== undefined) check('auth.login.basic.', basic, { user: text, password: maybe(text) });
  if (basic === undefined && parameters === undefined)
    throw wrong('auth.login', 'it does not say who logs in', 'Declare parameters or basic');
  if (method === 'GET' && parameters !== undefined)
    throw wrong('auth.login.parameters', 'a GET has no body', 'Leave them out, or use another method');
  checkTexts('auth.login.parameters.', parameters ?? {});
}

function checkToken(token: Session['token']): void {
  check('auth.token.', token, PLACES);
  const [[place, name] = [], ...more] = Object.entries<string>(token);
  if (name === undefined || more.length > 0)
    throw wrong('auth.token', 'it must be one of from, header and cookie', 'Name the one place of the token');
  if (place === 'from') named('auth.token.from', () => compilePath(name));
  else if (place === 'header') checkHeader('auth.token.header', name);
  else checkCookie('auth.token.cookie', name);
}

/** @see RFC 6265, section 4.1.1 */
function checkCookie(member: string, name: string): void {
  checkName(member, name);
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return;
  throw wrong(member, `${name} is not the name of a cookie`, 'Write it as the vendor’s documentation does');
}
