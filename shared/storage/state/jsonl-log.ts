import { formatId, type SourceId } from '../../contract/checkpoint';
import type { Json } from '../../contract/json';
import type { OnDamage } from '../../contract/operator';
import { runCooperatively } from '../../values/cooperative';
import { linesOf, lineText } from '../stored-lines';
import { sourcePath } from '../blob-paths';
import { storageError, storageStatus, withContainer, type Storage } from '../storage';

const DAY_MS = 24 * 3_600_000;

/** An append-only log of lines about sources, ordered by time. */
export interface JsonlLog<T> {
  add(id: SourceId, at: Date, line: T): Promise<void>;
  /** The lines of every blob that may hold one from `from` to `to`, oldest first. `damaged`: see {@link linesOf}. */
  read(id: SourceId, from: Date, to: Date, damaged?: OnDamage): Promise<T[]>;
}

/** How a log is stored. */
export interface JsonlLogOptions {
  /** The folder of its blobs. */
  readonly folder: string;
  /** Its name in messages: `the audit log`. */
  readonly what: string;
  /** One blob for each day, or for each month. */
  readonly every: 'day' | 'month';
  /** Why a value is not a line of this log; `undefined` if it is. */
  readonly problemOf: (value: Json) => string | undefined;
  /** When a source begins a new blob, its blobs older than this are deleted. */
  readonly keepDays: number;
}

/**
 * A log in append blobs: `<folder>/<connector>/<instance>/<source>/<day or month>.jsonl`, JSON Lines, at most 50,000 lines
 * a blob. Concurrent writers may append.
 * @see https://learn.microsoft.com/rest/api/storageservices/append-block
 */
export function createJsonlLog<T extends object>(
  { blobs }: Pick<Storage, 'blobs'>,
  { every, folder, keepDays, problemOf, what }: JsonlLogOptions,
): JsonlLog<T> {
  const folderOf = (id: SourceId): string => `${sourcePath(folder, id)}/`;
  const nameOf = (time: Date): string => `${time.toISOString().slice(0, every === 'day' ? 10 : 7)}.jsonl`;
  /** Names are times, so that they sort by time. */
  const mayHold = (name: string, from: Date, to: Date): boolean => name >= nameOf(from) && name <= nameOf(to);

  const names = async (id: SourceId): Promise<string[]> => {
    const prefix = folderOf(id);
    const found: string[] = [];
    for await (const { name } of blobs.listBlobsFlat({ prefix })) found.push(name.slice(prefix.length));
    return found.sort();
  };
  const removeOld = async (id: SourceId, now: Date): Promise<void> => {
    const oldest = nameOf(new Date(now.getTime() - keepDays * DAY_MS));
    const old = (await names(id)).filter((name) => name < oldest);
    await Promise.all(old.map((name) => blobs.getBlobClient(folderOf(id) + name).deleteIfExists()));
  };

  return {
    async add(id, at, line) {
      const blob = blobs.getAppendBlobClient(folderOf(id) + nameOf(at));
      const body = lineText(`${what} of ${formatId(id)}`, line, problemOf);
      const append = (): Promise<unknown> => blob.appendBlock(body, Buffer.byteLength(body));
      try {
        await append().catch(async (error: unknown) => {
          if (storageStatus(error) !== 404) throw error;
          const blobHTTPHeaders = { blobContentType: 'application/x-ndjson' };
          const { succeeded } = await withContainer(blobs, () => blob.createIfNotExists({ blobHTTPHeaders }));
          await append();
          if (succeeded) await removeOld(id, at);
        });
      } catch (error) {
        throw storageError(`adding to ${what} of ${formatId(id)}`, error);
      }
    },

    async read(id, from, to, damaged) {
      const doing = `reading ${what} of ${formatId(id)}`;
      try {
        const wanted = (await names(id)).filter((name) => mayHold(name, from, to));
        const all = await Promise.all(
          wanted.map(async (name) => ({
            name,
            body: await blobs.getBlobClient(folderOf(id) + name).downloadToBuffer(),
          })),
        );
        const found: T[] = [];
        for (const { body, name } of all) {
          const reading = { doing: `${doing}: ${folderOf(id)}${name}`, problemOf, damaged };
          for (const { value } of await runCooperatively(linesOf<T>(body, reading)))
            if (value !== undefined) found.push(value);
        }
        return found;
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(doing, error);
      }
    },
  };
}

/** True for a time from `from` to `to`, both inclusive. @param at ISO 8601, UTC */
export function isBetween(at: string, from: Date, to: Date): boolean {
  return at >= from.toISOString() && at <= to.toISOString();
}
