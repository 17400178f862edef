/**
 * Reads one item ahead: the next is asked for while the caller works on this one. A failure of the item ahead
 * is thrown when its turn comes, never lost and never unobserved. Leaving the loop aborts the pending read
 * through `abort`, because a generator's own `return()` would wait for it.
 */
export async function* ahead<T>(
  items: AsyncIterable<T>,
  abort: AbortController,
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const read = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    next.catch(() => undefined);
    return next;
  };
  try {
    for (let pending = read(); ;) {
      const item = await pending;
      if (item.done === true) return;
      pending = read();
      yield item.value;
    }
  } finally {
    abort.abort();
    iterator.return?.().catch(() => undefined);
  }
}

/** Reads an item only when the one before it was worked; leaving the loop aborts `abort`, as {@link ahead} does. */
export async function* oneByOne<T>(
  items: AsyncIterable<T>,
  abort: AbortController,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } finally {
    abort.abort();
  }
}
