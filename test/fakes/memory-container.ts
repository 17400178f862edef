import type { ContainerClient } from '@azure/storage-blob';

/** A container in memory, with the methods that the harness uses. */
export interface MemoryContainer extends ContainerClient {
  /** Writes a blob regardless of leases. */
  set(name: string, text: string): void;
  text(name: string): string | undefined;
}

/** @param blobs the initial texts, by name */
export function memoryContainer(blobs: Readonly<Record<string, string>>): MemoryContainer {
  const texts = new Map(Object.entries(blobs));
  const versions = new Map<string, number>();
  const set = (name: string, text: string): void => {
    texts.set(name, text);
    versions.set(name, (versions.get(name) ?? 0) + 1);
  };
  const blobOf = (name: string) => ({
    exists: () => Promise.resolve(texts.has(name)),
    deleteIfExists: () => Promise.resolve(texts.delete(name)),
    downloadToBuffer: () => Promise.resolve(Buffer.from(texts.get(name) ?? '')),
    upload: (bytes: Buffer) => Promise.resolve(set(name, bytes.toString())),
  });
  async function* listBlobsFlat({ prefix = '' } = {}) {
    for (const name of await Promise.resolve([...texts.keys()].filter((one) => one.startsWith(prefix))))
      yield { name, properties: { etag: String(versions.get(name)), blobType: 'BlockBlob' } };
  }
  const container = {
    set,
    text: (name: string) => texts.get(name),
    exists: () => Promise.resolve(true),
    getBlobClient: blobOf,
    getBlockBlobClient: blobOf,
    listBlobsFlat,
  };
  return container as unknown as MemoryContainer;
}
