import type { Page, PullContext } from '../../contract/connector';
import { UnavailableError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { ObjectsSpec } from '../../contract/objects';
import { PAGE_BYTES, PAGE_RECORDS } from '../formats/record-pages';
import { openDeliveredFiles, type DeliveredFiles } from './delivered-files';
import { readFile } from './file-records';
import { HIDDEN_SECONDS, type NamedFile, type ObjectStore, type QueueMessage } from './object-store';
import { readS3Message } from './s3-messages';

/** Messages are hidden for another minute this often. */
const RENEW_MS = (HIDDEN_SECONDS * 1_000) / 3;

/** A queue may give a deleted message once more, but not the same messages time after time. */
const MOST_REPEATS = 2;

/** So many files that cannot be read one after the other are not the fault of a file. */
const MOST_FAILURES = 3;
/** Files that cannot be read, in one run. */
const MOST_FAILED_FILES = 50;

/** The read of one file failed. */
class FileFailure extends Error {
  constructor(override readonly cause: unknown) {
    super();
  }
}

/** One run over a queue. */
interface Reading {
  readonly spec: ObjectsSpec;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  /** Deletes nothing. */
  readonly isPreview: boolean;
  readonly files: DeliveredFiles;
  /** The messages that the run has received and not deleted. */
  readonly held: Set<QueueMessage>;
  /** The errors of files. Their messages stay in the queue, and the others are read. */
  readonly failures: unknown[];
  failuresInARow: number;
}

/** The page that is being filled. */
interface Filling {
  records: Json[];
  /** Decompressed bytes of the files since the last page. */
  bytes: number;
  /** Messages whose last record is on this page or an earlier one. */
  done: QueueMessage[];
}

/**
 * Takes messages until the queue is empty, and reads the files that they name. Each page must be saved before the next is taken:
 * a message is deleted once the page with the last record of its last file is saved. What a run has not deleted it gives back at
 * once.
 * @throws the first error of a file, once everything else is read
 */
export async function* readQueue(
  spec: ObjectsSpec,
  {
    checkpoint,
    isPreview = false,
    repeat,
    signal,
  }: Pick<PullContext, 'checkpoint' | 'isPreview' | 'repeat' | 'signal'>,
  store: ObjectStore,
): AsyncGenerator<Page, void, undefined> {
  const held = new Set<QueueMessage>();
  const failures: unknown[] = [];
  const reading = { spec, store, signal, isPreview, held, failures, failuresInARow: 0 };
  const all: Reading = { ...reading, files: openDeliveredFiles(checkpoint) };
  const stop = repeat?.(RENEW_MS, () => store.hide([...held], HIDDEN_SECONDS));
  try {
    yield* readAll(all);
  } finally {
    await stop?.();
    // It would come back by itself, a minute later.
    await store.hide([...held], 0).catch(() => undefined);
  }
}

async function* readAll(reading: Reading): AsyncGenerator<Page, void, undefined> {
  const { failures, held, store } = reading;
  let [before, repeats] = ['', 0];
  for (let taken = await store.receive(); taken.length > 0; taken = await store.receive()) {
    const ids = taken.map(({ id }) => id).join();
    repeats = ids === before ? repeats + 1 : 0;
    before = ids;
    if (repeats > MOST_REPEATS) throw stillThere();
    for (const message of taken) held.add(message);
    yield* readMessages(reading, taken);
    if (reading.failuresInARow >= MOST_FAILURES || failures.length >= MOST_FAILED_FILES) break;
  }
  if (failures.length > 0) throw failures[0];
}

function stillThere(): UnavailableError {
  return new UnavailableError(
    'receiving messages of the queue: it gives the same ones again that were just deleted. The next run goes on from here.',
  );
}

async function* readMessages(
  reading: Reading,
  taken: readonly QueueMessage[],
): AsyncGenerator<Page, void, undefined> {
  const { failures, files, held, isPreview, store } = reading;
  const page: Filling = { records: [], bytes: 0, done: [] };
  const flush = async function* (): AsyncGenerator<Page, void, undefined> {
    const { done, records } = page;
    [page.records, page.bytes, page.done] = [[], 0, []];
    if (records.length > 0) yield { records, checkpoint: files.position() };
    if (done.length === 0 || isPreview) return;
    await store.remove(done);
    for (const message of done) held.delete(message);
  };
  for (const message of taken) {
    if (reading.failuresInARow >= MOST_FAILURES) break;
    try {
      yield* fill(reading, { message, page, flush });
      page.done.push(message);
      reading.failuresInARow = 0;
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      failures.push(error.cause);
      reading.failuresInARow++;
    }
  }
  yield* flush();
}

interface Work {
  readonly message: QueueMessage;
  readonly page: Filling;
  flush(): AsyncGenerator<Page, void, undefined>;
}

/** Adds the records of a message to the page; yields each page that is full. @throws FileFailure */
async function* fill(
  { files, ...reading }: Reading,
  { flush, message, page }: Work,
): AsyncGenerator<Page, void, undefined> {
  const content = readS3Message(message.body);
  if ('problem' in content) {
    const identity = `message ${message.id}`;
    if (files.isDelivered(identity)) return;
    page.records.push([`A message was not read: ${content.problem}.`, message.body]);
    files.finish(identity);
    return;
  }
  for (const file of content.files) {
    if (files.isDelivered(file.identity)) continue;
    const before = files.recordsOf(file.identity);
    let read = 0;
    for await (const batch of recordsOrProblem(reading, file, page)) {
      if (page.records.length >= PAGE_RECORDS || page.bytes >= PAGE_BYTES) yield* flush();
      for (const record of batch.slice(Math.max(before - read, 0))) page.records.push(record);
      read += batch.length;
      if (read > before) files.advance(file.identity, read);
    }
    files.finish(file.identity);
  }
}

/**
 * The records of a file. A file that is gone, damaged or in another format ends with a text that says so: it becomes a dead
 * letter.
 * @throws FileFailure when the file cannot be read now
 */
async function* recordsOrProblem(
  { signal, spec, store }: Pick<Reading, 'signal' | 'spec' | 'store'>,
  file: NamedFile,
  meter: { bytes: number },
): AsyncGenerator<readonly Json[], void, undefined> {
  const say = (problem: string): readonly Json[] => [`The file ${file.key} in ${file.bucket} ${problem}.`];
  try {
    const opened = await store.open(file);
    if (opened === 'gone') yield say('was deleted before it was read');
    else if (opened === 'replaced')
      yield say('was replaced before it was read; its successor has a message of its own');
    else yield* readFile(spec, file, opened, meter);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnavailableError && error.resumeAt !== undefined) throw error;
    if (!(error instanceof SyntaxError)) throw new FileFailure(error);
    yield say(`was not read to its end: ${error.message}`);
  }
}
