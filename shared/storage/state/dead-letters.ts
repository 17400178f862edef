import { version } from '../../../package.json';
import { formatId, type SourceId } from '../../contract/checkpoint';
import type { DeadLetterPage, DeadLetterStore, StoredDeadLetter, OnDamage } from '../../contract/operator';
import type { Clock, DeadLetters } from '../../contract/run';
import { sourceIn, sourcePath } from '../blob-paths';
import type { Json } from '../../contract/json';
import type { PushMetadata } from '../../contract/spool';
import {
  isRecord,
  isText,
  isTime,
  maybe,
  memberProblem,
  objectOf,
  type StoredMembers,
} from '../../values/stored-checks';
import { joinBytes, runCooperatively, pauseMeter, yieldToEventLoop } from '../../values/cooperative';
import { jsonPieces } from '../../values/json/incremental-stringify';
import { lineText, linesOf, type StoredLine } from '../stored-lines';
import { storageError, storageStatus, withContainer, type Storage } from '../storage';

const ROOT = 'dead-letters';
const HEADERS = { blobHTTPHeaders: { blobContentType: 'application/x-ndjson' } };
/** Characters that are encoded between two pauses. */
const PIECE_CHARACTERS = 32 * 1024;

/**
 * Dead letters as JSON Lines blobs, one for each page that has any:
 * `dead-letters/<connector>/<instance>/<source>/<day>/<run>-<page>.jsonl`. They contain customers' records.
 */
export function createDeadLetters(
  { blobs }: Pick<Storage, 'blobs'>,
  clock: Clock,
): DeadLetters & DeadLetterStore {
  const write = (name: string, body: Buffer, conditions = {}): Promise<unknown> =>
    blobs.getBlockBlobClient(name).upload(body, body.length, { ...HEADERS, conditions });

  /** Rewrites a page in one conditional write. Deletes it when nothing is left. */
  const rewrite = async (
    page: DeadLetterPage,
    doing: string,
    become: (letter: StoredDeadLetter) => readonly StoredDeadLetter[],
  ): Promise<void> => {
    const blob = blobs.getBlobClient(page.name);
    try {
      const { etag } = await blob.getProperties();
      const conditions = etag === undefined ? {} : { ifMatch: etag };
      const body = await blob.downloadToBuffer(undefined, undefined, { conditions });
      // Unreadable lines stay unchanged, for a person to look at.
      const left: Buffer[] = [];
      const isPauseDue = pauseMeter();
      for (const { bytes, value } of await lettersOf(page, doing, body, () => undefined)) {
        if (isPauseDue(bytes.length)) await yieldToEventLoop();
        if (value === undefined) left.push(bytes, Buffer.from('\n'));
        else left.push(await runCooperatively(linesOfAll(become(value))));
      }
      const rest = await runCooperatively(joinBytes(left));
      if (rest.length === 0) await blob.deleteIfExists({ conditions });
      else await write(page.name, rest, conditions);
    } catch (error) {
      if (storageStatus(error) === 404) return;
      throw storageError(doing, error);
    }
  };

  return {
    async put(id, { runId, page }, letters) {
      const at = clock.now().toISOString();
      const name = sourcePath(ROOT, id, at.slice(0, 10), `${runId}-${page}.jsonl`);
      const stored = letters.map((letter, place): StoredDeadLetter => ({
        ...{ id: `${runId}-${page}-${place}`, at, ...idOf(id), runId, version },
        ...letter,
      }));
      const body = await runCooperatively(linesOfAll(stored));
      try {
        await withContainer(blobs, () => write(name, body));
      } catch (error) {
        throw storageError(`storing the dead letters of ${formatId(id)}`, error);
      }
    },

    async *list(id) {
      const pages: DeadLetterPage[] = [];
      try {
        const prefix = id === undefined ? `${ROOT}/` : `${sourcePath(ROOT, id)}/`;
        for await (const { name } of blobs.listBlobsFlat({ prefix })) pages.push(...pageOf(name));
      } catch (error) {
        if (storageStatus(error) !== 404) throw storageError('listing the dead letters', error);
      }
      yield* pages.sort((a, b) => (dayOf(a) < dayOf(b) ? -1 : 1));
    },

    async read(page, damaged) {
      const doing = `reading the dead letters of ${formatId(page.id)}`;
      try {
        const body = await blobs.getBlobClient(page.name).downloadToBuffer();
        return (await lettersOf(page, doing, body, damaged)).flatMap(({ value }) => value ?? []);
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

/** The day and the file: the last two parts of the name. */
function dayOf({ name }: DeadLetterPage): string {
  return name.split('/').slice(-2).join('/');
}

/** Parses the name of a page's blob. Empty for any other name. */
function pageOf(name: string): DeadLetterPage[] {
  const { id, rest = [] } = sourceIn(name) ?? {};
  const [, runId, page] = /^(.+)-(\d+)\.jsonl$/.exec(rest[1] ?? '') ?? [];
  return id === undefined || runId === undefined ? [] : [{ id, runId, page: Number(page), name }];
}

const POST: StoredMembers<PushMetadata> = {
  receivedAt: isTime,
  contentType: maybe(isText),
  key: maybe(isText),
  facts: maybe(isRecord),
};

/** The first versions wrote no id, no time, no version and no post. */
const LETTER: StoredMembers<Omit<StoredDeadLetter, 'part'>> = {
  id: maybe(isText),
  at: maybe(isTime),
  connector: isText,
  instance: isText,
  source: isText,
  runId: isText,
  version: maybe(isText),
  cause: isText,
  detail: isText,
  eventId: maybe(isText),
  record: isText,
  post: maybe(objectOf<PushMetadata>(POST)),
};

function letterProblem(value: Json): string | undefined {
  return memberProblem<Omit<StoredDeadLetter, 'part'>>(value, LETTER);
}

/** Reads the dead letters of a page. Those of the first versions get an id from their place in the blob, and the blob's day. */
async function lettersOf(
  page: DeadLetterPage,
  doing: string,
  body: Buffer,
  damaged?: OnDamage,
): Promise<StoredLine<StoredDeadLetter>[]> {
  const reading = { doing: `${doing}: ${page.name}`, problemOf: letterProblem, damaged };
  return (await runCooperatively(linesOf<StoredDeadLetter>(body, reading))).map(({ bytes, value }, place) => {
    if (value === undefined) return { bytes };
    const first = {
      id: `${page.runId}-${page.page}-${place}`,
      at: `${dayOf(page).slice(0, 10)}T00:00:00.000Z`,
    };
    return { bytes, value: { ...first, ...value } };
  });
}

function* linesOfAll(letters: readonly StoredDeadLetter[]): Generator<undefined, Buffer, undefined> {
  const pieces: Buffer[] = [];
  let text = '';
  for (const letter of letters) {
    for (const piece of linePieces(letter)) {
      text += piece;
      if (text.length < PIECE_CHARACTERS) continue;
      pieces.push(Buffer.from(text));
      text = '';
      yield;
    }
  }
  pieces.push(Buffer.from(text));
  return yield* joinBytes(pieces);
}

/** The line of a dead letter. A long record is written piece by piece, and its text never in memory as a whole. */
function* linePieces({ record, ...known }: StoredDeadLetter): Generator<string, void, undefined> {
  const empty = '""';
  const line = lineText(
    `the dead letters of ${formatId(known)}`,
    { ...known, record: '' },
    letterProblem,
  ).trimEnd();
  if (!line.endsWith(`"record":${empty}}`))
    throw new Error('writing a dead letter: its record is not its last member');
  yield line.slice(0, -`${empty}}`.length);
  yield* jsonPieces(record);
  yield '}\n';
}
