import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import acme from '../fixtures/connectors/acme';
import { findTrigger } from '../../local/host/worker/functions';
import { timerInput } from '../../local/host/timers/timer-listener';
import { startWorkerProcess, type WorkerProcess } from '../../local/host/worker/worker-process';
import type { Vendor } from '../../local/vendor/vendor';
import type { Workspace } from '../../local/workspace/workspace';
import { isBalanced } from '../../shared/contract/checkpoint';
import { openStorage } from '../../shared/storage/storage';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { eventually } from '../fakes/eventually';
import { INVENTED } from './invented';
import { closeVendors, vendorOfToday } from '../local/vendor-setup';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from '../integration/harness';
import { CONTINUE_QUEUE } from '../../shared/admin';

/* A restart of the app: runs in progress end and release their lease, so that no source is busy for a minute. */

const SYSTEM_LOG = { connector: 'acme', instance: 'default', source: 'systemLog' };

let storage: TestStorage;
let workspace: Workspace;
let vendor: Vendor;
let env: Record<string, string>;
let worker: WorkerProcess | undefined;

beforeAll(async () => {
  storage = realStorage();
});
beforeEach(async () => {
  workspace = await realWorkspace([acme]);
  vendor = await vendorOfToday({ pageSize: 4 });
  const { blobs, queue } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  await Promise.all([blobs.deleteIfExists(), queue(CONTINUE_QUEUE).deleteIfExists()]);
  env = {
    ...variablesFor(storage, workspace),
    ...variablesOf('acme', vendor.settings('acme')),
    ACME_START: '2020-01-01T00:00:00Z',
  };
});
afterEach(async () => {
  worker?.kill();
  await closeVendors();
  await workspace.close();
});

/** The next run, in another process: everything has arrived when it ends. */
async function goesOnAtOnce(): Promise<void> {
  const report = await appWith(env, [acme]).pullSource(SYSTEM_LOG, keptLines());
  expect(report.outcome).toBe('caught-up');
  const [row] = await workspace.query('SELECT count(DISTINCT "EventId") AS n FROM "AcmeSystemLog_CL"');
  expect(Number(row?.['n'])).toBe(vendor.published('acme', 'systemLog').length);
}

test('a run that waits for its vendor is stopped within seconds, enqueues its successor, and leaves no lease', async () => {
  vendor.behave([{ do: 'slow', ms: 60_000 }]);
  const app = appWith(env, [acme]);
  const running = app.pullSource(SYSTEM_LOG, keptLines());
  await eventually('the vendor is asked', () => vendor.requests.length > 0);
  await app.stop();
  const report = await running;
  expect(report).toMatchObject({ outcome: 'out-of-time' });
  expect(isBalanced(report)).toBe(true);
  const { receivedMessageItems } = await openStorage(env).queue(CONTINUE_QUEUE).receiveMessages();
  expect(receivedMessageItems).toHaveLength(1);
  vendor.behave([]);
  await goesOnAtOnce();
});

test('an app that is stopping begins no run', async () => {
  const app = appWith(env, [acme]);
  await app.stop();
  expect(await app.pullSource(SYSTEM_LOG, keptLines())).toMatchObject({ outcome: 'out-of-time', fetched: 0 });
  expect(vendor.requests).toEqual([]);
  await goesOnAtOnce();
});

test('the bundle stops its runs when its worker is terminated, as in Azure', async () => {
  vendor.behave([{ do: 'slow', ms: 60_000 }]);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-ending-'));
  worker = await startWorkerProcess(
    {
      entry: join(INVENTED, 'dist', 'app.js'),
      workerEntry: join(INVENTED, 'dist', 'worker.js'),
      folder,
      environment: { ...inheritedEnvironment(), ...env },
      onLog: () => undefined,
    },
    new AbortController().signal,
  );
  const trigger = worker.app.functions
    .map(findTrigger)
    .find(({ metadata }) => metadata.name === 'pull-acme')!;
  const inputs = { [trigger.binding]: timerInput(false, undefined) };
  const call = { id: 'one', functionName: 'pull-acme', triggerMetadata: {}, inputs };
  const invoked = worker.invoke(call).catch((error: unknown) => error);
  await eventually('the vendor is asked', () => vendor.requests.length > 0);
  expect(await worker.terminate()).toEqual({ code: 0, signal: null });
  await invoked;
  rmSync(folder, { recursive: true, force: true });
  vendor.behave([]);
  await goesOnAtOnce();
});
