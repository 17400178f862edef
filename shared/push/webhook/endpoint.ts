import type { SourceId } from '../../contract/checkpoint';
import type { ReceiveSource } from '../../contract/connector';
import { SettingError } from '../../contract/errors';
import type { Json, JsonObject } from '../../contract/json';
import type { PushAnswer, PushHead, PushRequest } from '../../contract/push';
import { answerChallenge } from './challenge';
import { MAX_POST_BYTES } from '../data-collector/request';
import { runCooperatively } from '../../values/cooperative';
import { readPosted, recordsIn } from '../parse-body';
import { unpackBody } from '../decompress';
import { findCredential, isRecent, mayBeFrom, type KnownCredential, type Credential } from './verify';
import { comeBack, storeBody, later, type EndpointDependencies } from '../data-collector/endpoint';
import type { ReserveRoom } from '../in-flight';
import type { RefusedPost } from '../refused-posts';
import { markUnreadable } from '../unreadable-bodies';

const TOO_LARGE = 'a request is refused: its body is over the limit; the caller is asked to retry';
const NO_ROOM =
  'a signed request is refused: too much is in memory to unpack its body; the caller is asked to retry';
const STALE =
  'a signed request is refused: its timestamp is too far from now; the caller is asked to retry. Compare this machine’s clock; somebody may also send again what was recorded';

/** A post that was unpacked and read. */
interface ReadPost {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly values: readonly Json[];
}

/** A post that could not be. */
interface UnreadPost {
  /** As they came, packed or not. */
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly why: string;
}

/** What the endpoint of one source uses. */
export interface WebhookDependencies extends EndpointDependencies {
  readonly id: Pick<SourceId, 'connector' | 'source'>;
  readonly source: ReceiveSource;
  /** Every instance that is on, by each of its secrets. */
  readonly senders: readonly KnownCredential[];
  /** What is wrong with the settings: whom no secret knows is not refused for it, but asked to come back. */
  readonly problem?: string;
}

/**
 * Refuses a post by what stands before its body, so that of a refused one nothing is read: its length, and whether it
 * can be from one of the senders at all.
 */
export function refuseWebhook(
  head: PushHead,
  bytes: number | undefined,
  dependencies: WebhookDependencies,
): PushAnswer | undefined {
  const { verify } = dependencies.source.receive;
  if (bytes !== undefined && bytes > MAX_POST_BYTES) return refuseTooLarge(bytes, dependencies);
  const isPossible = verify.kind === 'function-key' || mayBeFrom(verify, dependencies.senders, head);
  return isPossible ? undefined : refuseUnsigned(dependencies);
}

/**
 * Answers a post to a source with nothing but 200, 401 and 503, because vendors never repeat what was answered 3xx or
 * 4xx. 200: its body is durable, or it is a challenge, which is answered. 401: none of the secrets signed it; not a word
 * why. 503, and the log says why: it cannot be kept now, or not be judged, because a setting is wrong or one of the two
 * clocks. What was signed and cannot be read is kept too, and becomes a dead letter.
 *
 * Nothing of a body is read, or unpacked, before it is known to be the vendor's, and nothing of it is ever written to a
 * log. It is kept unpacked: what the spool holds has been read.
 * @param hold room for what is unpacked, beside the body
 */
export async function acceptWebhook(
  request: PushRequest,
  dependencies: WebhookDependencies,
  hold: ReserveRoom = () => true,
): Promise<PushAnswer> {
  const { id, log, source } = dependencies;
  const now = dependencies.clock.now();
  if (request.body.length > MAX_POST_BYTES) return refuseTooLarge(request.body.length, dependencies);
  const sender = senderOf(dependencies, request);
  if (sender === undefined) return refuseUnsigned(dependencies);
  if (!isRecent(source.receive.verify, request, now)) {
    refuse(dependencies, { level: 'warn', sentence: STALE });
    return comeBack();
  }
  const taken = await readPost(source, request, hold);
  if (taken === 'no-room') {
    refuse(dependencies, { level: 'warn', sentence: NO_ROOM });
    return comeBack();
  }
  if ('why' in taken)
    log.error(
      { ...id, bytes: taken.bytes.length, why: taken.why },
      'a signed post cannot be read: it becomes a dead letter',
    );
  const answer = 'why' in taken ? undefined : challengeIn(source, taken.values, sender);
  if (answer !== undefined) return json(answer);
  const records = 'why' in taken ? 1 : recordsIn(taken.values).length;
  if (records === 0) return { status: 200 };
  const { bytes, contentType } = taken;
  const facts = factsOf(source, request, taken);
  return storeBody(
    { connector: id.connector, instance: sender.instance, source: id.source },
    {
      bytes,
      contentType,
      records,
      receivedAt: now.toISOString(),
      ...(sender.setting === '' ? {} : { key: sender.setting }),
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
    },
    dependencies,
  );
}

function refuse(
  { id, log, refused }: WebhookDependencies,
  { fields = {}, ...line }: Pick<RefusedPost, 'level' | 'sentence'> & { readonly fields?: object },
): void {
  refused.tell(log, { ...line, kind: whoOf(id), fields: { ...id, ...fields } });
}

function refuseTooLarge(bytes: number, dependencies: WebhookDependencies): PushAnswer {
  refuse(dependencies, { level: 'error', sentence: TOO_LARGE, fields: { bytes, maxBytes: MAX_POST_BYTES } });
  return comeBack();
}

/** Whom no secret knows: 401 without a word why. While a setting is wrong, its secret may be the right one. */
function refuseUnsigned(dependencies: WebhookDependencies): PushAnswer {
  if (dependencies.problem !== undefined)
    return later(whoOf(dependencies.id), new SettingError(dependencies.problem), dependencies);
  refuse(dependencies, {
    level: 'warn',
    sentence: 'a post is refused: it is not signed with a secret of the source',
  });
  return { status: 401 };
}

function whoOf({ connector, source }: WebhookDependencies['id']): string {
  return `${connector}/${source}`;
}

/** Where Azure Functions checked a key, every post is for the default instance. */
function senderOf(
  { senders, source }: WebhookDependencies,
  request: PushRequest,
): KnownCredential | undefined {
  const { verify } = source.receive;
  return verify.kind === 'function-key' ? senders[0] : findCredential(verify, senders, request);
}

/** Unpacks and reads a post. One that cannot be read keeps its bytes as they came. */
async function readPost(
  source: ReceiveSource,
  { body, header }: PushRequest,
  hold: ReserveRoom,
): Promise<ReadPost | UnreadPost | 'no-room'> {
  const contentType = header('content-type') ?? '';
  const bytes = await unpackBody(body, MAX_POST_BYTES, (unpacked) => hold(body.length + unpacked));
  if (bytes === 'no-room') return bytes;
  if ('why' in bytes) return { bytes: body, contentType, why: bytes.why };
  try {
    return { bytes, contentType, values: await runCooperatively(readPosted(source.receive, { bytes })) };
  } catch {
    const isPacked = !/^(?:x-gzip|gzip|identity)?$/i.test((header('content-encoding') ?? '').trim());
    const why = isPacked ? 'its Content-Encoding is not known here' : 'it is no JSON';
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

/** What a delivery must know of the post: the headers that the source names, and of one that was not read why. */
function factsOf(
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
  const facts: JsonObject = Object.keys(headers).length === 0 ? {} : { headers };
  return 'why' in taken ? markUnreadable(facts, taken.why) : facts;
}

function json(body: Readonly<Record<string, string>>): PushAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
