import { UnavailableError } from '../../shared/contract/errors';
import type { CheckpointStore, SourceId } from '../../shared/contract/checkpoint';
import { createCheckpoints } from '../../shared/storage/state/checkpoints';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { describeCheckpointStore } from '../contract/checkpoint-store.contract';
import { eventually } from '../fakes/eventually';
import { realStorage, type TestStorage } from './harness';

/* The checkpoint store that a function app uses, on real blob storage. */

const ID: SourceId = { connector: 'lease', instance: 'default', source: 'alerts' };
let azurite: TestStorage;
let storage: Storage;

beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});

describeCheckpointStore('blob storage', async () => createCheckpoints(storage), {
  async damage({ connector, instance, source }, text) {
    const blob = storage.blobs.getBlockBlobClient(`checkpoints/${connector}/${instance}/${source}.json`);
    await blob.upload(text, Buffer.byteLength(text));
  },
});

async function hold(store: CheckpointStore) {
  const held = await store.acquire(ID);
  if (held === 'busy') throw new Error('the lease is not free');
  return held;
}

test('a lease that cannot be renewed aborts its holder, which can then save nothing', async () => {
  const store = createCheckpoints(storage, { renewEveryMs: 50 });
  const held = await hold(store);
  await store.breakLeases();
  await eventually('the loss is noticed', () => held.leaseLost.aborted);
  expect(held.leaseLost.reason).toBeInstanceOf(UnavailableError);
  await expect(held.save(held.checkpoint)).rejects.toThrow('the lease was lost');
  await held.release();
});

test('a position that only its source finds damaged is reported with its blob and the commands that repair it', async () => {
  const held = await hold(createCheckpoints(storage));
  expect(held.damaged?.('its position is none').message).toMatch(
    /^reading the checkpoint of (\S+): checkpoints\/\S+\.json is damaged: its position is none\. It is not treated as a first run: .*"npx tributary state restore \1"/,
  );
  await held.release();
});

test('a holder whose lease was broken cannot overwrite the next holder', async () => {
  const store = createCheckpoints(storage);
  const first = await hold(store);
  await store.breakLeases();
  const second = await hold(store);
  await second.save({ ...second.checkpoint, position: { from: 'second' } });
  await expect(first.save({ ...first.checkpoint, position: { from: 'first' } })).rejects.toThrow(
    UnavailableError,
  );
  await second.release();
  expect((await store.read(ID))?.position).toEqual({ from: 'second' });
});

test('missing storage is an UnavailableError with a message', async () => {
  const nowhere = openStorage({
    AzureWebJobsStorage: azurite.connectionString.replace(
      /BlobEndpoint=http:\/\/127\.0\.0\.1:\d+/,
      'BlobEndpoint=http://127.0.0.1:9',
    ),
  });
  await expect(createCheckpoints(nowhere).acquire(ID)).rejects.toThrow(
    /acquiring the lease of the checkpoint of lease\/alerts: .*Nothing is lost/,
  );
});

test('a checkpoint read during a write is either the old one or the new one', async () => {
  const store = createCheckpoints(storage);
  const id = { ...ID, source: 'read-meanwhile' };
  const held = await store.acquire(id);
  if (held === 'busy') throw new Error('the lease is not free');
  let isWriting = true;
  const write = async (): Promise<void> => {
    for (let times = 0; times < 60; times++) {
      await held.save({ ...held.checkpoint, position: { long: 'x'.repeat((times * 3_700) % 40_000) } });
    }
    isWriting = false;
  };
  const read = async (): Promise<void> => {
    while (isWriting) expect(await store.read(id)).toMatchObject({ version: 1 });
  };
  await Promise.all([write(), read(), read(), read()]);
  await held.release();
});

test('a backfill slice has its own lease and checkpoint, and is not listed as a source that ran', async () => {
  const store = createCheckpoints(storage);
  const id = { ...ID, source: 'parted' };
  const part = { ...id, part: '0a1b2c3d.7' };
  const [own, live] = [await store.acquire(part), await store.acquire(id)];
  if (own === 'busy' || live === 'busy') throw new Error('one keeps the other from its lease');
  await own.save({ ...own.checkpoint, position: { of: 'the part' } });
  expect((await store.read(id))?.position).toBeNull();
  expect((await store.read(part))?.position).toEqual({ of: 'the part' });
  expect(await store.acquire(part)).toBe('busy');
  expect(await store.sliceLeases(id, '0a1b2c3d')).toEqual([{ number: 7, isLeased: true }]);
  expect(await store.sliceLeases(id, '00000000')).toEqual([]);
  await store.breakLeases();
  expect(await store.sliceLeases(id, '0a1b2c3d')).toEqual([{ number: 7, isLeased: false }]);
  const listed = [];
  for await (const each of store.list()) listed.push(each.source);
  expect(listed.filter((source) => source === 'parted')).toHaveLength(1);
});
