import type { ContainerClient } from '@azure/storage-blob';
import { formatId, type SourceId } from '../../contract/checkpoint';
import type { Json } from '../../contract/json';
import { isObject } from '../../values/json-path';
import { sourceIn, sourcePath } from '../blob-paths';
import { DEDUP_FOLDER } from './dedup-segments';
import { isDedupIndex } from './stored-checkpoint';
import { readBlob, storageStatus } from '../storage';

/** A segment's folder. Segments of backfill slices are one folder deeper, and the slices delete their own. */
const BUCKET = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;

/**
 * The segments written before a time that no checkpoint of their source names, nor any stored copy of one. A replaced
 * checkpoint or a killed run left them. A younger segment may belong to a current run.
 */
export async function* orphanedSegments(blobs: ContainerClient, before: Date): AsyncGenerator<string> {
  let of = '';
  let named: ReadonlySet<string> | undefined;
  for await (const { name, properties } of blobs.listBlobsFlat({ prefix: `${DEDUP_FOLDER}/` })) {
    const { id, rest = [] } = sourceIn(name) ?? {};
    const isSegment = rest.length === 2 && BUCKET.test(rest[0] ?? '');
    if (id === undefined || !isSegment || properties.lastModified >= before) continue;
    if (formatId(id) !== of) [of, named] = [formatId(id), await namedOf(blobs, id)];
    if (named?.has(rest.join('/')) === false) yield name;
  }
}

/** All segments that the source's checkpoint and its copies name. `undefined` when one of these is unreadable. */
async function namedOf(blobs: ContainerClient, id: SourceId): Promise<ReadonlySet<string> | undefined> {
  const states = [`${sourcePath('checkpoints', id)}.json`];
  const copies = `${sourcePath('backups', id)}/`;
  for await (const { name } of blobs.listBlobsFlat({ prefix: copies })) states.push(name);
  const named = new Set<string>();
  for (const path of states) {
    try {
      const { text } = await readBlob(blobs.getBlobClient(path));
      const state = JSON.parse(text) as Json;
      if (!isObject(state)) return undefined;
      const seen = state['seen'];
      if (seen === undefined) continue;
      if (!isDedupIndex(seen)) return undefined;
      for (const [bucket, all] of Object.entries(seen.buckets))
        for (const [name] of all) named.add(`${bucket}/${name}`);
    } catch (error) {
      if (storageStatus(error) === 404) continue;
      if (storageStatus(error) !== undefined) throw error;
      return undefined;
    }
  }
  return named;
}
