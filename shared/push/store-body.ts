import type { SourceId } from '../contract/checkpoint';
import { isNamedError, UnavailableError } from '../contract/errors';
import type { PushAnswer } from '../contract/push';
import type { Clock, Log } from '../contract/run';
import type { Spool, PushedBody } from '../contract/spool';
import { answerTo, refusal } from './data-collector/request';
import type { RefusedPosts } from './refused-posts';

/** Default `Retry-After` of a 503. */
const RETRY_AFTER_MS = 30_000;

/** Dependencies of every push endpoint. */
export interface EndpointDependencies {
  /** @throws UnavailableError | SettingError when storage cannot be used */
  readonly spool: () => Pick<Spool, 'put'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Counts refused requests, so that the log has no line for each. */
  readonly refused: RefusedPosts;
}

/**
 * Stores a body in the spool and answers 200; or 503, so that the caller keeps it. Used by both push endpoints. They parse a
 * body before, to check it and to count its records, and a delivery parses it again: only the bytes are stored, because they
 * are what the signature covers, what repeats are found by, and what a later version can read in another way.
 */
export async function storeBody(
  id: SourceId,
  body: PushedBody,
  dependencies: EndpointDependencies,
): Promise<PushAnswer> {
  try {
    const kept = await dependencies.spool().put(id, body);
    if (kept === 'stored')
      dependencies.log.warn({ ...id }, 'stored, but its trigger message could not be sent');
    return { status: 200 };
  } catch (error) {
    return answerUnavailable(`${id.connector}/${id.source}`, error as Error, dependencies);
  }
}

/** Answers 503. The log has the reason; the answer has none. */
export function answerUnavailable(
  who: string,
  error: Error,
  { log, refused }: EndpointDependencies,
): PushAnswer {
  const isNamed = isNamedError(error);
  refused.count(log, {
    level: 'error',
    kind: `${who} ${error.name}`,
    fields: { who, reason: error.message, ...(isNamed ? {} : { stack: error.stack }) },
    sentence: 'a push was not taken; its sender is asked to come back',
  });
  return retryAnswer(error instanceof UnavailableError ? error.retryAfterMs : undefined);
}

/** The answer that asks a caller to retry: 503. */
export function retryAnswer(afterMs = RETRY_AFTER_MS): PushAnswer {
  const { headers, ...rest } = answerTo(refusal('ServiceUnavailable'));
  return { ...rest, headers: { ...headers, 'retry-after': String(Math.ceil(afterMs / 1_000)) } };
}
