import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { startAzurite } from '../../local/storage/azurite';
import { buildEntry } from '../local/build-entry';

const built = buildEntry('local/storage/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'azurite-'));

afterAll(() => {
  built.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('stored data is found again after a restart on other ports', async () => {
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

test('a second stop does nothing', async () => {
  const azurite = await startAzurite({ entry: built.file, folder });
  await Promise.all([azurite.stop(), azurite.stop()]);
  expect(() => process.kill(azurite.pid, 0)).toThrow('ESRCH');
});

test('SIGINT, which a terminal sends to the whole process group, does not end it', async () => {
  const azurite = await startAzurite({ entry: built.file, folder });
  process.kill(azurite.pid, 'SIGINT');
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  await expect(service.getProperties()).resolves.toBeDefined();
  await azurite.stop();
});

/** The status of a list request that is signed with Azurite's public key, with any Host and from any page. */
function listed(url: string, connectionString: string, headers: Record<string, string>): Promise<number> {
  const { port } = new URL(url);
  const date = new Date().toUTCString();
  const isOfAccount = headers['Host']?.startsWith('devstoreaccount1') === true;
  const path = isOfAccount ? '/' : '/devstoreaccount1';
  const signed = `GET${'\n'.repeat(12)}x-ms-date:${date}\nx-ms-version:2021-08-06\n/devstoreaccount1${path}\ncomp:list`;
  const key = Buffer.from(/AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '', 'base64');
  const signature = createHmac('sha256', key).update(signed).digest('base64');
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: `${path}?comp=list`,
      headers: {
        'x-ms-date': date,
        'x-ms-version': '2021-08-06',
        Authorization: `SharedKey devstoreaccount1:${signature}`,
        ...headers,
      },
    });
    asked.on('error', reject).on('response', (response: IncomingMessage) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    asked.end();
  });
}

test('a page of another site is refused, even under a name of its own that resolves to this machine', async () => {
  const azurite = await startAzurite({ entry: built.file, folder });
  const { connectionString } = azurite;
  const statuses = async (url: string): Promise<number[]> => {
    const { port } = new URL(url);
    const asked = (headers: Record<string, string>): Promise<number> =>
      listed(url, connectionString, headers);
    return [
      await asked({}),
      await asked({ Host: `localhost:${port}` }),
      await asked({ Host: `LOCALHOST:${port}`, Origin: `http://127.0.0.1:${port}` }),
      await asked({ Host: `devstoreaccount1.evil.example:${port}` }),
      await asked({ Host: 'devstoreaccount1.blob.evil.example' }),
      await asked({ Host: `127.0.0.1:${port}`, Origin: 'http://evil.example' }),
      await asked({ Host: `localhost:${Number(port) + 1}` }),
    ];
  };
  const expected = [200, 200, 200, 403, 403, 403, 403];
  expect(await statuses(azurite.blobUrl)).toEqual(expected);
  expect(await statuses(azurite.queueUrl)).toEqual(expected);
  await azurite.stop();
});

test('a port in use is reported with a message', async () => {
  const first = await startAzurite({ entry: built.file, folder });
  const other = mkdtempSync(join(tmpdir(), 'azurite-'));
  const blobPort = Number(new URL(first.blobUrl).port);
  await expect(startAzurite({ entry: built.file, folder: other, blobPort })).rejects.toThrow(/EADDRINUSE/);
  await first.stop();
  rmSync(other, { recursive: true, force: true });
  expect(existsSync(other)).toBe(false);
});
