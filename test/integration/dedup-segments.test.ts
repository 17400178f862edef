import type { SourceId } from '../../shared/contract/checkpoint';
import { createDedupSegments } from '../../shared/storage/state/dedup-segments';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { realStorage, type TestStorage } from './harness';

/* The dedup segments of delivered events, on real blob storage. */

const ID: SourceId = { connector: 'acme', instance: 'default', source: 'alerts' };
let azurite: TestStorage;
let storage: Storage;

beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const textOf = (read: Uint8Array | undefined): string | undefined =>
  read === undefined ? undefined : Buffer.from(read).toString('latin1');

test('a segment is read back as it was written; a missing one is empty', async () => {
  const segments = createDedupSegments(storage);
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
  await segments.put(ID, '2026-11-21T10:00/run-1', bytes(all));
  expect(textOf(await segments.read(ID, '2026-11-21T10:00/run-1', 256))).toBe(all);
  expect(await segments.read(ID, '2026-11-21T11:00/run-1', 256)).toBeUndefined();
  expect(await segments.read({ ...ID, instance: 'eu' }, '2026-11-21T10:00/run-1', 256)).toBeUndefined();
});

test('a segment name is written once: a repeated attempt changes nothing', async () => {
  const segments = createDedupSegments(storage);
  await segments.put(ID, '2026-11-21T12:00/run-1', bytes('first'));
  await segments.put(ID, '2026-11-21T12:00/run-1', bytes('again'));
  expect(textOf(await segments.read(ID, '2026-11-21T12:00/run-1', 5))).toBe('first');
});

test('a segment with another length than it was written with is damaged, and the report says what that costs', async () => {
  const segments = createDedupSegments(storage);
  await segments.put(ID, '2026-11-21T15:00/run-1', bytes('[[],null,7]'));
  await expect(segments.read(ID, '2026-11-21T15:00/run-1', 32)).rejects.toMatchObject({
    isDamage: true,
    message: expect.stringMatching(
      /^reading the dedup index of acme\/alerts: seen\/acme\/default\/alerts\/2026-11-21T15:00\/run-1 is damaged: it has 11 bytes, not 32\. .* is sent once more/,
    ) as string,
  });
});

test('dropped segments are deleted, with unreferenced ones; the others stay', async () => {
  const segments = createDedupSegments(storage);
  const names = ['13:00/run-1', '13:00/run-10', '14:00/run-1', '14:00/orphan'].map(
    (name) => `2026-11-21T${name}`,
  );
  for (const name of names) await segments.put(ID, name, bytes(name));
  const kept = new Set(['2026-11-21T13:00/run-10']);
  await segments.drop(ID, ['2026-11-21T13:00/run-1', '2026-11-21T14:00/'], kept);
  const left = await Promise.all(names.map((name) => segments.read(ID, name, name.length)));
  expect(left.map(textOf)).toEqual([undefined, '2026-11-21T13:00/run-10', undefined, undefined]);
});

test('missing storage is an UnavailableError when segments are read, and ignored when they are only cleaned up', async () => {
  const { port } = new URL(azurite.blobUrl);
  const nowhere = openStorage({ AzureWebJobsStorage: azurite.connectionString.replaceAll(port, '1') });
  const segments = createDedupSegments(nowhere);
  await expect(segments.put(ID, 'x/1', bytes('x'))).rejects.toThrow('writing the dedup index of acme/alerts');
  await expect(segments.read(ID, 'x/1', 1)).rejects.toThrow('reading the dedup index of acme/alerts');
  await expect(segments.drop(ID, ['x/'], new Set())).resolves.toBeUndefined();
});
