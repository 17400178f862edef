import type { Session } from '../../../shared/contract/auth';
import type { Connector } from '../../../shared/contract/connector';
import type { Refusal, VendorAnswer, VendorRequest } from '../../../shared/contract/simulator';
import { namesOfPath, withValueAt } from '../feed/write-at-path';
import { isIssued, issueToken } from './issued-token';
import { expectedTexts, fieldsIn, filled } from './token-endpoint';

/** The sessions that a connector's declared sources use, each once. */
export function sessionsOf({ sources }: Connector): readonly Session[] {
  const declared = Object.values(sources).flatMap(({ pull }): Session[] => {
    const auth = pull?.rest?.auth;
    return auth?.kind === 'session' ? [auth] : [];
  });
  return [...new Map(declared.map((auth) => [JSON.stringify(auth), auth])).values()];
}

/** The answer of a login or a logout; `undefined` for another address or method. */
export function answerSession(auth: Session, request: VendorRequest): VendorAnswer | Refusal | undefined {
  const { login, logout } = auth;
  const isFor = (text: string, method: string): boolean =>
    decodeURIComponent(request.path) === filled(text, request.settings) && request.method === method;
  if (isFor(login.path, login.method ?? 'POST')) {
    const problem = loginProblem(login, request);
    return problem === undefined ? begun(auth, request) : { status: 401, because: `the login: ${problem}` };
  }
  if (logout === undefined || !isFor(logout.path, logout.method ?? 'POST')) return undefined;
  return hasSession(auth, request)
    ? { body: {} }
    : { status: 401, because: 'the logout: the session is missing or has ended' };
}

/** True for a request that carries a session that lives. */
export function hasSession(auth: Session, request: VendorRequest): boolean {
  const { send } = auth;
  const sent = String(request.headers[send.in === 'cookie' ? 'cookie' : send.name.toLowerCase()] ?? '');
  const before = send.in === 'cookie' ? `${send.name}=` : (send.prefix ?? '');
  return sent.startsWith(before) && isIssued(sent.slice(before.length), [auth.login], request);
}

function begun(auth: Session, request: VendorRequest): VendorAnswer {
  const value = issueToken([auth.login], request);
  const { token } = auth;
  if ('from' in token) return { body: withValueAt({}, namesOfPath(token.from), value) };
  if ('header' in token) return { headers: { [token.header]: value }, body: {} };
  return { headers: { 'set-cookie': `${token.cookie}=${value}; Path=/; HttpOnly` }, body: {} };
}

function loginProblem(
  { basic, body = 'json', parameters }: Session['login'],
  { body: sent, headers, settings }: VendorRequest,
): string | undefined {
  if (basic !== undefined) {
    const pair = [basic.user, basic.password ?? ''].map((text) => filled(text, settings)).join(':');
    const expected = `Basic ${Buffer.from(pair).toString('base64')}`;
    if (headers['authorization'] !== expected) return 'the user or the password is missing or wrong';
  }
  if (parameters === undefined) return sent === '' ? undefined : 'it has a body';
  const type = body === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  if (!String(headers['content-type']).startsWith(type)) return `the content type is not ${type}`;
  const fields = fieldsIn(sent, body === 'json');
  if (fields === undefined) return 'the body cannot be read';
  const expected = expectedTexts(parameters, settings);
  const names = new Set([...Object.keys(expected), ...Object.keys(fields)]);
  const wrong = [...names].find((name) => expected[name] !== fields[name]);
  return wrong === undefined ? undefined : `${wrong} is missing, unknown or wrong`;
}
