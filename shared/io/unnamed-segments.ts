import type { ContainerClient } from '@azure/storage-blob';
import type { SeenIndex } from '../contract/windows';
import { SEEN } from './seen-segments';
import { readBlob, storageStatus } from './storage';

/** A segment of a source; what a part of a backfill has seen lies one folder deeper, and is its own to delete. */
const SEGMENT = /^seen\/([^/]+\/[^/]+\/[^/]+)\/(\d{4}-\d\d-\d\dT\d\d:\d\d\/[^/]+)$/;

/**
 * The segments written before a time that neither their source's checkpoint names nor any copy of one that is kept:
 * a state that was replaced has left them, or a run that was killed. What is younger may be named by a run that goes on.
 */
export async function* unnamedSegments(blobs: ContainerClient, before: Date): AsyncGenerator<string> {
  let [of, named]: [string, ReadonlySet<string> | undefined] = ['', undefined];
  for await (const { name, properties } of blobs.listBlobsFlat({ prefix: SEEN })) {
    const [, source = '', segment = ''] = SEGMENT.exec(name) ?? [];
    if (source === '' || properties.lastModified >= before) continue;
    if (source !== of) [of, named] = [source, await namedOf(blobs, source)];
    if (named?.has(segment) === false) yield name;
  }
}

/** Every segment that a source's states name; `undefined` where one of them cannot be read. */
async function namedOf(blobs: ContainerClient, source: string): Promise<ReadonlySet<string> | undefined> {
  const states = [`checkpoints/${source}.json`];
  for await (const { name } of blobs.listBlobsFlat({ prefix: `backups/${source}/` })) states.push(name);
  const named = new Set<string>();
  for (const state of states) {
    try {
      const { text } = await readBlob(blobs.getBlobClient(state));
      const { seen } = JSON.parse(text) as { readonly seen?: SeenIndex };
      for (const [bucket, all] of Object.entries(seen?.buckets ?? {}))
        for (const [name] of all) named.add(`${bucket}/${name}`);
    } catch (error) {
      if (storageStatus(error) === 404) continue;
      if (storageStatus(error) !== undefined) throw error;
      return undefined;
    }
  }
  return named;
}
