import { createHash } from 'node:crypto';
import type { Page, PullContext } from '../../../contract/connector';
import { SettingError, UnavailableError } from '../../../contract/errors';
import type { Json, JsonObject } from '../../../contract/json';
import type { RestSpec } from '../../../contract/rest';
import type { RestFiles } from '../../../contract/rest-steps';
import { canonicalJson } from '../../../values/json/json';
import { pageOf, stayingPage } from '../page-reader';
import { readFilesPlace, writeFilesPlace, type FilesPlace } from '../paging/filed';
import { writeEnd, writePosition, type ReadPosition } from '../read-position';
import { takeRecords } from '../take-records';
import { compileFileList, type ListedFile } from './file-list';
import { compileFileReader, FileGone, type FilePage, type ReadFile } from './file-reader';
import type { ReadRange } from './read-export';

/** A list may show a file before it can be read. */
const APPEARS_WITHIN_MS = 3_600_000;
/** So many files in a row are gone only where the declaration or a right is wrong, as long as no other one was read. */
const MOST_GONE = 3;

/**
 * Reads the files of a range, one after the other. The position is the number of files that were delivered, with a hash of
 * their ids, and the place within the next one, whose id is then hashed too. If other files come first in the list, all are read from
 * the first one, and the framework recognises what was delivered.
 * @throws UnavailableError when a file breaks off, is not there yet, or its address no longer works; the pages before are yielded
 * @throws ContractError when a record of the list names no file, or a file is in another format
 * @throws SettingError when the vendor has none of the first three files of a run
 */
export function compileFilesReader(spec: RestSpec, declared: RestFiles): ReadRange {
  const list = compileFileList(spec, declared);
  const readFile = compileFileReader(spec, declared);

  return async function* (context, begin): AsyncGenerator<Page> {
    const { since, until } = begin;
    const { files, mayBeCut, stays, vendorNow } = await list(context, listed(spec, context, begin));
    const marks = marksOf(files);
    let place = placeIn(marks, begin.token);
    let { checkpoint } = context;
    const end = (records: readonly Json[], rereads: boolean): readonly Page[] => {
      if (stays) return stayingPage(records, { rereads, vendorNow });
      const flags = { rereads, last: until !== undefined, mayBeCut, vendorNow };
      return pageOf(records, writeEnd(until), checkpoint, flags);
    };
    const goOn = (records: readonly Json[], next: FilesPlace, rereads: boolean): readonly Page[] => {
      const before: JsonObject | null = checkpoint;
      checkpoint = writePosition(spec, { since, until, token: writeFilesPlace(next) });
      return pageOf(records, checkpoint, before, { rereads, last: false, vendorNow });
    };
    if (place.read === files.length) yield* end([], false);
    // Delivered with the first file that can be read: until then it may be the declaration that is wrong.
    const gone: string[] = [];
    let hasRead = false;
    for (let at = place.read; at < files.length; at++) {
      const file = files[at] as ListedFile;
      const behind = { read: at + 1, mark: marks[at + 1] as string };
      const isLastFile = at === files.length - 1;
      for await (const page of orGone(readFile(context, file, place.file), context, file)) {
        const { failure, isFirst, isLast, position } = page;
        if (page.gone !== undefined) {
          gone.push(page.gone);
          if (!hasRead && gone.length >= MOST_GONE) throw allGone(spec, gone);
          if (!hasRead && !isLastFile) continue;
        } else hasRead = true;
        const records = [...gone.splice(0), ...(await ofRange(page.records, context, begin))];
        if (failure !== undefined) {
          yield* stayingPage(records, { rereads: isFirst, vendorNow });
          throw failure;
        }
        if (isLast && isLastFile) yield* end(records, isFirst);
        else if (isLast || position === undefined) yield* goOn(records, behind, isFirst);
        else yield* goOn(records, { read: at, mark: behind.mark, file: position }, isFirst);
      }
      place = behind;
    }
  };
}

function allGone({ path }: RestSpec, gone: readonly string[]): SettingError {
  return new SettingError(
    `reading the files that ${path} lists: the vendor has none of the first ${gone.length}. (${gone[0]}) Check that the account may read files; an author compares \`files.path\` or \`files.address\` with the vendor’s documentation. If the vendor has deleted them, an operator sets the source to a later time.`,
  );
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
function placeIn(marks: readonly string[], token: string | undefined): FilesPlace {
  const saved = token === undefined ? undefined : readFilesPlace(token);
  const known =
    saved === undefined ? undefined : marks[saved.file === undefined ? saved.read : saved.read + 1];
  return saved !== undefined && known === saved.mark ? saved : { read: 0, mark: marks[0] as string };
}

/** The hash of the first ids, for each number of them. */
function marksOf(files: readonly ListedFile[]): readonly string[] {
  const hash = createHash('sha256');
  const marks = [''];
  for (const { id } of files) {
    hash.update(canonicalJson(id));
    marks.push(hash.copy().digest('hex').slice(0, 16));
  }
  return marks;
}

/** Some records of a file, or the text that says that the vendor no longer has it, which becomes a dead letter. */
type FileOrGone = FilePage & { readonly gone?: string };

async function* orGone(
  pages: ReturnType<ReadFile>,
  { now, startedAt }: PullContext,
  { id, time }: ListedFile,
): AsyncGenerator<FileOrGone, void, undefined> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof FileGone)) throw error;
    const nowMs = (now?.() ?? startedAt).getTime();
    if (nowMs - Date.parse(time) < APPEARS_WITHIN_MS)
      throw new UnavailableError(
        `reading the file ${id}: the list names it, and the vendor answers ${error.status}. The next run asks for it again.`,
        { cause: error },
      );
    const gone = `The file ${id} was not read: the list names it, and the vendor answers ${error.status}.`;
    yield { gone, records: [], position: undefined, isFirst: false, isLast: true, failure: undefined };
  }
}
