import { Agent } from 'agent-base';
import type { ClientRequest, Agent as HttpAgent } from 'node:http';
import { createAgents } from './agents';

/** The variable that adds a CA for the connections of Azure clients. */
export const AZURE_CA = 'NODE_EXTRA_CA_CERTS';

const agentOf = createAgents(undefined);

/** Passes each request of an Azure client to the agent for its address, http or https. */
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
 * Network options of every Azure client, so that it connects as all other requests do: through the proxy, except to this
 * machine and to the address of the managed identity, and with an error listener on each socket. A client that has an
 * agent ignores its proxy options; `proxyOptions` only stops it from reading `HTTPS_PROXY`, which it rejects without a
 * scheme. Spread this object into a client's options; do not pass it: the queue client writes its default retry options
 * into the object that it is given.
 */
export const AZURE_NETWORK = Object.freeze({
  agent: new AgentOfAddress({ keepAlive: true }),
  proxyOptions: { host: 'http://127.0.0.1', port: 9 },
});

/** The same options for a client of one origin. Its agent is resolved once, not for each request. */
export function azureNetworkTo(address: string): Omit<typeof AZURE_NETWORK, 'agent'> & { agent: HttpAgent } {
  return { ...AZURE_NETWORK, agent: agentOf(new URL(address)) };
}
