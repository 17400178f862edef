import type { PushMetadata } from '../contract/spool';
import type { JsonObject } from '../contract/json';

/*
 * A vendor never repeats a request that was answered 4xx. A signed request whose body cannot be read is therefore
 * accepted: the spool stores its bytes as they came, marked, and its delivery makes a dead letter of them.
 */

const UNREAD = 'unread';

/** Marks a body as unreadable. @param why a part of a sentence, for operators; it never quotes the body */
export function markUnreadable(facts: JsonObject, why: string): JsonObject {
  return { ...facts, [UNREAD]: why };
}

/** Why a body is marked as unreadable; `undefined` where it is not. */
export function whyUnreadable({ facts }: Pick<PushMetadata, 'facts'>): string | undefined {
  const why = facts?.[UNREAD];
  return typeof why === 'string' ? why : undefined;
}
