import type { Azurite } from '../../local/storage/azurite';
import { SettingError } from '../../shared/contract/errors';
import { createDeadLetters } from '../../shared/io/dead-letters';
import { createRetention } from '../../shared/io/retention';
import { clock as realClock } from '../../shared/io/clock';
import { openStorage, type Storage } from '../../shared/io/storage';
import { appWith, keptLines, realStorage } from './rig';

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const clockAt = (iso: string) => ({ ...realClock, now: () => new Date(iso) });

let azurite: Azurite;
let storage: Storage;
beforeAll(async () => {
  azurite = await realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});
beforeEach(() => storage.blobs.deleteIfExists());
afterAll(() => azurite.stop());

async function bury(iso: string, runId: string): Promise<void> {
  const letters = [{ cause: 'too-deep' as const, detail: 'the record is nested deeper', record: '{}' }];
  await createDeadLetters(storage, clockAt(iso)).put(ID, { runId, page: 0 }, letters);
}

async function put(name: string): Promise<void> {
  await storage.blobs.getBlockBlobClient(name).upload('{}', 2);
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.blobs.listBlobsFlat()) found.push(name);
  return found;
}

test('sweep deletes dead letters and backups older than thirty days, says how many, and nothing else', async () => {
  await bury('2026-10-21T23:59:59Z', 'old');
  await bury('2026-10-22T00:00:00Z', 'kept');
  const rest = ['runs/acme/default/2020-01-01.json', 'spool/acme/alerts/2020-01-01/1.bin'];
  const backups = ['2026-09-01T00:00:00Z', '2026-11-20T00:00:00Z'].map(
    (at) => `backups/acme/default/alerts/${at}.json`,
  );
  for (const name of [...rest, ...backups]) await put(name);
  const env = { AzureWebJobsStorage: azurite.connectionString };
  const lines = keptLines();
  await appWith(env, [], clockAt('2026-11-21T12:00:00Z')).sweep(lines);
  expect(await names()).toEqual([
    backups[1],
    'dead-letters/acme/default/alerts/2026-10-22/kept-0.jsonl',
    ...rest,
  ]);
  expect(lines.all).toEqual([expect.stringContaining('"deleted":2')]);
});

test('a sweep deletes no more than its bound, and the next one goes on', async () => {
  for (const run of ['a', 'b', 'c']) await bury('2026-01-01T00:00:00Z', run);
  const deleteOld = createRetention(storage, {}, clockAt('2026-11-21T12:00:00Z'), { maxDeleted: 2 });
  expect([await deleteOld(), await deleteOld(), await deleteOld()]).toEqual([2, 1, 0]);
  expect(await names()).toEqual([]);
});

test.each([
  ['7', 1],
  ['8', 0],
])('RETENTION_DAYS=%s deletes %i of a blob that is eight days old', async (days, deleted) => {
  await bury('2026-11-13T12:00:00Z', 'one');
  expect(await createRetention(storage, { RETENTION_DAYS: days }, clockAt('2026-11-21T12:00:00Z'))()).toBe(
    deleted,
  );
});

test.each(['0', '-1', '30d', '@Microsoft.KeyVault(SecretUri=https://vault.example/s)'])(
  'RETENTION_DAYS=%s deletes nothing, and says so',
  async (days) => {
    await bury('2020-01-01T00:00:00Z', 'one');
    const wrong = createRetention(storage, { RETENTION_DAYS: days }, realClock)();
    await expect(wrong).rejects.toThrow(SettingError);
    await expect(wrong).rejects.toThrow(/RETENTION_DAYS.*Nothing is deleted/);
    expect(await names()).toHaveLength(1);
  },
);

test('storage in which nothing was ever kept has nothing to delete', async () => {
  expect(await createRetention(storage, {}, realClock)()).toBe(0);
});
