import type { Connector } from '../../shared/contract/connector';
import { defineConnector, rest, string, url } from '../../shared';
import type { RateLimit } from '../../shared/contract/budget';

export const EVENTS_A_PAGE = 100;
/** One live event in so much time: often enough that it does not matter when a run asks. */
export const LIVE_EVERY_MS = 50;

/** A vendor that is asked for ranges of time, with a limit or without. */
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
