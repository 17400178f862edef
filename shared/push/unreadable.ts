import type { Post } from '../contract/spool';
import type { JsonObject } from '../contract/json';

/*
 * A vendor that is answered 4xx never sends a post again. One that it signed and that cannot be read is therefore taken:
 * the spool holds its bytes as they came, marked, and its delivery keeps them as a dead letter.
 */

const UNREAD = 'unread';

/** Marks a post as one that cannot be read. @param why a sentence's middle, for operators: never what the post holds */
export function markUnread(facts: JsonObject, why: string): JsonObject {
  return { ...facts, [UNREAD]: why };
}

/** Why a post cannot be read, where it is marked so. */
export function unreadOf({ facts }: Pick<Post, 'facts'>): string | undefined {
  const why = facts?.[UNREAD];
  return typeof why === 'string' ? why : undefined;
}
