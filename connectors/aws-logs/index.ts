import { defineConnector, objects, secret, text, url } from '../../shared';
import { cloudTrail, guardDuty, vpcFlow, waf } from './tables';

/** One key for all queues; with a role it only assumes that. */
const FILES = {
  store: 's3',
  keys: { id: 'accessKeyId', secret: 'secretAccessKey', token: 'sessionToken' },
  role: { arn: 'roleArn', externalId: 'externalId' },
} as const;

const queue = (what: string) =>
  url(`The address of the queue of SQS that is told of each file of ${what}. With it the source is on.`, {
    example: 'https://sqs.eu-west-1.amazonaws.com/123456789012/events',
  });

const needs =
  'sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility for the queue, s3:GetObject for the files, s3:ListBucket for the bucket, and kms:Decrypt where they are encrypted with a key of KMS';

export default defineConnector({
  name: 'aws-logs',
  title: 'Amazon Web Services logs',
  settings: {
    accessKeyId: text('The id of an access key: IAM, Users, Security credentials.', {
      example: 'AKIAIOSFODNN7EXAMPLE',
      namesAccount: false,
    }),
    secretAccessKey: secret('The secret of the same access key.'),
    sessionToken: secret('The session token, if the key is temporary.', { optional: true }),
    roleArn: text('The ARN of a role that the key assumes to read queues and buckets.', {
      example: 'arn:aws:iam::123456789012:role/log-reader',
      namesAccount: false,
      optional: true,
    }),
    externalId: text('The external id, if the trust policy of the role asks for one.', {
      example: '7c0e4a5e',
      namesAccount: false,
      optional: true,
    }),
  },
  sources: {
    /**
     * Digests and Insights events are files of other folders of the same bucket.
     * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
     * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
     */
    cloudTrail: {
      title: 'CloudTrail',
      settings: { cloudTrailQueue: queue('CloudTrail') },
      needs,
      pull: objects({
        ...FILES,
        queue: 'cloudTrailQueue',
        format: 'json',
        records: 'Records',
        ignore: ['/CloudTrail-Digest/', '/CloudTrail-Insight/'],
      }),
      table: cloudTrail,
    },
    /**
     * Text whose first line names the fields, in the order that the flow log was created with; `-` is no value.
     * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
     */
    vpcFlow: {
      title: 'VPC flow logs',
      settings: { vpcFlowQueue: queue('VPC flow logs') },
      needs,
      pull: objects({
        ...FILES,
        queue: 'vpcFlowQueue',
        format: { csv: { delimiter: ' ', missing: '-' } },
      }),
      table: vpcFlow,
    },
    /**
     * A finding a line. GuardDuty exports a finding again when its activity goes on, with another `updatedAt`.
     * @see https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
     */
    guardDuty: {
      title: 'GuardDuty findings',
      updates: 'in-place',
      settings: { guardDutyQueue: queue('GuardDuty findings') },
      needs,
      pull: objects({ ...FILES, queue: 'guardDutyQueue', format: 'ndjson' }),
      table: guardDuty,
    },
    /** A request a line. @see https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html */
    waf: {
      title: 'WAF logs',
      settings: { wafQueue: queue('WAF logs') },
      needs,
      pull: objects({ ...FILES, queue: 'wafQueue', format: 'ndjson' }),
      table: waf,
    },
  },
});
