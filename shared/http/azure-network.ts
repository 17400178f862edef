import { Agent } from 'agent-base';
import type { ClientRequest, Agent as HttpAgent } from 'node:http';
import { createAgents } from './agents';

/** What takes a CA for the connections of Azure clients. */
export const AZURE_CA = 'NODE_EXTRA_CA_CERTS';

const agentOf = createAgents(undefined);

/** Hands each request of an Azure client on to the agent of its address, http and https alike. */
class AgentOfAddress extends Agent {
  connect(
    _request: ClientRequest,
    { host, port, secureEndpoint }: Parameters<Agent['connect']>[1],
  ): ReturnType<typeof agentOf> {
    const name = host?.includes(':') === true ? `[${host}]` : host;
    return agentOf(new URL(`${secureEndpoint ? 'https' : 'http'}://${name}:${port}`));
  }
}

/**
 * What every Azure client is given, so that it goes the way of all other connections: through the proxy where there is
 * one, never through one to this machine or to the address of the managed identity, and with a listener on each of its
 * sockets. With an agent of its own a client asks no proxy; `proxyOptions` only keeps it from reading `HTTPS_PROXY`,
 * which it would not take without a scheme. To be spread, never to be given: the queue client writes the retries that it
 * would have by default into what it is given.
 */
export const AZURE_NETWORK = Object.freeze({
  agent: new AgentOfAddress({ keepAlive: true }),
  proxyOptions: { host: 'http://127.0.0.1', port: 9 },
});

/** The same for a client that asks one origin: its agent is found once, and not anew for each request. */
export function azureNetworkTo(address: string): Omit<typeof AZURE_NETWORK, 'agent'> & { agent: HttpAgent } {
  return { ...AZURE_NETWORK, agent: agentOf(new URL(address)) };
}
