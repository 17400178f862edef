import type { InTime } from './read-deadline';

/** How long an abandoned read may take to close what it opened. */
const LEAVE_MS = 10_000;

/**
 * Reads one item ahead: the next is asked for while the caller works on this one. A failure of the item ahead
 * is thrown when its turn comes, never lost and never unobserved. Leaving the loop aborts the pending read
 * through `abort`, because a generator's own `return()` would wait for it. No item is waited for longer than `inTime` does.
 */
export async function* prefetch<T>(
  items: AsyncIterable<T>,
  abort: AbortController,
  inTime: InTime,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const read = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    next.catch(() => undefined);
    return next;
  };
  try {
    for (let pending = read(); ;) {
      const item = await inTime(pending);
      if (item.done === true) return;
      pending = read();
      yield item.value;
    }
  } finally {
    abort.abort();
    iterator.return?.().catch(() => undefined);
  }
}

/** Reads an item only when the one before it was worked; leaving the loop aborts `abort`, as {@link prefetch} does. */
export async function* oneByOne<T>(
  items: AsyncIterable<T>,
  abort: AbortController,
  inTime: InTime,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  // Close the generator between items only: after a throw it has ended, and while it hangs it cannot react.
  let isBetween = false;
  try {
    for (;;) {
      isBetween = false;
      const item = await inTime(iterator.next());
      if (item.done === true) return;
      isBetween = true;
      yield item.value;
    }
  } finally {
    try {
      if (isBetween && iterator.return !== undefined) await inTime(iterator.return(), LEAVE_MS);
    } finally {
      abort.abort();
    }
  }
}
