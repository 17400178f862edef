import { signingKey } from './shared-key';

/** @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#data-limits */
export const MAX_POST_BYTES = 30 * 1024 * 1024;

const API_VERSION = '2016-04-01';
const LOG_TYPE = /^\w{1,100}$/;
const CREDENTIALS = /^SharedKey ([^:]*):(.*)$/;

/**
 * The documented error codes and what the documentation says of each. Where no message was ever seen on the wire
 * the sentence of the documentation stands in; `InvalidDataFormat` was seen with none.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#return-codes
 */
export const REFUSALS = {
  InactiveCustomer: [400, 'The workspace has been closed.'],
  InvalidApiVersion: [400, "The API version that you specified wasn't recognized by the service."],
  InvalidCustomerId: [400, 'The specified workspace ID is invalid.'],
  InvalidDataFormat: [400, null],
  InvalidLogType: [400, 'The specified log type contained special characters or numerics.'],
  MissingApiVersion: [400, "The API version wasn't specified."],
  MissingContentType: [400, "The content type wasn't specified."],
  MissingLogType: [400, "The required value log type wasn't specified."],
  UnsupportedContentType: [400, "The content type wasn't set to application/json."],
  InvalidAuthorization: [403, 'An invalid signature was specified in the Authorization header'],
  // Ours: the documentation does not say how a post without a length is answered.
  MissingContentLength: [
    411,
    'The length of the body was not specified, and the signature covers it. Send the body with a Content-Length and not in chunks (Transfer-Encoding), and have a proxy on the way keep it so.',
  ],
  UnspecifiedError: [500, 'The service encountered an internal error. Retry the request.'],
  ServiceUnavailable: [503, 'The service currently is unavailable to receive requests. Retry your request.'],
} as const;

/** A documented error code, or one of ours. */
export type Refusal = keyof typeof REFUSALS;

const NO_AUTHORIZATION = 'No Authorization header was specified';
const WRONG_SCHEME = 'An invalid scheme was specified in the Authorization header';

/** Why a post is not taken; without a body for 404, which means an unknown address and a body over the limit alike. */
export interface Refused {
  readonly status: number;
  /** JSON, its two members in capital initials as on the wire. */
  readonly body?: string;
  /** The error in that body. */
  readonly code?: Refusal;
  /** In lower case; where none of the keys of this workspace signed the post. */
  readonly unknownTo?: string;
}

/** The answer for a code. */
export function refusal(code: Refusal, message: string | null = REFUSALS[code][1]): Refused {
  return { status: REFUSALS[code][0], code, body: JSON.stringify({ Error: code, Message: message }) };
}

/** A request as this API looks at it. */
export interface Post {
  readonly method: string;
  readonly query: URLSearchParams;
  /** By lower-case name; `undefined` or empty where it was not sent. */
  readonly header: (name: string) => string | undefined;
  /** The length of its body; `undefined` where it is not announced, which a signature cannot cover. */
  readonly bytes: number | undefined;
  /** What is signed as its length, where that is not {@link bytes}. */
  readonly contentLength?: string;
}

/** What a post that is signed says of its records. */
export interface SignedFacts<K> {
  readonly logType: string;
  readonly key: K;
  /** RFC 1123, as it was signed. */
  readonly date: string;
  /** The property whose value becomes `TimeGenerated`. */
  readonly timeField?: string;
  /** The Azure resource that the records are of. */
  readonly resourceId?: string;
}

/**
 * Checks a post against the keys of the workspace that it names, in the order in which a request is read; the
 * service's own order is not documented. What is signed is what was received, to the byte: a client that adds
 * `; charset=utf-8` to the content type after signing is refused.
 * @param keysOf the keys of a workspace, each accepted; `undefined` for one that is not known
 */
export function checkPost<K extends { readonly key: Uint8Array }>(
  post: Post,
  keysOf: (workspaceId: string) => readonly K[] | undefined,
): Refused | SignedFacts<K> {
  const { header } = post;
  const logType = header('log-type') ?? '';
  const wrong = checkForm(post, logType);
  if (wrong !== undefined) return wrong;
  const key = checkSignature(post, keysOf);
  if ('status' in key) return key;
  const [timeField, resourceId] = [header('time-generated-field'), header('x-ms-azureresourceid')];
  return {
    logType,
    key: key.signedBy,
    date: header('x-ms-date') ?? '',
    ...(timeField === undefined || timeField === '' ? {} : { timeField }),
    ...(resourceId === undefined || resourceId === '' ? {} : { resourceId }),
  };
}

function checkForm({ bytes = 0, header, method, query }: Post, logType: string): Refused | undefined {
  const apiVersion = query.get('api-version');
  const contentType = header('content-type') ?? '';
  if (method !== 'POST' || bytes > MAX_POST_BYTES) return { status: 404 };
  if (apiVersion === null) return refusal('MissingApiVersion');
  if (apiVersion !== API_VERSION) return refusal('InvalidApiVersion');
  if (contentType === '') return refusal('MissingContentType');
  if (!/^application\/json\s*(;|$)/i.test(contentType)) return refusal('UnsupportedContentType');
  if (logType === '') return refusal('MissingLogType');
  return LOG_TYPE.test(logType) ? undefined : refusal('InvalidLogType');
}

function checkSignature<K extends { readonly key: Uint8Array }>(
  { bytes, contentLength, header }: Post,
  keysOf: (workspaceId: string) => readonly K[] | undefined,
): Refused | { readonly signedBy: K } {
  const claimed = readCredentials({ header }, keysOf);
  if ('status' in claimed) return claimed;
  if (bytes === undefined) return refusal('MissingContentLength');
  const { keys, signature, unknownTo } = claimed;
  const signedBy = signingKey(keys, signature, {
    contentLength: contentLength ?? bytes,
    contentType: header('content-type') ?? '',
    date: header('x-ms-date') ?? '',
  });
  return signedBy === undefined ? { ...refusal('InvalidAuthorization'), unknownTo } : { signedBy };
}

/** The keys of the workspace that a post names, and its signature. */
function readCredentials<K>(
  { header }: Pick<Post, 'header'>,
  keysOf: (workspaceId: string) => readonly K[] | undefined,
): Refused | { readonly keys: readonly K[]; readonly signature: string; readonly unknownTo: string } {
  const authorization = header('authorization') ?? '';
  if (authorization === '') return refusal('InvalidAuthorization', NO_AUTHORIZATION);
  if (!authorization.startsWith('SharedKey ')) return refusal('InvalidAuthorization', WRONG_SCHEME);
  const [, workspaceId = '', signature = ''] = CREDENTIALS.exec(authorization) ?? [];
  const unknownTo = workspaceId.toLowerCase();
  const keys = keysOf(unknownTo);
  return keys === undefined ? { ...refusal('InvalidCustomerId'), unknownTo } : { keys, signature, unknownTo };
}
