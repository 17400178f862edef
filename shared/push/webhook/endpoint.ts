import type { SourceId } from '../../contract/checkpoint';
import type { ReceiveSource } from '../../contract/connector';
import { SettingError } from '../../contract/errors';
import type { Json, JsonObject } from '../../contract/json';
import type { PushAnswer, PushHead, PushRequest } from '../../contract/push';
import { answerChallenge } from './challenge';
import { MAX_POST_BYTES } from '../data-collector/request';
import { runCooperatively } from '../../values/cooperative';
import { markUnreadable, readPosted, recordsIn } from './parse-body';
import { unpackBody } from './decompress';
import { findCredential, isRecent, mayBeFrom, type KnownCredential, type Credential } from './verify';
import type { ReserveRoom } from '../in-flight';
import type { RefusedPost } from '../refused-posts';
import { type EndpointDependencies, retryAnswer, storeBody, answerUnavailable } from '../store-body';

const TOO_LARGE = 'a request is refused: its body is over the limit; the caller is asked to retry';
const NO_ROOM =
  'a signed request is refused: too much is in memory to unpack its body; the caller is asked to retry';
const STALE =
  'a signed request is refused: its timestamp is too far from now; the caller is asked to retry. Compare this machine’s clock; somebody may also send again what was recorded';

/** A decompressed and parsed body. */
interface ReadPost {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly values: readonly Json[];
}

/** A body that could not be decompressed or parsed. */
interface UnreadPost {
  /** As received, compressed or not. */
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly why: string;
}

/** Dependencies of the endpoint of one source. */
export interface WebhookDependencies extends EndpointDependencies {
  readonly id: Pick<SourceId, 'connector' | 'source'>;
  readonly source: ReceiveSource;
  /** Every secret of every instance that is on. */
  readonly credentials: readonly KnownCredential[];
  /** What is wrong with the settings. While set, an unverified caller gets 503 instead of 401: its secret may be the unreadable one. */
  readonly problem?: string;
}

/**
 * Refuses a request by its headers alone, before its body is read: by its length, and when no credential can match.
 */
export function refuseWebhook(
  head: PushHead,
  bytes: number | undefined,
  dependencies: WebhookDependencies,
): PushAnswer | undefined {
  const { verify } = dependencies.source.receive;
  if (bytes !== undefined && bytes > MAX_POST_BYTES) return refuseTooLarge(bytes, dependencies);
  const isPossible = verify.kind === 'function-key' || mayBeFrom(verify, dependencies.credentials, head);
  return isPossible ? undefined : refuseUnsigned(dependencies);
}

/**
 * Answers a webhook request with 200, 401 or 503 only, because vendors never repeat a request that was answered 3xx or 4xx.
 * - 200: the body is durable, or it was a challenge and is answered.
 * - 401: no secret verifies it. The answer does not say why.
 * - 503: it cannot be stored or verified now, because storage is unavailable, a setting is wrong, or a clock is. The log
 *   says which.
 *
 * A verified body that cannot be parsed is stored too, and becomes a dead letter. A body is neither decompressed nor
 * parsed before it is verified, and never logged. The spool stores it decompressed.
 * @param reserve reserves memory for the decompressed body, in addition to the received one
 */
export async function acceptWebhook(
  request: PushRequest,
  dependencies: WebhookDependencies,
  reserve: ReserveRoom = () => true,
): Promise<PushAnswer> {
  const { id, log, source } = dependencies;
  const now = dependencies.clock.now();
  if (request.body.length > MAX_POST_BYTES) return refuseTooLarge(request.body.length, dependencies);
  const credential = credentialOf(dependencies, request);
  if (credential === undefined) return refuseUnsigned(dependencies);
  if (!isRecent(source.receive.verify, request, now)) {
    refuse(dependencies, { level: 'warn', sentence: STALE });
    return retryAnswer();
  }
  const taken = await readPost(source, request, reserve);
  if (taken === 'no-room') {
    refuse(dependencies, { level: 'warn', sentence: NO_ROOM });
    return retryAnswer();
  }
  if ('why' in taken)
    log.error(
      { ...id, bytes: taken.bytes.length, why: taken.why },
      'a signed post cannot be read: it becomes a dead letter',
    );
  const answer = 'why' in taken ? undefined : challengeIn(source, taken.values, credential);
  if (answer !== undefined) return json(answer);
  const records = 'why' in taken ? 1 : recordsIn(taken.values).length;
  if (records === 0) return { status: 200 };
  const { bytes, contentType } = taken;
  const metadata = metadataOf(source, request, taken);
  return storeBody(
    { connector: id.connector, instance: credential.instance, source: id.source },
    {
      bytes,
      contentType,
      records,
      receivedAt: now.toISOString(),
      ...(credential.setting === '' ? {} : { key: credential.setting }),
      ...(Object.keys(metadata).length === 0 ? {} : { facts: metadata }),
    },
    dependencies,
  );
}

function refuse(
  { id, log, refused }: WebhookDependencies,
  { fields = {}, ...line }: Pick<RefusedPost, 'level' | 'sentence'> & { readonly fields?: object },
): void {
  refused.count(log, { ...line, kind: whoOf(id), fields: { ...id, ...fields } });
}

function refuseTooLarge(bytes: number, dependencies: WebhookDependencies): PushAnswer {
  refuse(dependencies, { level: 'error', sentence: TOO_LARGE, fields: { bytes, maxBytes: MAX_POST_BYTES } });
  return retryAnswer();
}

/** Answers 401 without a reason; 503 while a setting is wrong, because its secret may be the right one. */
function refuseUnsigned(dependencies: WebhookDependencies): PushAnswer {
  if (dependencies.problem !== undefined)
    return answerUnavailable(whoOf(dependencies.id), new SettingError(dependencies.problem), dependencies);
  refuse(dependencies, {
    level: 'warn',
    sentence: 'a post is refused: it is not signed with a secret of the source',
  });
  return { status: 401 };
}

function whoOf({ connector, source }: WebhookDependencies['id']): string {
  return `${connector}/${source}`;
}

/** The credential that verifies a request. When Azure Functions has checked a key, that of the default instance. */
function credentialOf(
  { credentials, source }: WebhookDependencies,
  request: PushRequest,
): KnownCredential | undefined {
  const { verify } = source.receive;
  return verify.kind === 'function-key' ? credentials[0] : findCredential(verify, credentials, request);
}

/** Decompresses and parses a body. A body that cannot be parsed keeps its bytes as received. */
async function readPost(
  source: ReceiveSource,
  { body, header }: PushRequest,
  reserve: ReserveRoom,
): Promise<ReadPost | UnreadPost | 'no-room'> {
  const contentType = header('content-type') ?? '';
  const bytes = await unpackBody(body, MAX_POST_BYTES, (unpacked) => reserve(body.length + unpacked));
  if (bytes === 'no-room') return bytes;
  if ('why' in bytes) return { bytes: body, contentType, why: bytes.why };
  try {
    return { bytes, contentType, values: await runCooperatively(readPosted(source.receive, { bytes })) };
  } catch {
    const isPacked = !/^(?:x-gzip|gzip|identity)?$/i.test((header('content-encoding') ?? '').trim());
    const why = isPacked ? 'its Content-Encoding is not supported' : 'it is not JSON';
    return { bytes, contentType, why };
  }
}

function challengeIn(
  { receive: { challenge } }: ReceiveSource,
  values: readonly Json[],
  { secret }: Credential,
): Readonly<Record<string, string>> | undefined {
  const [value, ...more] = values;
  if (challenge === undefined || value === undefined || more.length > 0) return undefined;
  return answerChallenge(challenge, value, secret);
}

/** The metadata that a delivery needs: the headers that the source names, and why a body is unreadable. */
function metadataOf(
  { receive }: ReceiveSource,
  { header }: PushRequest,
  taken: ReadPost | UnreadPost,
): JsonObject {
  const headers = Object.fromEntries(
    (receive.headers ?? []).flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const metadata: JsonObject = Object.keys(headers).length === 0 ? {} : { headers };
  return 'why' in taken ? markUnreadable(metadata, taken.why) : metadata;
}

function json(body: Readonly<Record<string, string>>): PushAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
