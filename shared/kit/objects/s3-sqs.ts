import type { Readable } from 'node:stream';
import { ContractError, SettingError } from '../../contract/errors';
import type { ObjectsSpec } from '../../contract/objects';
import { awsPlace, awsProblem, clientOptions, type AwsContext } from './aws';
import { credentialsOf } from './aws-credentials';
import {
  HIDDEN_SECONDS,
  type Missing,
  type NamedFile,
  type ObjectStore,
  type OpenedFile,
  type QueueMessage,
} from './object-store';

/** The most messages of one call. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const MOST_MESSAGES = 10;
/** With a wait, all servers of the queue are asked: an empty answer means that it is empty. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html */
const WAIT_SECONDS = 1;

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html#API_ReceiveMessage_Errors */
const NO_QUEUE = /\b(?:QueueDoesNotExist|NonExistentQueue)\b/;

/** Opens a queue of SQS and the buckets of S3 beside it. The packages are loaded by the first source that is on. */
export async function openS3(spec: ObjectsSpec, context: AwsContext): Promise<ObjectStore> {
  const [sqsSdk, s3Sdk] = await Promise.all([import('@aws-sdk/client-sqs'), import('@aws-sdk/client-s3')]);
  const QueueUrl = context.settings[spec.queue] ?? '';
  const place = awsPlace(QueueUrl);
  const credentials = credentialsOf(context, spec, place);
  const sqs = new sqsSdk.SQSClient({
    ...clientOptions(context, credentials, place.region, place.queue),
    // TLS guards the bodies, and MD5 is missing where only approved algorithms are.
    md5: false,
  });
  const s3 = new s3Sdk.S3Client({
    ...clientOptions(context, credentials, place.region, place.files, [301, 404, 412]),
    // Every bucket is a path of one address: no message leads to another host.
    forcePathStyle: true,
  });
  const asking = async <T>(doing: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof ContractError && NO_QUEUE.test(error.message))
        throw new SettingError(
          `${doing}: SQS has no queue at this address. Check the setting ${spec.queue}.`,
          {
            cause: error,
          },
        );
      throw awsProblem(doing, error);
    }
  };
  const entriesOf = (messages: readonly QueueMessage[]): { Id: string; ReceiptHandle: string }[] =>
    messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));

  const get = async (file: NamedFile): Promise<OpenedFile | Missing> => {
    try {
      const {
        Body,
        ContentEncoding = '',
        ContentType = '',
      } = await s3.send(
        new s3Sdk.GetObjectCommand({
          Bucket: file.bucket,
          Key: file.key,
          ...(file.version === undefined ? {} : { VersionId: file.version }),
          ...(file.etag === undefined ? {} : { IfMatch: `"${file.etag}"` }),
        }),
      );
      return {
        chunks: Body as Readable,
        contentType: ContentType,
        isEncoded: ContentEncoding !== '' && ContentEncoding !== 'aws-chunked',
      };
    } catch (error) {
      context.signal.throwIfAborted();
      return missing(error, file);
    }
  };

  return {
    async receive() {
      const { Messages = [] } = await asking(
        'receiving messages of the queue',
        sqs.send(
          new sqsSdk.ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: MOST_MESSAGES,
            WaitTimeSeconds: WAIT_SECONDS,
            VisibilityTimeout: HIDDEN_SECONDS,
          }),
        ),
      );
      return Messages.map(({ Body = '', MessageId = '', ReceiptHandle = '' }) => ({
        id: MessageId,
        body: Body,
        receipt: ReceiptHandle,
      }));
    },
    async remove(messages) {
      const Entries = entriesOf(messages);
      await asking(
        'deleting messages of the queue',
        sqs.send(new sqsSdk.DeleteMessageBatchCommand({ QueueUrl, Entries })),
      );
    },
    async hide(messages, seconds) {
      for (let at = 0; at < messages.length; at += MOST_MESSAGES) {
        const Entries = entriesOf(messages.slice(at, at + MOST_MESSAGES)).map((entry) => ({
          ...entry,
          VisibilityTimeout: seconds,
        }));
        await asking(
          'hiding messages of the queue',
          sqs.send(new sqsSdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })),
        );
      }
    },
    async open(file) {
      const { otherKey, ...first } = file;
      const opened = await get(first);
      return opened === 'gone' && otherKey !== undefined ? get({ ...first, key: otherKey }) : opened;
    },
  };
}

/** Why a file cannot be opened. @throws the error, if it says something else */
function missing(error: unknown, { bucket, key }: NamedFile): Missing {
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata
    ?.httpStatusCode;
  if (status === 404) return 'gone';
  if (status === 412) return 'replaced';
  const doing = `opening the file ${key} in ${bucket}`;
  if (status === 301)
    throw new SettingError(
      `${doing}: the bucket is in another region than the queue. Use a queue in the region of the bucket.`,
      { cause: error },
    );
  throw awsProblem(doing, error);
}
