import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { startHost } from '../../../local/host/host';
import { startAzurite } from '../../../local/storage/azurite';
import { inheritedEnvironment } from '../../fakes/inherited-environment';

/** A parent that will be killed: starts Azurite and the host, writes a blob, and prints the ids of both processes. */
interface Plan {
  readonly storage: string;
  readonly worker: string;
  readonly app: string;
  readonly folder: string;
  readonly hostJson: string;
}

async function main({ storage, worker, app, folder, hostJson }: Plan): Promise<void> {
  const azurite = await startAzurite({ entry: storage, folder: join(folder, 'storage') });
  const { connectionString } = azurite;
  const host = await startHost({
    entry: app,
    workerEntry: worker,
    environment: {
      ...inheritedEnvironment(),
      TICK: '0 0 0 1 1 *',
      FAILING: '0 0 0 1 1 *',
      QUEUE: 'queue',
      AzureWebJobsStorage: connectionString,
    },
    port: 0,
    hostJson,
    hostId: 'orphans',
    storageConnectionString: connectionString,
    onLog: () => undefined,
  });
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('kept');
  await container.create();
  await container.getBlockBlobClient('acknowledged').upload('written', 7);
  process.send?.({ worker: host.workerPid, azurite: azurite.pid });
}

void main(JSON.parse(process.argv[2] ?? '{}') as Plan);
