import type { Json } from '../../contract/json';
import { isObject, member } from '../../values/json-path';
import { parseJson } from '../../values/json/json';
import type { NamedFile } from './object-store';

/** The files that a message names, none for a message of S3 about something else; or why it is not a message of S3. */
export type MessageContent = { readonly files: readonly NamedFile[] } | { readonly problem: string };

/**
 * Reads a message of S3: an event notification, straight or in the envelope of SNS, or an event of EventBridge. A test message
 * and one about a deleted file name no file; nor does an empty object, such as a folder of the console.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function readS3Message(body: string): MessageContent {
  const message = unwrapped(parsed(body));
  if (member(message, 'Event') === 's3:TestEvent') return { files: [] };
  if (member(message, 'source') === 'aws.s3') return filesOfEvent(message);
  const records = member(message, 'Records');
  if (!Array.isArray(records) || records.length === 0) return { problem: 'it is not an event of S3' };
  const files: NamedFile[] = [];
  for (const record of records as readonly Json[]) {
    if (member(record, 'eventSource') !== 'aws:s3')
      return { problem: 'one of its records is not an event of S3' };
    if (!/^(?:s3:)?ObjectCreated:/.test(textOf(record, 'eventName') ?? '')) continue;
    const s3 = member(record, 's3');
    const object = member(s3, 'object');
    const file = fileOf(s3, decoded(textOf(object, 'key')), {
      etag: textOf(object, 'eTag'),
      version: textOf(object, 'versionId'),
    });
    if (file === undefined) return { problem: 'one of its records names no file' };
    if (file.size !== 0) files.push(file);
  }
  return { files };
}

/** An event of EventBridge is about one file. */
function filesOfEvent(event: Json | undefined): MessageContent {
  if (member(event, 'detail-type') !== 'Object Created') return { files: [] };
  const detail = member(event, 'detail');
  const object = member(detail, 'object');
  const key = textOf(object, 'key');
  const plain = decoded(key);
  const file = fileOf(detail, key, {
    etag: textOf(object, 'etag'),
    version: textOf(object, 'version-id'),
    // AWS does not document whether the key is encoded, as that of a notification is: it is as it stands, or else decoded.
    ...(plain === undefined || plain === key ? {} : { otherKey: plain }),
  });
  if (file === undefined) return { problem: 'it names no file' };
  return { files: file.size === 0 ? [] : [file] };
}

/** The message in the envelope of SNS. @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function unwrapped(message: Json | undefined): Json | undefined {
  const inner = textOf(message, 'Message');
  return member(message, 'Type') === 'Notification' && inner !== undefined ? parsed(inner) : message;
}

function fileOf(
  s3: Json | undefined,
  key: string | undefined,
  file: Pick<NamedFile, 'etag' | 'otherKey' | 'version'>,
): NamedFile | undefined {
  const object = member(s3, 'object');
  const bucket = textOf(member(s3, 'bucket'), 'name');
  if (bucket === undefined || key === undefined || key === '' || !isBucket(bucket)) return undefined;
  const { etag, version } = file;
  const sequencer = textOf(object, 'sequencer');
  const size = member(object, 'size');
  return {
    ...file,
    bucket,
    key,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    identity: JSON.stringify([bucket, key, version ?? '', etag ?? '', sequencer ?? '']),
  };
}

/** A bucket's name is a part of an address. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isBucket(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name);
}

/** The key is encoded as a form is: a blank is `+`. */
function decoded(key: string | undefined): string | undefined {
  try {
    return key === undefined || key === '' ? undefined : decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function parsed(text: string): Json | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: Json | undefined, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
