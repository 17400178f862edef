import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../shared/contract/json';
import { stringifyJson } from '../../../shared/values/json/json';
import { listPath } from '../../../shared/values/json-path';
import { extensionOf, writeBody } from '../feed/body-format';
import type { Published } from '../feed/feed';
import type { FixtureForm, Fixtures } from '../feed/fixtures';
import { namesOfPath, withValueAt } from '../feed/write-at-path';

/** A file of the store. */
export interface StoredFile {
  readonly key: string;
  readonly body: Uint8Array;
  readonly etag: string;
}

/**
 * Writes records into a file, every other one as gzip. Its name needs encoding in a message.
 * @param number counted from 0
 */
export function writeFile(
  source: string,
  { format, records: path }: FixtureForm,
  { envelope }: Pick<Fixtures, 'envelope'>,
  records: readonly Published[],
  number: number,
): StoredFile {
  const all = records.map(({ record }) => record);
  const content =
    format === undefined ? withValueAt(envelope, namesOfPath(listPath(path)), all) : (all as Json);
  const text = writeBody(content, format, envelope).text;
  const isPacked = number % 2 === 1;
  const body = isPacked ? gzipSync(text) : Buffer.from(text);
  return {
    key: `${source}/2026/part ${number}+é.${extensionOf(format)}${isPacked ? '.gz' : ''}`,
    body,
    etag: createHash('md5').update(body).digest('hex'),
  };
}

/** The event of S3 about files. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export function createdEvent(bucket: string, files: readonly StoredFile[], at: Date): string {
  return stringifyJson({
    Records: files.map(({ body, etag, key }) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: at.toISOString(),
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
        object: {
          key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
          size: body.length,
          eTag: etag,
          sequencer: etag.slice(0, 16).toUpperCase(),
        },
      },
    })),
  });
}

/** The event of S3 about a file that nobody is to read. */
export function ignoredEvent(bucket: string, key: string, at: Date): string {
  return createdEvent(bucket, [{ key, body: Buffer.from('{}'), etag: 'ignored' }], at);
}

/** The event of EventBridge about a file. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export function bridgedEvent(bucket: string, { body, etag, key }: StoredFile, at: Date): string {
  return stringifyJson({
    version: '0',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '123456789012',
    time: at.toISOString(),
    region: 'us-east-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: body.length, etag, sequencer: etag.slice(0, 16).toUpperCase() },
      reason: 'PutObject',
    },
  });
}

/** What S3 sends when its notifications are set up. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
export function testEvent(bucket: string, at: Date): string {
  return stringifyJson({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: at.toISOString(),
    Bucket: bucket,
  });
}

/** A message in the envelope of SNS. @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
export function inEnvelope(message: string, at: Date): string {
  const TopicArn = 'arn:aws:sns:us-east-1:123456789012:files';
  return stringifyJson({ Type: 'Notification', TopicArn, Message: message, Timestamp: at.toISOString() });
}
