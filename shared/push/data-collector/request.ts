import type { PushAnswer } from '../../contract/push';
import { signingKey } from './shared-key';

/** @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#data-limits */
export const MAX_POST_BYTES = 30 * 1024 * 1024;

const API_VERSION = '2016-04-01';
const LOG_TYPE = /^\w{1,100}$/;
const CREDENTIALS = /^SharedKey ([^:]*):(.*)$/;

/**
 * The documented error codes, with the messages of the service. If no message was observed on the wire, that of the
 * documentation is used; `InvalidDataFormat` was observed without a message.
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
  // Our own: the service's answer to a request without a length is not documented.
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

/** A refusal. A 404 has no body; it means another method than POST, or a body over the limit. */
export interface Refused {
  readonly status: number;
  /** JSON with the members `Error` and `Message`. */
  readonly body?: string;
  /** The error in that body. */
  readonly code?: Refusal;
  /** The id of the workspace, in lower case, when none of its keys signed the request. */
  readonly unknownTo?: string;
}

/** The refusal for an error code. */
export function refusal(code: Refusal, message: string | null = REFUSALS[code][1]): Refused {
  return { status: REFUSALS[code][0], code, body: JSON.stringify({ Error: code, Message: message }) };
}

/** The answer that refuses a request. */
export function answerTo({ body, status }: Refused): PushAnswer {
  return body === undefined ? { status } : { status, headers: { 'content-type': 'application/json' }, body };
}

/** The parts of a request that are checked. */
export interface DataCollectorRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  /** Takes a lower-case name; `undefined` or empty if the header was not sent. */
  readonly header: (name: string) => string | undefined;
  /** The length of the body; `undefined` if it is not announced: then the signature cannot be verified. */
  readonly bytes: number | undefined;
  /** The signed length, if it differs from {@link bytes}. */
  readonly contentLength?: string;
}

/** The signed headers of a request. */
export interface SignedRequest<K> {
  readonly logType: string;
  readonly key: K;
  /** RFC 1123, as it was signed. */
  readonly date: string;
  /** The property whose value becomes `TimeGenerated`. */
  readonly timeField?: string;
  /** The Azure resource that the records belong to. */
  readonly resourceId?: string;
}

/**
 * Checks the form of a request, then its signature with the keys of the workspace that it names. The order in which the
 * service checks is not documented. The signature covers the headers as received, byte for byte: a client that adds
 * `; charset=utf-8` to the content type after signing is refused.
 * @param keysOf the valid keys of a workspace; `undefined` for an unknown one
 */
export function checkPost<K extends { readonly key: Uint8Array }>(
  post: DataCollectorRequest,
  keysOf: (workspaceId: string) => readonly K[] | undefined,
): Refused | SignedRequest<K> {
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

function checkForm(
  { bytes = 0, header, method, query }: DataCollectorRequest,
  logType: string,
): Refused | undefined {
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
  { bytes, contentLength, header }: DataCollectorRequest,
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

/** The keys of the workspace that a request names, and its signature. */
function readCredentials<K>(
  { header }: Pick<DataCollectorRequest, 'header'>,
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
