import { SettingError } from '../contract/errors';
import { isUnresolved, unresolvedProblem } from './unresolved-references';
import { isExcluded } from './no-proxy';
import { isLoopback } from './setting-values';
import type { Environment } from './environment';

/** A proxy for outgoing connections. */
export interface Proxy {
  /** Without credentials, so that it may be logged. */
  readonly address: URL;
  /** The credentials, as a header of CONNECT. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The variables of a proxy for https, in curl's order: lower case first, the general one last. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
/** A number instead of a host, as in `8080`. A URL would parse it as an IPv4 address, but a port is meant. */
const NUMBER_ALONE = /^(?:https?:\/\/)?(?:[^@/]*@)?(?:\d+|0x[\da-f]*)(?::\d*)?\/?$/i;
const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY'];

/**
 * The proxy for an address. `undefined` without a proxy, for loopback, and for addresses that `NO_PROXY` excludes.
 * @throws SettingError when the variable does not hold a proxy's address. The message never contains its value
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

/** The problem of the proxy variable as one sentence. Empty if there is none. */
export function proxyProblems(env: Environment): string[] {
  const name = firstSet(PROXY_VARIABLES, env);
  if (name === undefined || parseProxy(env[name] ?? '') !== undefined) return [];
  return [`${proxyProblem(name, env)} Until then nothing outside this machine is reached.`];
}

/** The variable with the proxy's address, for messages. */
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

/** Decodes percent-encoding. Returns an invalid encoding unchanged. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
