import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import * as tls from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { SettingError } from '../contract/errors';
import { isUnresolved, unresolvedProblem } from './key-vault';
import { isLoopback } from './setting-values';
import type { Tls } from './tls-settings';

/** The code of an error that says that the proxy would not connect us. */
export const PROXY_REFUSED = 'PROXY_REFUSED';

/** What such an error tells beside its code. */
export interface ProxyRefusal extends Error {
  readonly code: typeof PROXY_REFUSED;
  /** The proxy's answer to CONNECT. */
  readonly status: number;
  /** The proxy's host and port, without its credentials. */
  readonly proxy: string;
}

const plain = new HttpAgent({ keepAlive: true });
/** One for each (proxy, CA, client certificate) of the process, so that connections are kept from run to run. */
const secure = new Map<string, HttpAgent>();

/**
 * Gives the keep-alive agent for an address: through the proxy that `HTTPS_PROXY` and `NO_PROXY` name, but for this
 * machine, which is never reached through one. An origin's agent is found once.
 */
export function createAgents(tlsOf: Tls | undefined): (url: URL) => HttpAgent {
  const known = new Map<string, HttpAgent>();
  return (url) => {
    if (url.protocol === 'http:') return plain;
    let agent = known.get(url.origin);
    if (agent === undefined) known.set(url.origin, (agent = secureAgent(url, tlsOf)));
    return agent;
  };
}

function secureAgent(url: URL, tlsOf: Tls | undefined): HttpAgent {
  const proxy = isLoopback(url.hostname) ? '' : getProxyForUrl(url.href);
  const { ca = '', certificate = '', key = '' } = tlsOf ?? {};
  const name = JSON.stringify([proxy, ca, certificate, key]);
  let agent = secure.get(name);
  if (agent === undefined) {
    const own = contextOf(ca, certificate, key);
    agent = proxy === '' ? new HttpsAgent({ keepAlive: true, ...own }) : throughProxy(proxy, own, ca);
    secure.set(name, agent);
  }
  return agent;
}

/** Made once for an agent: the well-known authorities are many, and would be read again for every connection. */
function contextOf(ca: string, certificate = '', key = ''): { readonly secureContext?: tls.SecureContext } {
  if (ca === '' && certificate === '') return {};
  const trust = ca === '' ? {} : { ca: [...wellKnown(), ca] };
  const shown = certificate === '' ? {} : { cert: certificate, key };
  return { secureContext: tls.createSecureContext({ ...trust, ...shown }) };
}

/** What is trusted where nothing else is said: with `NODE_EXTRA_CA_CERTS`, on a Node that can tell it. */
function wellKnown(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (of: 'default') => readonly string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

function throughProxy(text: string, own: ReturnType<typeof contextOf>, ca: string): HttpAgent {
  const proxy = proxyOf(text);
  const agent = new HttpsProxyAgent(proxy.address, {
    keepAlive: true,
    ...contextOf(ca),
    // Given apart from the address, so that the address can be written anywhere.
    headers: () => ({ ...proxy.headers }),
  });
  // What the constructor takes is for the connection to the proxy; this is for the one beyond it.
  Object.assign(agent.options, own);
  // An answer but 200 would be handed on as if the vendor had given it.
  agent.on('proxyConnect', ({ statusCode }: { readonly statusCode: number }, request: ClientRequest) => {
    if (statusCode === 200) return;
    const told = { code: PROXY_REFUSED, status: statusCode, proxy: proxy.address.host } as const;
    request.destroy(
      Object.assign(new Error(`the proxy answers ${statusCode}`), told satisfies Partial<ProxyRefusal>),
    );
  });
  return agent;
}

/** @throws SettingError when what `HTTPS_PROXY` holds is no proxy's address; never with its text */
function proxyOf(text: string): {
  readonly address: URL;
  readonly headers: Readonly<Record<string, string>>;
} {
  const name = 'HTTPS_PROXY';
  if (isUnresolved(text.replace(/^https:\/\//, ''))) {
    throw new SettingError(`finding the proxy: ${unresolvedProblem(name)}`);
  }
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address === undefined || !['http:', 'https:'].includes(address.protocol)) {
    throw new SettingError(
      `finding the proxy: ${name} is no address of one. Write http://proxy.example.com:8080.`,
    );
  }
  const { password, username } = address;
  address.username = address.password = '';
  if (username === '' && password === '') return { address, headers: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    address,
    headers: { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}
