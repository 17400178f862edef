import { UnavailableError } from '../../shared/contract/errors';
import { LEASE_MS } from '../../shared/contract/run';
import { requeueRun } from '../../shared/run/trigger-message';
import type { Stores } from '../../shared/run/stores';
import { fakeClock } from '../fakes/fake-clock';
import { memoryCheckpoints } from '../fakes/memory-checkpoints';
import { silentLog } from '../fakes/silent-log';

const ID = { connector: 'acme', instance: 'default', source: 'events' };

test('a message whose source cannot be checked is retried, and the log says why', async () => {
  const reason = 'reading the report of acme/events: runs/acme/default/events.json is damaged';
  const reports: Stores['reports'] = {
    put: () => Promise.resolve(),
    read: () => Promise.reject(new UnavailableError(reason)),
  };
  const state = {
    checkpoints: memoryCheckpoints(),
    reports,
    triggerQueue: { send: () => Promise.resolve() },
  };
  const back: object[] = [];
  const log = silentLog();
  await requeueRun(async (_, id, afterMs) => void back.push({ id, afterMs }), ID, state, fakeClock(), log);
  expect(back).toEqual([{ id: ID, afterMs: LEASE_MS }]);
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { ...ID, reason } }]);
});
