import { SettingError } from '../contract/errors';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import { isExcluded } from './no-proxy';
import { isLoopback } from './setting-values';
import type { Environment } from './environment';

/** The proxy that a connection goes through. */
export interface Proxy {
  /** Without the credentials, so that it can be written anywhere. */
  readonly address: URL;
  /** The credentials, as a header of CONNECT. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The variables of a proxy for https, in curl's order: lower case first, the general one last. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
/** In the place of the host, as in `8080`: a URL takes it for an IPv4 address, and it is meant as a port. */
const NUMBER_ALONE = /^(?:https?:\/\/)?(?:[^@/]*@)?(?:\d+|0x[\da-f]*)(?::\d*)?\/?$/i;
const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY'];

/**
 * The proxy for an address; `undefined` where there is none, for this machine, and for what `NO_PROXY` excludes.
 * @throws SettingError where the variable does not hold a proxy's address; never with its text
 */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  const name = firstSet(PROXY_VARIABLES, env);
  if (name === undefined || isLoopback(url.hostname)) return undefined;
  const noProxy = firstSet(NO_PROXY_VARIABLES, env);
  if (noProxy !== undefined && isExcluded(url, env[noProxy] ?? '')) return undefined;
  const proxy = parseProxy(env[name] ?? '');
  if (proxy === undefined) throw new SettingError(`finding the proxy: ${proxyProblem(name, env)}`);
  return proxy;
}

/** What is wrong with the proxy's variable, for the whole app: a sentence, or nothing. */
export function proxyProblems(env: Environment): string[] {
  const name = firstSet(PROXY_VARIABLES, env);
  if (name === undefined || parseProxy(env[name] ?? '') !== undefined) return [];
  return [`${proxyProblem(name, env)} Until then nothing outside this machine is reached.`];
}

/** The variable that a proxy's address is read from, for messages. */
export function proxyVariable(env: Environment): string {
  return firstSet(PROXY_VARIABLES, env) ?? 'HTTPS_PROXY';
}

function firstSet(names: readonly string[], env: Environment): string | undefined {
  return names.find((name) => (env[name]?.trim() ?? '') !== '');
}

function proxyProblem(name: string, env: Environment): string {
  if (isUnresolved(env[name])) return unresolvedProblem(name, env[name]);
  if (NUMBER_ALONE.test((env[name] ?? '').trim()))
    return `${name} is a number where a host belongs. Write http://proxy.example.com:8080.`;
  return `${name} is not the address of an http or https proxy. Write http://proxy.example.com:8080.`;
}

/** Reads `http://name:password@host:port`; without a scheme it is http. `undefined` for anything else. */
function parseProxy(text: string): Proxy | undefined {
  const value = text.trim();
  const full = value.includes('://') ? value : `http://${value}`;
  if (isUnresolved(value) || NUMBER_ALONE.test(value) || !URL.canParse(full)) return undefined;
  const address = new URL(full);
  const isAddress = address.pathname === '/' && address.search === '' && address.hash === '';
  if (!isAddress || !['http:', 'https:'].includes(address.protocol)) return undefined;
  const { password, username } = address;
  address.username = address.password = '';
  if (username === '' && password === '') return { address, headers: {} };
  const credentials = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return { address, headers: { 'Proxy-Authorization': `Basic ${credentials}` } };
}

/** Percent signs that encode nothing are taken as they stand. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
