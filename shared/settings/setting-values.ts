import type { Setting, Settings } from '../contract/connector';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import { withoutEndSlashes } from '../kit/define-connector';

/** The values of settings, and their problems. */
export interface ReadValues {
  readonly values: Record<string, string>;
  readonly isAnySet: boolean;
  /** One sentence for each required setting that is not set. */
  readonly missing: readonly string[];
  /** One sentence for each invalid setting. */
  readonly problems: readonly string[];
}

/** Reads settings. @param look returns the variable of a setting and its value */
export function readValues(
  settings: Settings,
  look: (setting: string) => { readonly name: string; readonly value: string | undefined },
): ReadValues {
  const values: Record<string, string> = {};
  const missing: string[] = [];
  const problems: string[] = [];
  let isAnySet = false;
  for (const [key, setting] of Object.entries(settings)) {
    const { name, value: text = '' } = look(key);
    const value = text.trim();
    if (value !== '') isAnySet = true;
    values[key] = value === '' ? (setting.default ?? '') : value;
    const problem = value === '' ? undefined : problemOf(setting, name, value);
    if (problem !== undefined) problems.push(problem);
    if (values[key] === '' && setting.optional !== true)
      missing.push(`${name} is not set: ${setting.help.replace(/\.$/, '')}.`);
    if (setting.kind === 'url') values[key] = withoutEndSlashes(values[key]);
  }
  return { values, isAnySet, missing, problems };
}

function problemOf({ example, kind }: Setting, name: string, value: string): string | undefined {
  if (isUnresolved(value)) return unresolvedProblem(name, value);
  return kind === 'url' ? addressProblem(name, value, example) : undefined;
}

/** The problem of an address, as a sentence; `undefined` if it is valid: https, or http to loopback, without credentials, query or fragment. */
export function addressProblem(
  name: string,
  value: string,
  example = 'https://example.com',
): string | undefined {
  if (!value.includes('://')) return `${name} has no scheme. It must begin with https://, as in ${example}.`;
  if (!URL.canParse(value)) return `${name} is not an address. It looks like ${example}.`;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '')
    return `${name} must not hold a name or a password. Put them into their own settings.`;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return `${name} must begin with https:// (http:// is accepted for this machine only).`;
  if (/[?#\s]/.test(value)) return `${name} must end before ?, # or a blank. It looks like ${example}.`;
  return undefined;
}

/** True for loopback: the only hosts that may be reached without TLS, and never through a proxy. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
