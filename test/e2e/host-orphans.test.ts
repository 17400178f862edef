import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { type Azurite, startAzurite } from '../../local/storage/azurite';
import { buildApp, buildEntry } from '../local/build-entry';
import { eventually, isAlive } from '../fakes/eventually';

const built = {
  storage: buildEntry('local/storage/main.ts'),
  worker: buildEntry('local/host/worker/worker.ts'),
  parent: buildEntry('test/e2e/sample-app/parent.ts'),
  app: buildApp('test/e2e/sample-app/index.ts'),
};
const folder = mkdtempSync(join(tmpdir(), 'orphans-'));

const running: Azurite[] = [];

afterAll(async () => {
  await Promise.all(running.map((azurite) => azurite.stop()));
  for (const { remove } of Object.values(built)) remove();
  rmSync(folder, { recursive: true, force: true });
});

test('when the parent is killed the worker and Azurite end, and Azurite saves first', async () => {
  const hostJson = join(folder, 'host.json');
  writeFileSync(hostJson, '{"version":"2.0"}');
  const plan = {
    storage: built.storage.file,
    worker: built.worker.file,
    app: built.app.file,
    folder,
    hostJson,
  };
  const parent = fork(built.parent.file, [JSON.stringify(plan)], { execArgv: [] });
  const pids = await new Promise<{ worker: number; azurite: number }>((resolve) =>
    parent.once('message', resolve),
  );
  expect([isAlive(pids.worker), isAlive(pids.azurite)]).toEqual([true, true]);

  parent.kill('SIGKILL');
  await eventually('the worker is gone', () => !isAlive(pids.worker));
  await eventually('Azurite is gone', () => !isAlive(pids.azurite));

  const azurite = await startAzurite({ entry: built.storage.file, folder: join(folder, 'storage') });
  running.push(azurite);
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const kept = await service.getContainerClient('kept').getBlobClient('acknowledged').downloadToBuffer();
  expect(kept.toString()).toBe('written');
});
