import { version } from '../../package.json';
import { formatId, type SourceId } from '../contract/checkpoint';
import type { LetterPage, LetterStore, StoredLetter } from '../contract/operator';
import type { Clock, DeadLetters } from '../contract/run';
import { sourceIn, sourcePath } from './blob-paths';
import { linesOf } from './journal';
import { storageError, storageStatus, withContainer, type Storage } from './storage';

const ROOT = 'dead-letters';
const HEADERS = { blobHTTPHeaders: { blobContentType: 'application/x-ndjson' } };

/**
 * Dead letters as blobs, one for each page that has any, a JSON line each:
 * `dead-letters/<connector>/<instance>/<source>/<day>/<run>-<page>.jsonl`. They hold customers' records.
 */
export function createDeadLetters(
  { blobs }: Pick<Storage, 'blobs'>,
  clock: Clock,
): DeadLetters & LetterStore {
  const write = (name: string, body: string, conditions = {}): Promise<unknown> =>
    blobs.getBlockBlobClient(name).upload(body, Buffer.byteLength(body), { ...HEADERS, conditions });

  /** Writes a page again, in one conditional write; where nothing is left of it, it goes. */
  const rewrite = async (
    page: LetterPage,
    doing: string,
    become: (letter: StoredLetter) => readonly StoredLetter[],
  ): Promise<void> => {
    const blob = blobs.getBlobClient(page.name);
    try {
      const { etag } = await blob.getProperties();
      const conditions = etag === undefined ? {} : { ifMatch: etag };
      const body = await blob.downloadToBuffer(undefined, undefined, { conditions });
      const left = lettersOf(page, doing, body.toString('utf8')).flatMap(become);
      if (left.length === 0) await blob.deleteIfExists({ conditions });
      else await write(page.name, left.map(toLine).join(''), conditions);
    } catch (error) {
      if (storageStatus(error) === 404) return;
      throw storageError(doing, error);
    }
  };

  return {
    async put(id, { runId, page }, letters) {
      const at = clock.now().toISOString();
      const name = sourcePath(ROOT, id, at.slice(0, 10), `${runId}-${page}.jsonl`);
      const lines = letters.map((letter, place) =>
        toLine({ id: `${runId}-${page}-${place}`, at, ...idOf(id), runId, version, ...letter }),
      );
      try {
        await withContainer(blobs, () => write(name, lines.join('')));
      } catch (error) {
        throw storageError(`keeping the dead letters of ${formatId(id)}`, error);
      }
    },

    async *list(id) {
      const pages: LetterPage[] = [];
      try {
        const prefix = id === undefined ? `${ROOT}/` : `${sourcePath(ROOT, id)}/`;
        for await (const { name } of blobs.listBlobsFlat({ prefix })) pages.push(...pageOf(name));
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('listing the dead letters', error);
      }
      yield* pages.sort((a, b) => (dayOf(a) < dayOf(b) ? -1 : 1));
    },

    async read(page) {
      const doing = `reading the dead letters in ${page.name}`;
      try {
        const body = await blobs.getBlobClient(page.name).downloadToBuffer();
        return lettersOf(page, doing, body.toString('utf8'));
      } catch (error) {
        if (storageStatus(error) === 404) return [];
        throw storageError(doing, error);
      }
    },

    remove: (page, ids) =>
      rewrite(page, `removing dead letters of ${formatId(page.id)}`, (letter) =>
        ids.has(letter.id) ? [] : [letter],
      ),

    replace: (page, others) =>
      rewrite(
        page,
        `replacing dead letters of ${formatId(page.id)}`,
        (letter) => others.get(letter.id) ?? [letter],
      ),
  };
}

function idOf({ connector, instance, source }: SourceId): SourceId {
  return { connector, instance, source };
}

/** The day is the last folder of the name. */
function dayOf({ name }: LetterPage): string {
  return name.split('/').slice(-2).join('/');
}

/** What a blob's name says; nothing where something else lies there. */
function pageOf(name: string): LetterPage[] {
  const { id, rest = [] } = sourceIn(name) ?? {};
  const [, runId, page] = /^(.+)-(\d+)\.jsonl$/.exec(rest[1] ?? '') ?? [];
  return id === undefined || runId === undefined ? [] : [{ id, runId, page: Number(page), name }];
}

/** The first versions gave letters no id: their place in the blob says it, until the blob is written again with ids. */
function lettersOf({ runId, page }: LetterPage, doing: string, text: string): StoredLetter[] {
  const lines = linesOf(doing, text) as unknown as (Omit<StoredLetter, 'id'> & { readonly id?: string })[];
  return lines.map((line, place) => ({ ...line, id: line.id ?? `${runId}-${page}-${place}` }));
}

function toLine(letter: StoredLetter): string {
  return `${JSON.stringify(letter)}\n`;
}
