import { formatId, type SourceId } from '../contract/checkpoint';
import { ContractError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import { parseJson, stringifyJson } from '../kit/json';
import { storageError, storageStatus, withContainer, type Storage } from './storage';

const DAY_MS = 24 * 3_600_000;

/** Lines about sources, in the order of their times; nothing is ever changed in it. */
export interface Journal<T> {
  add(id: SourceId, at: Date, line: T): Promise<void>;
  /** The lines of every blob that may hold one from `from` to `to`, oldest first. */
  read(id: SourceId, from: Date, to: Date): Promise<T[]>;
}

/** How a journal is kept. */
export interface JournalOptions {
  /** The folder of its blobs, and what it is in a message: `the acts`. */
  readonly folder: string;
  readonly what: string;
  /** One blob for each day, or for each month. */
  readonly every: 'day' | 'month';
  /** Whenever a source begins a blob, its blobs older than this are removed. */
  readonly keepDays: number;
}

/**
 * A journal in append blobs: `<folder>/<connector>/<instance>/<source>/<day or month>.jsonl`, a JSON line each, at most
 * 50,000 lines a blob. Two writers at once disturb each other in nothing.
 * @see https://learn.microsoft.com/rest/api/storageservices/append-block
 */
export function createJournal<T extends object>(
  { blobs }: Pick<Storage, 'blobs'>,
  { every, folder, keepDays, what }: JournalOptions,
): Journal<T> {
  const folderOf = ({ connector, instance, source }: SourceId): string =>
    `${folder}/${connector}/${instance}/${source}/`;
  const nameOf = (time: Date): string => `${time.toISOString().slice(0, every === 'day' ? 10 : 7)}.jsonl`;
  /** Names are times, so that they compare as times do. */
  const isBetween = (name: string, from: Date, to: Date): boolean =>
    name >= nameOf(from) && name <= nameOf(to);

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
      const body = `${stringifyJson(line as JsonObject)}\n`;
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

    async read(id, from, to) {
      const doing = `reading ${what} of ${formatId(id)}`;
      try {
        const wanted = (await names(id)).filter((name) => isBetween(name, from, to));
        const texts = await Promise.all(
          wanted.map(async (name) => {
            const body = await blobs.getBlobClient(folderOf(id) + name).downloadToBuffer();
            return { name, text: body.toString('utf8') };
          }),
        );
        return texts.flatMap(({ name, text }) => linesOf(`${doing}: ${folderOf(id)}${name}`, text) as T[]);
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(doing, error);
      }
    },
  };
}

/** The values of a text of JSON lines. @throws ContractError naming the line that is none */
export function linesOf(doing: string, text: string): Json[] {
  return text.split('\n').flatMap((line, at) => {
    if (line === '') return [];
    try {
      return [parseJson(line)];
    } catch (cause) {
      throw new ContractError(
        `${doing}: its line ${at + 1} is not JSON. Something else has written there: look at the blob.`,
        { cause },
      );
    }
  });
}
