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
 * A role of AWS, assumed by `AssumeRole` of STS with the keys. All other requests are then signed with what STS gives, which
 * lives for an hour, is kept in memory only and masked everywhere, and is asked for again before it ends.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface AwsRole<Name extends string = string> {
  /** The text setting with the ARN of the role. It may be optional: without a value no role is assumed. */
  readonly arn: Name;
  /**
   * The setting with the external id that the trust policy of the role asks for. It may be optional.
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId?: Name;
}

/**
 * A source of files in an object store whose messages in a queue name each new file, as data. `objects()` makes the pull from
 * it; the simulated vendor is made from it too.
 *
 * `s3`: Amazon S3 with a standard queue of Amazon SQS. A message is an event notification of the bucket, straight or by way of
 * SNS, or its event by way of EventBridge. The addresses of S3 and STS follow from that of the queue: the same region.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html
 *
 * `Name` is a setting's name.
 */
export interface ObjectsSpec<Name extends string = string> {
  /** Where the files are. */
  readonly store: 's3';
  /** The url setting that holds the address of the queue. No two sources share a queue. */
  readonly queue: Name;
  /** The keys that every request is signed with; nothing else of the process or the machine is. */
  readonly keys: AwsKeys<Name>;
  /** A role that the keys assume: every request but that one is signed as the role. */
  readonly role?: AwsRole<Name>;
  /**
   * The format of every file. A file that begins as gzip does is decompressed first.
   * @default by the end of its name, before `.gz`: `.json`, `.jsonl` or `.ndjson`, `.csv`, `.tsv`
   */
  readonly format?: FileFormat;
  /**
   * Parts of names. A file whose name has one of them holds no records: its message is deleted, and the file is not read.
   * @example ['/CloudTrail-Digest/']
   */
  readonly ignore?: readonly string[];
  /** The path of the array of the records in a JSON file. @default '$', the file is the array @example 'Records' */
  readonly records?: string;
}
