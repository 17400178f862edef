import type { AnswerFormat } from './format';

/**
 * The format of the records in a file:
 *
 * | Format | Records |
 * |---|---|
 * | `json` | the array at the path `records` of one JSON text of at most 64 MiB |
 * | `ndjson`, `csv`, `{ csv }` | as in {@link AnswerFormat}, in a file of any size |
 */
export type FileFormat = 'json' | AnswerFormat;

/** The settings with the keys of AWS. */
export interface AwsKeys<Name extends string = string> {
  /** The setting with the id of the access key. */
  readonly id: Name;
  /** The secret setting with the secret access key. */
  readonly secret: Name;
  /** The secret setting with the session token, if the keys are temporary. It may be optional. */
  readonly token?: Name;
}

/**
 * A source of files in an object store whose messages in a queue name each new file, as data. `objects()` makes the pull from
 * it; the simulated vendor is made from it too.
 *
 * `s3`: Amazon S3 with a standard queue of Amazon SQS. A message is an event notification of the bucket, straight or by way of
 * SNS. The address of S3 follows from that of the queue: the same region.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
 *
 * `Name` is a setting's name.
 */
export interface ObjectsSpec<Name extends string = string> {
  /** Where the files are. */
  readonly store: 's3';
  /** The url setting that holds the address of the queue. No two sources share a queue. */
  readonly queue: Name;
  /** The keys that every request is signed with. */
  readonly keys: AwsKeys<Name>;
  /**
   * The format of every file. A file that begins as gzip does is decompressed first.
   * @default by the end of its name, before `.gz`: `.json`, `.jsonl` or `.ndjson`, `.csv`, `.tsv`
   */
  readonly format?: FileFormat;
  /** The path of the array of the records in a JSON file. @default '$', the file is the array @example 'Records' */
  readonly records?: string;
}
