import { createHash, createHmac } from 'node:crypto';
import { isSameSecret } from './shared-key';

/** The header of the body signature. Our own: the Data Collector API has none. */
const BODY_SIGNATURE = 'x-body-signature';

/** The parts of a request that the body signature covers: everything that determines the rows. */
export interface CoveredPost {
  /** Takes a lower-case name; `undefined` or empty if the header was not sent. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/**
 * Signs the parts that the Data Collector API leaves unsigned. The signature is the Base64 of the HMAC-SHA256, with the key
 * that signs the request, of five lines without a line break at the end: `x-ms-date`, `Log-Type`, `time-generated-field`,
 * `x-ms-AzureResourceId` (an empty line for a header that is not sent) and the SHA-256 of the body in lower-case
 * hexadecimal digits.
 * @param key the decoded key
 */
export function signBody(key: Uint8Array, { body, header }: CoveredPost): string {
  const lines = ['x-ms-date', 'log-type', 'time-generated-field', 'x-ms-azureresourceid'].map(
    (name) => header(name) ?? '',
  );
  const hash = createHash('sha256').update(body).digest('hex');
  return createHmac('sha256', key)
    .update([...lines, hash].join('\n'))
    .digest('base64');
}

/** Why the body signature of a request is refused; `undefined` if it is valid, or missing and not required. */
export function bodySignatureProblem(
  { bodySignature, key }: { readonly key: Uint8Array; readonly bodySignature?: 'required' },
  post: CoveredPost,
): string | undefined {
  const given = post.header(BODY_SIGNATURE) ?? '';
  if (given === '')
    return bodySignature === undefined ? undefined : `its key requires the header ${BODY_SIGNATURE}`;
  return isSameSecret(given, signBody(key, post)) ? undefined : `its ${BODY_SIGNATURE} is wrong`;
}
