import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import * as tls from 'node:tls';
import { agentThrough, type Trust } from './proxy-connect';
import { proxyFor } from '../settings/proxy-settings';
import type { Tls } from '../settings/tls-settings';

const plain = new HttpAgent({ keepAlive: true });
/** One agent per proxy, CA and client certificate. The runs of the process share them, to reuse connections. */
const secure = new Map<string, HttpAgent>();

/**
 * Returns the keep-alive agent for an address. An https address uses the proxy of `HTTPS_PROXY`, unless it is excluded by
 * `NO_PROXY` or is this machine; an http address uses none. Each origin's agent is resolved once.
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
  const proxy = proxyFor(url, process.env);
  const { ca = '', certificate = '', key = '' } = tlsOf ?? {};
  const name = JSON.stringify([proxy?.address.href, proxy?.headers, ca, certificate, key]);
  let agent = secure.get(name);
  if (agent === undefined) {
    const target = contextOf(ca, certificate, key);
    agent =
      proxy === undefined
        ? new HttpsAgent({ keepAlive: true, ...target })
        : agentThrough(proxy, target, contextOf(ca));
    secure.set(name, agent);
  }
  return agent;
}

/** Created once per agent. Otherwise every connection would load the many well-known authorities again. */
function contextOf(ca: string, certificate = '', key = ''): Trust {
  if (ca === '' && certificate === '') return {};
  const trust = ca === '' ? {} : { ca: [...wellKnown(), ca] };
  const shown = certificate === '' ? {} : { cert: certificate, key };
  return { secureContext: tls.createSecureContext({ ...trust, ...shown }) };
}

/** The authorities that Node trusts by default. With `getCACertificates`, they include those of `NODE_EXTRA_CA_CERTS`. */
function wellKnown(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (of: 'default') => readonly string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}
