import type { Connector, PullContext, PullSource } from '../../shared/contract/connector';
import type { JsonObject } from '../../shared/contract/json';
import { defineConnector, secret, string, url } from '../../shared';
import { startLoopback, type Asked, type Loopback } from '../fakes/loopback';

/** The pages of every source of a generated vendor; a page has {@link PER_PAGE} events. */
export const PAGES = 3;
export const PER_PAGE = 2;

const START = Date.parse('2026-11-01T00:00:00Z');

/** A connector with these sources, each with its own table: `alpha` and `s1` make `AlphaS1_CL`. */
export function generate(name: string, sources: readonly string[]): Connector {
  return defineConnector({
    name,
    title: name,
    settings: {
      url: url('The vendor', { example: 'https://vendor.example.com' }),
      token: secret('Its token'),
    },
    sources: Object.fromEntries(sources.map((source) => [source, generatedSource(name, source)])),
  });
}

export function tableOf(name: string, source: string): string {
  return [name, source].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') + '_CL';
}

function generatedSource(name: string, source: string): PullSource {
  return {
    table: { name: tableOf(name, source), time: 'at', eventId: 'id', columns: { From: string('from') } },
    async *pull({ checkpoint, http, settings }: PullContext) {
      for (let page = Number(checkpoint?.['next'] ?? 0); page < PAGES; page++) {
        const answer = await http.request({
          url: `${settings['url'] ?? ''}/${source}`,
          query: { page },
          headers: { Authorization: `Bearer ${settings['token'] ?? ''}` },
        });
        const { records } = answer.json() as unknown as { readonly records: readonly JsonObject[] };
        yield { records, checkpoint: { next: page + 1 } };
      }
    },
  };
}

/** One page of a source as one tenant sees it. */
export function pageOf(tenant: string, source: string, page: number): string {
  const records = Array.from({ length: PER_PAGE }, (_, at) => {
    const number = page * PER_PAGE + at;
    return {
      id: `${tenant}-${source}-${number}`,
      at: new Date(START + number * 1_000).toISOString(),
      from: `${tenant} ${source}`,
    };
  });
  return JSON.stringify({ records });
}

/** The request: the source, the page, and the token, which identifies the tenant. */
export function readAsked({ headers, url: path }: Asked): { source: string; page: number; token: string } {
  const { pathname, searchParams } = new URL(path, 'http://vendor.test');
  const token = String(headers['authorization']).replace('Bearer ', '');
  return { source: pathname.slice(1), page: Number(searchParams.get('page')), token };
}

/**
 * A vendor that answers each tenant with its own events, after `delayMs`, and counts how many requests it serves at once. It
 * answers none before `together` requests are open.
 */
export async function startGeneratedVendor({ delayMs = 0, together = 1 } = {}): Promise<
  Loopback & { readonly peak: () => number }
> {
  const held: (() => void)[] = [];
  let active = 0;
  let peak = 0;
  const vendor = await startLoopback((response, asked) => {
    peak = Math.max(peak, ++active);
    const { page, source, token } = readAsked(asked);
    held.push(() => {
      active--;
      response.writeHead(200, { 'content-type': 'application/json' }).end(pageOf(token, source, page));
    });
    if (peak >= together) for (const answer of held.splice(0)) setTimeout(answer, delayMs);
  });
  return { ...vendor, peak: () => peak };
}
