import type { SourceId } from '../contract/checkpoint';
import type { ReceiveSource } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { PushAnswer, PushRequest } from '../contract/push';
import { answerChallenge } from '../kit/challenge';
import { MAX_POST_BYTES } from '../kit/data-collector-post';
import { readPosted, recordsIn } from '../kit/received-body';
import { unpackBody, type NotUnpacked } from '../kit/unpack-body';
import { findSender, type KnownSender, type Sender } from '../kit/verify-post';
import { keep, later, type Door } from './push';

/** What the door of one source stands on. */
export interface ReceiveDoor extends Door {
  readonly id: Pick<SourceId, 'connector' | 'source'>;
  readonly source: ReceiveSource;
  /** Every instance that is on, by each of its secrets. */
  readonly senders: readonly KnownSender[];
  /** Why nobody can be known: nobody is refused for it, but asked to come back. */
  readonly problem?: string;
}

/**
 * Answers a post to a source: 200 once its body is durable, or with what a challenge asks for; 401 for what none of the
 * secrets signed, without a word why; 503 while the body cannot be kept. Nothing of a body is read, or unpacked, before
 * it is known to be the vendor's, and nothing of it is ever written to a log. It is kept unpacked: what the spool holds
 * has been read.
 */
export async function receivePost(request: PushRequest, door: ReceiveDoor): Promise<PushAnswer> {
  const { id, log, problem, source } = door;
  const now = door.clock.now();
  if (request.body.length > MAX_POST_BYTES) return { status: 413 };
  if (problem !== undefined) return later(`${id.connector}/${id.source}`, new SettingError(problem), door);
  const sender = senderOf(door, request, now);
  if (sender === undefined) {
    log.warn({ ...id }, 'a post is refused: it is not signed with a secret of the source, or too old');
    return { status: 401 };
  }
  const bytes = await unpackBody(request.body, request.header('content-encoding'), MAX_POST_BYTES);
  if ('why' in bytes) {
    log.warn({ ...id, bytes: request.body.length, why: bytes.why }, 'a post is refused: it is not unpacked');
    return notUnpacked(bytes);
  }
  const contentType = request.header('content-type') ?? '';
  const body = { bytes, contentType };
  const values = read(source, body);
  if (values === undefined) {
    log.warn({ ...id, bytes: bytes.length }, 'a post is refused: its body is no JSON');
    return { status: 400 };
  }
  const answer = challengeIn(source, values, sender);
  if (answer !== undefined) return json(answer);
  const records = recordsIn(values).length;
  if (records === 0) return { status: 200 };
  const headers = headersOf(source, request);
  return keep(
    { connector: id.connector, instance: sender.instance, source: id.source },
    {
      ...body,
      records,
      receivedAt: now.toISOString(),
      ...(sender.setting === '' ? {} : { key: sender.setting }),
      ...(Object.keys(headers).length === 0 ? {} : { facts: { headers } }),
    },
    door,
  );
}

/** Where Azure Functions has asked for a key, whoever comes is the default instance's. */
function senderOf(
  { senders, source }: ReceiveDoor,
  request: PushRequest,
  now: Date,
): KnownSender | undefined {
  const { verify } = source.receive;
  return verify.kind === 'function-key' ? senders[0] : findSender(verify, senders, request, now);
}

function read(source: ReceiveSource, body: Parameters<typeof readPosted>[1]): readonly Json[] | undefined {
  try {
    return readPosted(source.receive, body);
  } catch {
    return undefined;
  }
}

function challengeIn(
  { receive: { challenge } }: ReceiveSource,
  values: readonly Json[],
  { secret }: Sender,
): Readonly<Record<string, string>> | undefined {
  const [value, ...more] = values;
  if (challenge === undefined || value === undefined || more.length > 0) return undefined;
  return answerChallenge(challenge, value, secret);
}

function headersOf({ receive }: ReceiveSource, { header }: PushRequest): Record<string, string> {
  return Object.fromEntries(
    (receive.headers ?? []).flatMap((name) => {
      const value = header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Whoever signed a post may be told what is wrong with it. */
function notUnpacked({ status, why }: NotUnpacked): PushAnswer {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return { status, headers: status === 415 ? { ...headers, 'accept-encoding': 'gzip' } : headers, body: why };
}

function json(body: Readonly<Record<string, string>>): PushAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
