import type { RestSpec } from '../../../contract/rest';
import { headerOfAuth } from '../../auth/auth-settings';
import { headerNameProblem, headerValueProblem, isOfConnection } from '../../header-problems';
import { wrong } from './declaration-error';
import { isForm } from '../request';
import { namesIn } from '../../template';

/** Any JSON type, and `text/plain`, which some vendors require for JSON. */
const JSON_TYPE = /^(?:[\w.+-]+\/[\w.+-]*json[\w.+-]*|text\/plain)\s*(?:;|$)/i;
const OTHER_CHARSET = /charset\s*=\s*"?(?!utf-8\b)/i;

/** @throws ContractError when a header cannot be sent as it is declared; the message names the member */
export function checkHeaders(spec: RestSpec): void {
  const { auth, headers = {} } = spec;
  checkOwnHeaders(auth, headers, 'headers');
}

/** @throws ContractError when a header cannot be sent as it is declared; `path` begins the member in its message */
export function checkOwnHeaders(
  auth: RestSpec['auth'],
  headers: Readonly<Record<string, string>>,
  path: string,
): void {
  const own = headerOfAuth(auth) ?? '';
  const seen = new Set([own]);
  for (const [name, text] of Object.entries(headers)) {
    const member = `${path}.${name}`;
    const lower = name.toLowerCase();
    const problem = headerNameProblem(name) ?? headerValueProblem(text);
    if (problem !== undefined) throw wrong(member, problem, 'Write it as it is sent');
    refuseOwned(member, lower);
    if (lower === 'content-type') checkType(member, text);
    if (seen.has(lower)) {
      const because = lower === own ? 'auth sends this header too' : 'another header has the same name';
      throw wrong(member, because, 'Send it once');
    }
    seen.add(lower);
  }
}

/** @throws ContractError for a header that the connection sets; `member` is in its message */
export function refuseOwned(member: string, name: string): void {
  if (isOfConnection(name) || name === 'content-encoding') {
    throw wrong(member, 'it says how the request is sent, which is not declared', 'Leave it out');
  }
}

function checkType(member: string, type: string): void {
  if (namesIn(type).length > 0) {
    throw wrong(member, 'it decides how the body is written, and takes no placeholder', 'Write the type');
  }
  if (!isForm(type) && !JSON_TYPE.test(type)) {
    throw wrong(
      member,
      `a body is sent as JSON or as a form, and not as ${type}`,
      'Declare one of them, or write the pull in code',
    );
  }
  if (OTHER_CHARSET.test(type)) throw wrong(member, 'a body is sent in UTF-8', 'Leave charset out');
}
