/** Stores items one group after another, each group as one whole. */
export interface GroupCommit<T, R> {
  /** Resolves with what `commit` gave for its group, when the item is stored. @throws what `commit` threw */
  add(item: T): Promise<R>;
}

/**
 * Items added during a commit form the next group, so that many small writes cost few commits; an item added while
 * none is under way is committed at once. Order is kept.
 * @param maxSize of a group, in the unit of `sizeOf`; an item over it is a group of its own
 * @param onIdle called when the queue is empty
 */
export function groupCommit<T, R>(
  commit: (items: readonly T[]) => Promise<R>,
  sizeOf: (item: T) => number,
  maxSize: number,
  onIdle: () => void = () => undefined,
): GroupCommit<T, R> {
  interface Entry {
    readonly item: T;
    readonly resolve: (result: R) => void;
    readonly reject: (reason: unknown) => void;
  }
  const queue: Entry[] = [];
  let isDraining = false;

  const nextGroup = (): Entry[] => {
    let [count, size] = [0, 0];
    for (const { item } of queue) {
      size += sizeOf(item);
      if (count > 0 && size > maxSize) break;
      count++;
    }
    return queue.splice(0, count);
  };
  const drain = async (): Promise<void> => {
    isDraining = true;
    while (queue.length > 0) {
      const group = nextGroup();
      try {
        const result = await commit(group.map(({ item }) => item));
        for (const { resolve } of group) resolve(result);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isDraining = false;
    onIdle();
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        if (!isDraining) void drain();
      }),
  };
}
