import { pick } from '../../../local/vendor/random';
import { some } from '../vendor-faults';
import type { Fault } from '../fault';
import type { StorageRequest } from '../storage';

/** JSON of no meaning, or of another one: types, counts and times that no version wrote. */
const NONSENSE = [
  'null',
  '[]',
  '{}',
  '"../../checkpoints/x"',
  '{"version":1,"position":null,"ledger":{}}',
  '{"version":1,"position":"../x","ledger":{"fetched":-1,"accepted":"51","duplicate":null,"filtered":0,"deadLettered":0,"pending":0}}',
  '{"version":1,"delivered":-1,"dead":null,"duplicate":"51","settled":[],"keys":7,"columns":"x"}',
  '{"version":1,"waiting":{"reason":"unavailable","since":"x","retryAt":"9999-12-31T23:59:59.999Z"}}',
] as const;

/** What the app keeps as one JSON text, and reads whole. */
const isState = ({ comp, method, path, service }: StorageRequest): boolean =>
  service === 'blob' &&
  method === 'GET' &&
  comp === null &&
  /\/(?:checkpoints|spool-totals|runs|budgets|pauses|backfills)\//.test(path);

/** Stored state that parses and means nothing is told, never believed: what lies there is not written over. */
export const NONSENSE_STATE: Fault = {
  name: 'nonsense-state',
  says: 'What is stored is read as JSON of the wrong meaning.',
  meets: true,
  arrange: (scene) =>
    scene.storage.rules.add({
      on: isState,
      does: { do: 'misread', as: pick(scene.random, NONSENSE) },
      skip: 2 * some(scene),
      times: pick(scene.random, [1, 3]),
    }),
};
