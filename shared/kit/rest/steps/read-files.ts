import { createHash } from 'node:crypto';
import type { Page, PullContext } from '../../../contract/connector';
import { UnavailableError } from '../../../contract/errors';
import type { Json, JsonObject } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestFiles } from '../../../contract/rest-steps';
import { canonicalJson } from '../../../values/json/json';
import type { FilePosition } from '../../formats/record-pages';
import { pageOf, stayingPage } from '../page-reader';
import { readFilesPlace, writeFilesPlace, type FilesPlace } from '../paging/filed';
import { writeEnd, writePosition, type ReadPosition } from '../read-position';
import { takeRecords } from '../take-records';
import { compileFileList, type ListedFile } from './file-list';
import { compileFileReader, FileGone } from './file-reader';
import type { ReadRange } from './read-export';

/** A list may show a file before it can be read. */
const APPEARS_WITHIN_MS = 3_600_000;

/**
 * Reads the files of a range, one after the other. The position is the number of files that were delivered, with a hash of
 * their ids, and the place within the next one. If other files come first in the list, all are read from the first one, and the
 * framework recognises what was delivered.
 * @throws UnavailableError when a file breaks off, is not there yet, or its address no longer works; the pages before are yielded
 * @throws ContractError when a record of the list names no file, or a file is in another format
 */
export function compileFilesReader(spec: RestSpec, declared: RestFiles): ReadRange {
  const list = compileFileList(spec, declared);
  const readFile = compileFileReader(spec, declared);

  return async function* (context, begin): AsyncGenerator<Page> {
    const { since, until } = begin;
    const { files, vendorNow } = await list(context, listed(spec, context, begin));
    const ids = files.map(({ id }) => id);
    let place = placeIn(ids, begin.token);
    let { checkpoint } = context;
    const end = (records: readonly Json[], rereads: boolean): readonly Page[] =>
      pageOf(records, writeEnd(until), checkpoint, { rereads, last: until !== undefined, vendorNow });
    const goOn = (records: readonly Json[], next: FilesPlace, rereads: boolean): readonly Page[] => {
      const before: JsonObject | null = checkpoint;
      checkpoint = writePosition(spec, { since, until, token: writeFilesPlace(next) });
      return pageOf(records, checkpoint, before, { rereads, last: false, vendorNow });
    };
    if (place.read === files.length) yield* end([], false);
    for (let at = place.read; at < files.length; at++) {
      const file = files[at] as ListedFile;
      const behind = { read: at + 1, mark: markOf(ids.slice(0, at + 1)) };
      const isLastFile = at === files.length - 1;
      const from: FilePosition | undefined = place.file;
      for await (const page of orGone(readFile(context, file, from), context, file)) {
        const { failure, isFirst, isLast, position } = page;
        const records = await ofRange(page.records, context, begin);
        if (failure !== undefined) {
          yield* stayingPage(records, { rereads: isFirst, vendorNow });
          throw failure;
        }
        if (isLast && isLastFile) yield* end(records, isFirst);
        else if (isLast || position === undefined) yield* goOn(records, behind, isFirst);
        else yield* goOn(records, { ...place, read: at, file: position }, isFirst);
      }
      place = behind;
    }
  };
}

/**
 * The range that the list is asked for. A backfill is of a range of event time, and later files hold events of it too: up to
 * `olderMs` later.
 */
function listed(
  { window }: RestSpec,
  { now, startedAt, window: asked }: PullContext,
  begin: ReadPosition,
): ReadPosition {
  if (asked?.lane !== 'backfill' || begin.until === undefined) return begin;
  const { lag = { minMs: 0 }, olderMs = 0 } = window ?? {};
  const lastMs = (now?.() ?? startedAt).getTime() - lag.minMs;
  const laterMs = Math.min(Date.parse(begin.until) + olderMs, lastMs);
  return { ...begin, until: new Date(Math.max(laterMs, Date.parse(begin.until))).toISOString() };
}

/** The records of a page; in a backfill, only those of its range: others belong to other slices or to live collection. */
async function ofRange(
  records: readonly Json[],
  { now, startedAt, time, window }: PullContext,
  { since, until }: ReadPosition,
): Promise<readonly Json[]> {
  if (window?.lane !== 'backfill') return records;
  const taken = await takeRecords(records, { time, from: since, until, now: now?.() ?? startedAt });
  return taken.records;
}

/** Where a read goes on; at the first file if the list begins with others than were delivered. */
function placeIn(ids: readonly string[], token: string | undefined): FilesPlace {
  const saved = token === undefined ? undefined : readFilesPlace(token);
  if (saved !== undefined && saved.read <= ids.length && markOf(ids.slice(0, saved.read)) === saved.mark)
    return saved.read === ids.length ? { read: saved.read, mark: saved.mark } : saved;
  return { read: 0, mark: markOf([]) };
}

/** The pages of a file. One that the vendor no longer has is a text that says so, which becomes a dead letter. */
async function* orGone(
  pages: ReturnType<ReturnType<typeof compileFileReader>>,
  { now, startedAt }: PullContext,
  { id, time }: ListedFile,
): typeof pages {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof FileGone)) throw error;
    const nowMs = (now?.() ?? startedAt).getTime();
    if (time !== undefined && nowMs - Date.parse(time) < APPEARS_WITHIN_MS)
      throw new UnavailableError(
        `reading the file ${id}: the list names it, and the vendor answers ${error.status}. The next run asks for it again.`,
        { cause: error },
      );
    const records = [
      `The file ${id} was not read: the list names it, and the vendor answers ${error.status}.`,
    ];
    yield { records, position: undefined, isFirst: false, isLast: true, failure: undefined };
  }
}

function markOf(ids: readonly string[]): string {
  return createHash('sha256').update(canonicalJson(ids)).digest('hex').slice(0, 16);
}
