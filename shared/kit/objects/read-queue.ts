import type { Page, PullContext } from '../../contract/connector';
import { UnavailableError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { ObjectsSpec } from '../../contract/objects';
import { PAGE_BYTES, PAGE_RECORDS } from '../formats/record-pages';
import { openDeliveredFiles, type DeliveredFiles } from './delivered-files';
import { formatByName, readFile } from './file-records';
import { HIDDEN_SECONDS, type NamedFile, type ObjectStore, type QueueMessage } from './object-store';
import { readS3Message } from './s3-messages';

/** Messages are hidden for another minute this often. */
const RENEW_MS = (HIDDEN_SECONDS * 1_000) / 3;

/** A queue may give a deleted message once more, but not the same messages time after time. */
const MOST_REPEATS = 2;

/** So many failures, before a file of the run was read, are not the fault of a file. */
const MOST_FIRST_FAILURES = 3;
/** Files that cannot be read, in one run. */
const MOST_FAILURES = 50;
/** A file that is refused stays so until somebody acts. Meanwhile its message leaves room for others. */
const REFUSED_SECONDS = 900;

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
  /** True once the run was done with a file. */
  hasRead: boolean;
}

/** The page that is being filled. */
interface Filling {
  records: Json[];
  /** Decompressed bytes of the files since the last page. */
  bytes: number;
  /** Messages whose last record is on this page or an earlier one. */
  done: QueueMessage[];
  /** Messages that brought nothing new: all of their files are delivered or ignored. They need no page to be saved. */
  known: QueueMessage[];
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
  const reading = { spec, store, signal, isPreview, held, failures, hasRead: false };
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
    if (isHopeless(reading)) break;
  }
  if (failures.length > 0) throw failures[0];
}

/** True when it is of no use to try more files. */
function isHopeless({ failures, hasRead }: Reading): boolean {
  return failures.length >= (hasRead ? MOST_FAILURES : MOST_FIRST_FAILURES);
}

function stillThere(): UnavailableError {
  return new UnavailableError(
    'receiving messages of the queue: it returns messages again that were just deleted. The next run goes on from here.',
  );
}

async function* readMessages(
  reading: Reading,
  taken: readonly QueueMessage[],
): AsyncGenerator<Page, void, undefined> {
  const { failures, files, held, isPreview, store } = reading;
  const page: Filling = { records: [], bytes: 0, done: [], known: [] };
  const remove = async (messages: readonly QueueMessage[]): Promise<void> => {
    if (messages.length === 0 || isPreview) return;
    await store.remove(messages);
    for (const message of messages) held.delete(message);
  };
  const flush = async function* (): AsyncGenerator<Page, void, undefined> {
    const { done, known, records } = page;
    [page.records, page.bytes, page.done, page.known] = [[], 0, [], []];
    // A run may end with each page: what an earlier one saved is deleted first, or it would stay for ever.
    await remove(known);
    // Also without records: between two pages a run may end in time.
    if (records.length + done.length + known.length > 0) yield { records, checkpoint: files.position() };
    await remove(done);
  };
  for (const message of taken) {
    if (isHopeless(reading)) break;
    try {
      const isNew = yield* fill(reading, { message, page, flush });
      // Records that the page holds may be of another copy of the same message: SQS may receive it twice at once.
      (isNew || page.records.length > 0 ? page.done : page.known).push(message);
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      failures.push(error.cause);
      if (isPreview || error.cause instanceof UnavailableError) continue;
      held.delete(message);
      // Otherwise it comes back earlier.
      await store.hide([message], REFUSED_SECONDS).catch(() => undefined);
    }
  }
  yield* flush();
}

function isIgnored({ ignore = [] }: ObjectsSpec, { key, otherKey = key }: NamedFile): boolean {
  return ignore.some((part) => key.includes(part) || otherKey.includes(part));
}

interface Work {
  readonly message: QueueMessage;
  readonly page: Filling;
  flush(): AsyncGenerator<Page, void, undefined>;
}

/**
 * Adds the records of a message to the page; yields each page that is full.
 * @returns false if all of it was known
 * @throws FileFailure
 */
async function* fill(
  reading: Reading,
  { flush, message, page }: Work,
): AsyncGenerator<Page, boolean, undefined> {
  const { files, spec } = reading;
  const content = readS3Message(message.body);
  if ('problem' in content) {
    const identity = `message ${message.id}`;
    if (files.isDelivered(identity)) return false;
    page.records.push([`A message was not read: ${content.problem}.`, message.body]);
    files.finish(identity);
    return true;
  }
  let isNew = false;
  for (const file of content.files) {
    if (files.isDelivered(file.identity) || isIgnored(spec, file)) continue;
    isNew = true;
    const before = files.recordsOf(file.identity);
    let read = 0;
    for await (const batch of recordsOf(reading, file, page)) {
      if (page.records.length >= PAGE_RECORDS || page.bytes >= PAGE_BYTES) yield* flush();
      for (const record of batch.slice(Math.max(before - read, 0))) page.records.push(record);
      read += batch.length;
      if (read > before) files.advance(file.identity, read);
    }
    files.finish(file.identity);
    reading.hasRead = true;
  }
  return isNew;
}

/**
 * The records of a file. A file that is gone, damaged or in another format adds a text that says so to the page, whatever was
 * delivered of it before: it becomes a dead letter.
 * @throws FileFailure when the file cannot be read now
 */
async function* recordsOf(
  { signal, spec, store }: Pick<Reading, 'signal' | 'spec' | 'store'>,
  file: NamedFile,
  page: Filling,
): AsyncGenerator<readonly Json[], void, undefined> {
  const say = (problem: string): unknown =>
    page.records.push(`The file ${file.key} in ${file.bucket} ${problem}.`);
  const format = spec.format ?? formatByName(file.key);
  if (format === undefined) {
    say('was not read: neither the end of its name nor `format` says its format');
    return;
  }
  try {
    const opened = await store.open(file);
    if (opened === 'gone') say('was deleted before it was read');
    else if (opened === 'replaced')
      say('was replaced before it was read; its successor has a message of its own');
    else yield* readFile({ ...spec, format }, file, opened, page);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnavailableError && error.resumeAt !== undefined) throw error;
    if (!(error instanceof SyntaxError)) throw new FileFailure(error);
    say(`was not read to its end: ${error.message}`);
  }
}
