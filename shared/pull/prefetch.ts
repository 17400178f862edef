import type { InTime } from './read-deadline';

/** How long an abandoned read may take to close what it opened. */
const LEAVE_MS = 10_000;

/**
 * Reads one item ahead: requests the next item while the caller works on the current one. If the next item fails, its error
 * is thrown when the caller asks for it; it is never lost and never an unhandled rejection. Leaving the loop aborts the
 * pending read through `abort`, because the generator's own `return()` would wait for it. `inTime` limits each wait.
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

/** Reads an item only once the caller is done with the one before. Leaving the loop aborts `abort`, as in {@link prefetch}. */
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
