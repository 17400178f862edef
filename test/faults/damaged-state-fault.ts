import { pick } from '../../local/vendor/random';
import { randomSkip } from './vendor-faults';
import type { Fault } from './fault';
import type { StorageRequest } from './storage';

/** Valid JSON with types, counts and times that no version wrote. */
const DAMAGED_TEXTS = [
  'null',
  '[]',
  '{}',
  '"../../checkpoints/x"',
  '{"version":1,"position":null,"ledger":{}}',
  '{"version":1,"position":"../x","ledger":{"fetched":-1,"accepted":"51","duplicate":null,"filtered":0,"deadLettered":0,"pending":0}}',
  '{"version":1,"delivered":-1,"dead":null,"duplicate":"51","settled":[],"keys":7,"columns":"x"}',
  '{"version":1,"waiting":{"reason":"unavailable","since":"x","retryAt":"9999-12-31T23:59:59.999Z"}}',
] as const;

/** Reads of a blob that is one JSON text. */
const isState = ({ comp, method, path, service }: StorageRequest): boolean =>
  service === 'blob' &&
  method === 'GET' &&
  comp === null &&
  /\/(?:checkpoints|spool-totals|runs|budgets|pauses|backfills)\//.test(path);

/** Damaged state is reported and never used. The stored blob stays as it is and must not be overwritten. */
export const DAMAGED_STATE: Fault = {
  name: 'nonsense-state',
  description: 'Stored state is read as valid JSON with wrong values.',
  hitsRequests: true,
  arrange: (environment) =>
    environment.storage.rules.add({
      matches: isState,
      action: { do: 'misread', as: pick(environment.random, DAMAGED_TEXTS) },
      skip: 2 * randomSkip(environment),
      times: pick(environment.random, [1, 3]),
    }),
};
