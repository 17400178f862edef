import { createHash, createHmac } from 'node:crypto';
import { isSameSecret } from './shared-key';

/** The header that carries the signature. Ours: the Data Collector API has none. */
export const BODY_SIGNATURE = 'x-body-signature';

/** What the signature covers of a post: everything that decides what its records become. */
export interface CoveredPost {
  /** By lower-case name; `undefined` or empty where it was not sent. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/**
 * Signs what the Data Collector API leaves unsigned: Base64 of the HMAC-SHA256, under the post's own key, of five lines
 * without a line break at the end: `x-ms-date`, `Log-Type`, `time-generated-field`, `x-ms-AzureResourceId` (an empty line
 * for a header that is not sent) and the SHA-256 of the body in lower-case hexadecimal digits.
 * @param key decoded
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

/** Why a post is refused for its body's signature; `undefined` for a right one, and for none where none is required. */
export function bodySignatureProblem(
  { bodySignature, key }: { readonly key: Uint8Array; readonly bodySignature?: 'required' },
  post: CoveredPost,
): string | undefined {
  const given = post.header(BODY_SIGNATURE) ?? '';
  if (given === '')
    return bodySignature === undefined ? undefined : `its key requires the header ${BODY_SIGNATURE}`;
  return isSameSecret(given, signBody(key, post)) ? undefined : `its ${BODY_SIGNATURE} is wrong`;
}
