import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { startAzurite } from '../../local/storage/azurite';
import { buildEntry } from './build-entry';

const built = buildEntry('local/storage/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'azurite-'));

afterAll(() => {
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('what was written is found again after a stop and a start on other ports', async () => {
  const first = await startAzurite({ entry: built.file, folder });
  const container = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient('kept');
  await container.create();
  await container.getBlockBlobClient('a').upload('one', 3);
  const queue = QueueServiceClient.fromConnectionString(first.connectionString).getQueueClient('kept');
  await queue.create();
  await queue.sendMessage('two');
  await first.stop();

  const second = await startAzurite({ entry: built.file, folder });
  const blob = BlobServiceClient.fromConnectionString(second.connectionString).getContainerClient('kept');
  const text = (await blob.getBlockBlobClient('a').downloadToBuffer()).toString();
  const again = QueueServiceClient.fromConnectionString(second.connectionString).getQueueClient('kept');
  const { receivedMessageItems } = await again.receiveMessages();
  await second.stop();

  expect(text).toBe('one');
  expect(receivedMessageItems.map((message) => message.messageText)).toEqual(['two']);
  expect(second.blobUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1$/);
});

test('stopping twice is stopping once', async () => {
  const azurite = await startAzurite({ entry: built.file, folder });
  await Promise.all([azurite.stop(), azurite.stop()]);
  expect(() => process.kill(azurite.pid, 0)).toThrow('ESRCH');
});

test('SIGINT, which a terminal sends to all, does not end it', async () => {
  const azurite = await startAzurite({ entry: built.file, folder });
  process.kill(azurite.pid, 'SIGINT');
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  await expect(service.getProperties()).resolves.toBeDefined();
  await azurite.stop();
});

test('a port in use is told in words', async () => {
  const first = await startAzurite({ entry: built.file, folder });
  const other = mkdtempSync(join(tmpdir(), 'azurite-'));
  const blobPort = Number(new URL(first.blobUrl).port);
  await expect(startAzurite({ entry: built.file, folder: other, blobPort })).rejects.toThrow(/EADDRINUSE/);
  await first.stop();
  rmSync(other, { recursive: true, force: true });
  expect(existsSync(other)).toBe(false);
});
