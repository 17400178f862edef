import { SettingError } from '../../shared/contract/errors';
import { createDeadLetters } from '../../shared/storage/state/dead-letters';
import { createRetention } from '../../shared/storage/retention';
import { clock as realClock } from '../../shared/process/clock';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { appWith, keptLines, realStorage, type TestStorage } from './harness';
import { readAppSettings } from '../../shared/settings/app-settings';

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const clockAt = (iso: string) => ({ ...realClock, now: () => new Date(iso) });

let azurite: TestStorage;
let storage: Storage;
beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});
beforeEach(() => storage.blobs.deleteIfExists());

async function bury(iso: string, runId: string): Promise<void> {
  const letters = [{ cause: 'too-deep' as const, detail: 'the record is nested deeper', record: '{}' }];
  await createDeadLetters(storage, clockAt(iso)).put(ID, { runId, page: 0 }, letters);
}

async function put(name: string, text = '{}'): Promise<void> {
  await storage.blobs.createIfNotExists();
  await storage.blobs.getBlockBlobClient(name).upload(text, text.length);
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.blobs.listBlobsFlat()) found.push(name);
  return found;
}

test('sweep deletes only dead letters and backups older than thirty days, and says how many', async () => {
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

describe('dedup segments', () => {
  const seen = (source: string, name: string): string =>
    `seen/acme/default/${source}/2026-11-21T10:00/${name}`;
  const naming = (name: string): string =>
    JSON.stringify({ seen: { key: 'k', bucketMs: 1, buckets: { '2026-11-21T10:00': [[name, 1]] } } });
  const later = clockAt(new Date(Date.now() + 40 * 24 * 3_600_000).toISOString());
  const backupOf = (source: string): string =>
    `backups/acme/default/${source}/${later.now().toISOString().replace(/:/g, '-')}.json`;

  beforeEach(async () => {
    await put('checkpoints/acme/default/alerts.json', naming('named'));
    await put(backupOf('alerts'), naming('of-a-copy'));
    for (const name of ['named', 'of-a-copy', 'of-nobody']) await put(seen('alerts', name));
    await put(seen('gone', 'of-nobody'));
    await put('checkpoints/acme/default/damaged.json', '{"seen":');
    await put(seen('damaged', 'of-somebody'));
    await put('seen/acme/default/alerts/a-part.0/2026-11-21T10:00/not-ours');
  });
  const left = async (): Promise<string[]> => (await names()).filter((name) => name.startsWith('seen/'));

  test('are deleted once they are old and neither the checkpoint nor a backup refers to them', async () => {
    expect(await createRetention(storage, readAppSettings({}), later)()).toBe(2);
    expect(await left()).toEqual([
      seen('alerts', 'named'),
      seen('alerts', 'of-a-copy'),
      'seen/acme/default/alerts/a-part.0/2026-11-21T10:00/not-ours',
      seen('damaged', 'of-somebody'),
    ]);
    await storage.blobs.deleteBlob(backupOf('alerts'));
    expect(await createRetention(storage, readAppSettings({}), later)()).toBe(1);
    expect(await left()).not.toContain(seen('alerts', 'of-a-copy'));
  });

  test('stay while they are young: a run may be about to refer to them', async () => {
    expect(await createRetention(storage, readAppSettings({}), realClock)()).toBe(0);
    expect(await left()).toHaveLength(6);
  });

  test('count against the limit of a sweep', async () => {
    const deleteOld = createRetention(storage, readAppSettings({}), later, { maxDeleted: 1 });
    expect([await deleteOld(), await deleteOld(), await deleteOld()]).toEqual([1, 1, 0]);
  });
});

describe('backfills', () => {
  const RANGE = {
    ...{ from: '2025-12-01T00:00:00.000Z', to: '2025-12-31T00:00:00.000Z', at: '2026-01-01T00:00:00.000Z' },
    ...{ parts: 4, workers: 1, stepMs: 1_000, by: 'anna' },
  };
  const order = (id: string, state: string, changedAt: string): Promise<void> =>
    put(
      `backfills/acme/default/alerts/${id}/order.json`,
      JSON.stringify({ version: 1, ...ID, id, ...RANGE, state, changedAt }),
    );
  const part = (id: string): string => `backfills/acme/default/alerts/${id}/0.json`;
  const seen = (id: string): string => `seen/acme/default/alerts/${id}.0/2026-11-21T10:00/one`;
  const at = clockAt('2026-11-21T12:00:00Z');

  beforeEach(async () => {
    await order('long-ago', 'finished', '2026-11-11T11:59:59.000Z');
    await order('given-up', 'cancelled', '2026-11-11T11:59:59.000Z');
    await order('lately', 'finished', '2026-11-11T12:00:01.000Z');
    await order('waiting', 'paused', '2026-01-01T00:00:00.000Z');
    for (const id of ['long-ago', 'lately', 'waiting']) await Promise.all([put(part(id)), put(seen(id))]);
    await put('backfills/acme/default/alerts/damaged/order.json', '{');
  });

  test('that ended are deleted with their slices once the run history begins after them', async () => {
    expect(await createRetention(storage, readAppSettings({ RUN_HISTORY_DAYS: '10' }), at)()).toBe(4);
    const left = (await names()).join(' ');
    expect(left).not.toMatch(/long-ago|given-up/);
    for (const id of ['lately', 'waiting']) {
      expect(left).toContain(part(id));
      expect(left).toContain(seen(id));
    }
    expect(left).toContain('damaged/order.json');
  });

  test('are deleted with the job last, so that an interrupted deletion continues', async () => {
    const deleteOld = createRetention(storage, readAppSettings({ RUN_HISTORY_DAYS: '10' }), at, {
      maxDeleted: 3,
    });
    expect(await deleteOld()).toBe(3);
    expect(await names()).toContain('backfills/acme/default/alerts/long-ago/order.json');
    expect([await deleteOld(), await deleteOld()]).toEqual([1, 0]);
  });
});

test('a sweep deletes no more than its limit, and the next one continues', async () => {
  for (const run of ['a', 'b', 'c']) await bury('2026-01-01T00:00:00Z', run);
  const deleteOld = createRetention(storage, readAppSettings({}), clockAt('2026-11-21T12:00:00Z'), {
    maxDeleted: 2,
  });
  expect([await deleteOld(), await deleteOld(), await deleteOld()]).toEqual([2, 1, 0]);
  expect(await names()).toEqual([]);
});

test.each([
  ['7', 1],
  ['8', 0],
])('RETENTION_DAYS=%s deletes %i of a blob that is eight days old', async (days, deleted) => {
  await bury('2026-11-13T12:00:00Z', 'one');
  expect(
    await createRetention(
      storage,
      readAppSettings({ RETENTION_DAYS: days }),
      clockAt('2026-11-21T12:00:00Z'),
    )(),
  ).toBe(deleted);
});

test.each(['0', '-1', '30d', '@Microsoft.KeyVault(SecretUri=https://vault.example/s)'])(
  'RETENTION_DAYS=%s deletes nothing, and reports it',
  async (days) => {
    await bury('2020-01-01T00:00:00Z', 'one');
    const wrong = createRetention(storage, readAppSettings({ RETENTION_DAYS: days }), realClock)();
    await expect(wrong).rejects.toThrow(SettingError);
    await expect(wrong).rejects.toThrow(/RETENTION_DAYS.*Nothing is deleted/);
    expect(await names()).toHaveLength(1);
  },
);

test('empty storage has nothing to delete', async () => {
  expect(await createRetention(storage, readAppSettings({}), realClock)()).toBe(0);
});
