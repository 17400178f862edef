import type { Pull, Settings } from '../../shared/contract/connector';
import type { ObjectsSpec } from '../../shared/contract/objects';
import type { RestSpec } from '../../shared/contract/rest';
import { secret, text, url } from '../../shared/kit/define-connector';
import { objects } from '../../shared/kit/objects/objects';
import { formatKind } from './format-kinds';
import type { NewCommand } from './options';
import { kindOf } from './rest-kinds';
import { STORE_KINDS } from './store-kinds';
import type { Sample } from './sample/sample';

/** The parts of a plan that its kind of pull decides. */
export interface PlannedPull {
  readonly pull: Pull;
  readonly settings: Settings;
  readonly spec: RestSpec | ObjectsSpec;
}

/** A source of files: its sample is one of them. */
export function planFiles(flags: NewCommand, { recordsPath }: Sample): PlannedPull {
  const format = formatKind(flags);
  const spec: ObjectsSpec = {
    store: kindOf('store', flags.store ?? '', STORE_KINDS),
    queue: 'url',
    keys: { id: 'accessKeyId', secret: 'secretAccessKey', token: 'sessionToken' },
    role: { arn: 'roleArn', externalId: 'externalId' },
    format,
    ...(format === 'json' ? { records: recordsPath } : {}),
  };
  const settings = {
    url: url('The address of the queue of SQS.', {
      example: flags.url ?? 'https://sqs.eu-west-1.amazonaws.com/123456789012/events',
    }),
    accessKeyId: text('The id of an access key that may read the queue and the bucket.', {
      example: 'AKIAIOSFODNN7EXAMPLE',
      namesAccount: false,
    }),
    secretAccessKey: secret('The secret of the same access key.'),
    sessionToken: secret('The session token, if the key is temporary.', { optional: true }),
    roleArn: text('The ARN of a role that the key assumes, if it may not read the files itself.', {
      example: 'arn:aws:iam::123456789012:role/log-reader',
      namesAccount: false,
      optional: true,
    }),
    externalId: text('The external id that the trust policy of the role asks for.', {
      example: '7c0e4a5e',
      namesAccount: false,
      optional: true,
    }),
  };
  return { pull: objects(spec), settings, spec };
}
