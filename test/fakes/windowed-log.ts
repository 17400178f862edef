import type { RestSpec } from '../../shared/contract/rest';

/** A log that is read in windows of time, page by page; a record's time is at `at`. */
export const WINDOWED_LOG: RestSpec = {
  base: 'url',
  path: '/log',
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.cursor', send: { in: 'query', name: 'cursor' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
  until: { in: 'query', name: 'until' },
  window: { lag: { minMs: 0, maxMs: 0 } },
};
