import type { Json } from '../../../shared/contract/json';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import type { Refusal, VendorRequest } from '../../../shared/contract/simulator';
import { parseJson, stringifyJson } from '../../../shared/values/json/json';
import { member } from '../../../shared/values/json-path';
import { fileForm, readFixtures } from '../feed/fixtures';
import type { Published } from '../feed/feed';
import type { SimulatedSource } from '../feed/source';
import { DEFAULT_PAGE_SIZE, feedOf, type FeedParts } from '../feed/source-feed';
import type { FaultKind } from '../faults';
import type { Answering, ReceivedRequest } from '../requests/received';
import type { Written } from '../requests/reply';
import { keysOf } from './assumed-role';
import { checkSignature } from './check-signature';
import {
  bridgedEvent,
  createdEvent,
  ignoredEvent,
  inEnvelope,
  testEvent,
  writeFile,
  type StoredFile,
} from './files';
import { messageQueue, type MessageQueue } from './message-queue';

/** The options of a simulated store. */
export interface ObjectsParts extends FeedParts {
  readonly spec: ObjectsSpec;
  readonly settings: Readonly<Record<string, string>>;
  readonly pageSize: number | undefined;
}

/** Faults of pages, which a queue does not have. */
const OF_PAGES: ReadonlySet<FaultKind['do']> = new Set([
  'same-token',
  'foreign-link',
  'repeated-page',
  'empty-page',
  'more-records',
]);

/**
 * Derives a queue of SQS and a bucket of S3 from a declaration and the folder's fixtures: each fixture is a file. A live vendor
 * writes what it has published into new files whenever the queue is asked. The bucket has the connector's name, and each file
 * the name of its source. The first message is a test, and the next ones name files that the declaration ignores or that are not
 * there. Others come in an envelope of SNS or by way of EventBridge, name two files, or come twice. A declared role must be assumed:
 * the fake STS and both services check each signature.
 */
export function simulateObjects(parts: ObjectsParts): SimulatedSource {
  const { connector: bucket, live, name, now, pageSize = DEFAULT_PAGE_SIZE, settings, spec } = parts;
  const form = fileForm(parts.folder, name, spec);
  const fixtures = readFixtures(parts.folder, name, form);
  const feed = feedOf(parts, fixtures, pageSize);
  const queue = messageQueue(now);
  const files = new Map<string, StoredFile>();
  let written = 0;

  const store = (records: readonly Published[]): StoredFile => {
    const file = writeFile(name, form, fixtures, records, files.size);
    files.set(file.key, file);
    written += records.length;
    return file;
  };
  const publish = (): void => {
    if (files.size === 0) {
      queue.send(testEvent(bucket, now()));
      for (const part of spec.ignore ?? [])
        queue.send(ignoredEvent(bucket, `${name}${part}a.json.gz`, now()));
    }
    const fresh: StoredFile[] = [];
    for (let rest = feed().slice(written); rest.length > 0; rest = feed().slice(written))
      fresh.push(store(live ? rest.slice(0, pageSize) : rest.filter(({ page }) => page === rest[0]?.page)));
    for (let at = 0; at < fresh.length;) {
      const number = files.size - fresh.length + at;
      const named = fresh.slice(at, at + (number % 3 === 1 ? 2 : 1));
      const event = createdEvent(bucket, named, now());
      const straight = number % 2 === 0 ? event : inEnvelope(event, now());
      const message = number % 3 === 2 ? bridgedEvent(bucket, named[0] as StoredFile, now()) : straight;
      for (const copy of number % 4 === 0 ? [message, message] : [message]) queue.send(copy);
      at += named.length;
    }
  };

  const answer = (request: VendorRequest): Answering | Refusal => {
    const keys = keysOf(spec, request);
    if (request.path !== `/${name}`)
      return checkSignature(request, 's3', keys) ?? { write: () => fileOf(files, request) };
    return checkSignature(request, 'sqs', keys) ?? answerQueue(request, queue, publish);
  };
  return {
    name,
    hasPath: (path) => path === `/${name}` || path.startsWith(`/${name}/`),
    feed,
    canMeet: (kind) => !OF_PAGES.has(kind),
    ask: (received: ReceivedRequest) =>
      answer({ ...received, source: name, settings, now: live ? now() : undefined }),
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
function fileOf(files: ReadonlyMap<string, StoredFile>, { headers, path }: VendorRequest): Written {
  const file = files.get(decodeURIComponent(path.slice(1)));
  const type = { 'content-type': 'application/xml' };
  if (file === undefined)
    return {
      status: 404,
      headers: type,
      body: '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>',
    };
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== `"${file.etag}"`)
    return {
      status: 412,
      headers: type,
      body: '<Error><Code>PreconditionFailed</Code><Message>none</Message></Error>',
    };
  return { headers: { 'content-type': 'application/octet-stream', etag: `"${file.etag}"` }, body: file.body };
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
function answerQueue(request: VendorRequest, queue: MessageQueue, publish: () => void): Answering | Refusal {
  const body = parseJson(request.body);
  const textOf = (value: Json, name: string): string => {
    const found = member(value, name);
    return typeof found === 'string' ? found : '';
  };
  const operation = String(request.headers['x-amz-target']).replace(/^AmazonSQS\./, '');
  const numberOf = (value: Json | undefined, name: string): number => Number(member(value, name) ?? 0);
  const each = (work: (entry: Json, receipt: string) => boolean): Json => {
    const done = (member(body, 'Entries') as readonly Json[]).map((entry) => {
      const isDone = work(entry, textOf(entry, 'ReceiptHandle'));
      return { isDone, result: { Id: member(entry, 'Id') ?? '' } };
    });
    const failed = { SenderFault: true, Code: 'ReceiptHandleIsInvalid' };
    return {
      Successful: done.filter(({ isDone }) => isDone).map(({ result }) => result),
      Failed: done.filter(({ isDone }) => !isDone).map(({ result }) => ({ ...result, ...failed })),
    };
  };
  const operations: Readonly<Record<string, () => Json>> = {
    ReceiveMessage() {
      publish();
      const [most, hidden] = [
        numberOf(body, 'MaxNumberOfMessages') || 1,
        numberOf(body, 'VisibilityTimeout'),
      ];
      const Messages = queue
        .receive(most, hidden * 1_000)
        .map(({ body: text, id, receipt }) => ({ MessageId: id, ReceiptHandle: receipt, Body: text }));
      return Messages.length === 0 ? {} : { Messages };
    },
    DeleteMessageBatch: () => each((_, receipt) => queue.remove(receipt)),
    ChangeMessageVisibilityBatch: () =>
      each((entry, receipt) => queue.hide(receipt, numberOf(entry, 'VisibilityTimeout') * 1_000)),
  };
  const work = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (work === undefined) return { status: 400, because: `${operation} is not an operation of this queue` };
  return {
    write: () => ({ headers: { 'content-type': 'application/x-amz-json-1.0' }, body: stringifyJson(work()) }),
  };
}
