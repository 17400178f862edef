import type { ContainerClient } from '@azure/storage-blob';
import { storageError, storageStatus } from '../storage';

/** The three levels of folders below a prefix, without what lies in them. */
export async function* spoolPaths(blobs: ContainerClient, root: string): AsyncGenerator<string> {
  const below = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    try {
      for await (const item of blobs.listBlobsByHierarchy('/', { prefix }))
        if (item.kind === 'prefix') found.push(item.name);
    } catch (error) {
      if (storageStatus(error) !== 404) throw storageError('listing the spool', error);
    }
    return found;
  };
  for (const connector of await below(root))
    for (const instance of await below(connector))
      for (const source of await below(instance)) yield source.slice(0, -1);
}
