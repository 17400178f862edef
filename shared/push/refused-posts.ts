import type { Clock, Log } from '../contract/run';

/** How often a line is written for posts that are refused for one reason. */
const LINE_EVERY_MS = 60_000;

/** A post that was refused. */
export interface RefusedPost {
  readonly level: 'warn' | 'error';
  /** What is counted together: the way in, and the key where one is known. Never anything that a sender chose. */
  readonly kind: string;
  /** Of the newest of them. */
  readonly fields: object;
  /** Constant for a reason. */
  readonly sentence: string;
}

/** Counts refused posts, so that a flood of them costs a line a minute for each reason. */
export interface RefusedPosts {
  /** The first is told at once, the others with the first that is refused, or flushed, after a minute. */
  tell(log: Log, post: RefusedPost): void;
  /** Tells what was counted, where its minute is over. */
  flush(log: Log): void;
}

/** In this process. */
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
    tell(log, post) {
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
