import type { Connector } from '../../shared/contract/connector';
import { defineConnector, rest, string, url } from '../../shared';
import type { RateLimit } from '../../shared/contract/budget';

export const EVENTS_A_PAGE = 100;
/** The time between two live events: short, so that the moment of a run does not matter. */
export const LIVE_EVERY_MS = 50;

/** A source that is read by time ranges, with or without a rate limit. */
export function benchConnector(limits: readonly RateLimit[]): Connector {
  return defineConnector({
    name: 'bench',
    title: 'Bench',
    settings: { url: url('The address of the vendor.', { example: 'https://vendor.test' }) },
    budget: { limits },
    sources: {
      events: {
        pull: rest({
          base: 'url',
          path: '/events',
          records: '$.events[*]',
          next: { kind: 'cursor', from: '$.next', send: { in: 'query', name: 'after' } },
          stop: { on: 'no-next' },
          resume: 'time',
          since: { in: 'query', name: 'since', format: 'epoch-ms' },
          until: { in: 'query', name: 'until', format: 'epoch-ms' },
          window: { lag: { minMs: 1_000, maxMs: 1_000 } },
        }),
        table: {
          name: 'BenchEvents_CL',
          time: 'at',
          eventId: 'id',
          columns: { Kind: string('kind'), Text: string('text') },
        },
      },
    },
  });
}
