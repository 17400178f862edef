import type { Clock, Log } from '../contract/run';

/** How often refusals of one kind are logged. */
const LINE_EVERY_MS = 60_000;

/** A refused request. */
export interface RefusedPost {
  readonly level: 'warn' | 'error';
  /** Refusals of one kind and sentence are counted together: the endpoint, and the key if known. Never chosen by a caller. */
  readonly kind: string;
  /** Log fields of the newest one. */
  readonly fields: object;
  /** Constant for a reason. */
  readonly sentence: string;
}

/** Counts refused requests, so that a flood of them costs one log line a minute for each reason. */
export interface RefusedPosts {
  /** Logs the first at once. Later ones are counted, and logged by the next call after a minute. */
  count(log: Log, post: RefusedPost): void;
  /** Logs what was counted more than a minute ago. */
  flush(log: Log): void;
}

/** Counts in this process. */
export function createRefusedPosts(clock: Clock): RefusedPosts {
  const counted = new Map<string, { post: RefusedPost; posts: number; nextAtMs: number }>();
  const write = (log: Log, key: string): void => {
    const one = counted.get(key);
    const nowMs = clock.now().getTime();
    if (one === undefined || one.posts === 0 || nowMs < one.nextAtMs) return;
    const { fields, level, sentence } = one.post;
    log[level]({ ...fields, posts: one.posts }, sentence);
    counted.set(key, { ...one, posts: 0, nextAtMs: nowMs + LINE_EVERY_MS });
  };
  return {
    count(log, post) {
      const key = `${post.kind}: ${post.sentence}`;
      const { nextAtMs = -Infinity, posts = 0 } = counted.get(key) ?? {};
      counted.set(key, { post, nextAtMs, posts: posts + 1 });
      write(log, key);
    },
    flush(log) {
      for (const key of counted.keys()) write(log, key);
    },
  };
}
