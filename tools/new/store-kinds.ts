import type { ObjectsSpec } from '../../shared/contract/objects';

/** The stores of `objects()`, each as an author finds it in the vendor's documentation. */
export const STORE_KINDS = {
  s3: 'files in Amazon S3, and a queue of SQS with a message about each',
} as const satisfies Readonly<Record<ObjectsSpec['store'], string>>;
