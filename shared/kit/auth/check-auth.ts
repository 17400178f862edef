import type { Auth } from '../../contract/auth';
import { headerNameProblem, headerValueProblem, isOfConnection } from '../header-problems';
import { wrong } from '../rest/checks/declaration-error';
import { checkKind, list, maybe, must, text, type AnyRules } from '../rest/checks/rules';
import { READ_VALUES } from '../rest/request-texts';
import { namesIn, parseTemplate } from '../template';
import { textsOfAuth } from './auth-settings';

/** The members of each kind, without `kind`. */
const AUTH: Readonly<Record<Auth['kind'], AnyRules>> = {
  bearer: { setting: text },
  header: { header: text, prefix: maybe(text), setting: text },
  query: { name: text, setting: text },
  basic: { user: text, password: maybe(text) },
  signature: { settings: list, sign: must('a function', (value) => typeof value === 'function') },
};

/** @throws ContractError when the credential cannot be sent as it is declared; the message names the member */
export function checkAuth(auth: Auth): void {
  checkKind('auth', 'kind', auth, AUTH);
  if (auth.kind === 'header') checkHeader(auth);
  if (auth.kind === 'query') checkParameter(auth.name);
  for (const [member, template] of textsOfAuth(auth)) {
    const name = namesIn(template).find((each) => READ_VALUES.some((value) => value === each));
    if (name === undefined) continue;
    throw wrong(member, `it holds {${name}}, which a credential does not have`, 'Name settings only');
  }
}

function checkHeader({ header, prefix }: Extract<Auth, { kind: 'header' }>): void {
  const lower = header.toLowerCase();
  const named = headerNameProblem(header);
  if (named !== undefined) throw wrong('auth.header', named, 'Write it as it is sent');
  const prefixed = headerValueProblem(`${prefix ?? ''}x`);
  if (prefixed !== undefined) throw wrong('auth.prefix', prefixed, 'Write it as it is sent');
  if (isOfConnection(lower) || lower === 'content-encoding') {
    throw wrong('auth.header', 'it says how the request is sent, which is not declared', 'Leave it out');
  }
  if (lower === 'accept' || lower === 'content-type') {
    throw wrong('auth.header', `every request has ${lower} for something else`, 'Name the header of the key');
  }
}

function checkParameter(name: string): void {
  const [only, ...more] = parseTemplate(name);
  if (only === name && more.length === 0) return;
  throw wrong(
    'auth.name',
    name === '' ? 'it is empty' : 'a name is sent as it is, and takes no placeholder',
    'Write the name that the vendor’s documentation says',
  );
}
