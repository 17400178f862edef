import { headerNameProblem, headerValueProblem } from '../header-problems';
import { wrong } from '../rest/checks/declaration-error';
import { refuseOwned } from '../rest/checks/headers';
import { must, obey, text } from '../rest/checks/rules';
import { parseTemplate } from '../template';

/* What the kinds of credentials have in common. `member` is the path that a message names. */

export const LIFETIME = must('a number of milliseconds, at least 1,000', (value) => Number(value) >= 1_000);

export function checkHeader(member: string, header: string, prefix = ''): void {
  const lower = header.toLowerCase();
  const named = headerNameProblem(header);
  if (named !== undefined) throw wrong(member, named, 'Write it as it is sent');
  const prefixed = headerValueProblem(`${prefix}x`);
  if (prefixed !== undefined) throw wrong('auth.prefix', prefixed, 'Write it as it is sent');
  refuseOwned(member, lower);
  if (lower === 'accept' || lower === 'content-type') {
    throw wrong(member, `every request uses ${lower} for something else`, 'Name the header of the key');
  }
}

export function checkPath(member: string, path: string): void {
  if (/^\/[^?#]*$/.test(path)) return;
  throw wrong(member, `${path} does not begin with /, or holds a query`, 'It is added to the base');
}

export function checkTexts(prefix: string, texts: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(texts)) {
    obey(`${prefix}${name}`, value, text);
    checkName(`${prefix}${name}`, name);
  }
}

export function checkName(member: string, name: string): void {
  const [only, ...more] = parseTemplate(name);
  if (only === name && more.length === 0) return;
  throw wrong(
    member,
    name === '' ? 'it is empty' : 'a name is sent as it is, and takes no placeholder',
    'Write the name that the vendor’s documentation says',
  );
}
