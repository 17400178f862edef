import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import * as tls from 'node:tls';
import { agentThrough, type Trust } from './proxy-connect';
import { proxyFor } from '../settings/proxy-settings';
import type { Tls } from '../settings/tls-settings';

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

/** Made once for an agent: the well-known authorities are many, and would be read again for every connection. */
function contextOf(ca: string, certificate = '', key = ''): Trust {
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
