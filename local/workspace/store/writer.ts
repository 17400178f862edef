/** Stores items in groups, one group after another. */
export interface Writer<T> {
  /** Resolves when the item is stored. @throws what `commit` threw for it */
  write(item: T): Promise<void>;
  /** Runs `work` while no item is being stored; later items wait. @throws what `work` threw */
  whileStill<R>(work: () => Promise<R>): Promise<R>;
  /** Resolves when no item waits. */
  idle(): Promise<void>;
}

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Collects the items of one commit's duration into the next group, so that many small writes cost few commits. If a group
 * cannot be stored, its items are stored one by one: a bad item fails alone. Order is kept.
 */
export function makeWriter<T>(commit: (items: readonly T[]) => Promise<void>): Writer<T> {
  let queue: Waiting<T>[] = [];
  let works: (() => Promise<void>)[] = [];
  let draining: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    while (queue.length > 0 || works.length > 0) {
      const still = works;
      works = [];
      await Promise.all(still.map((work) => work()));
      const group = queue;
      queue = [];
      await settle(group, commit);
    }
    draining = undefined;
  };

  return {
    write: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        draining ??= drain();
      }),
    whileStill: (work) =>
      new Promise((resolve, reject) => {
        works.push(() => work().then(resolve, reject));
        draining ??= drain();
      }),
    idle: async () => draining,
  };
}

async function settle<T>(
  group: readonly Waiting<T>[],
  commit: (items: readonly T[]) => Promise<void>,
): Promise<void> {
  if (group.length === 0) return;
  try {
    await commit(group.map(({ item }) => item));
    group.forEach(({ resolve }) => resolve());
  } catch (error) {
    if (group.length === 1) group[0]?.reject(error);
    else for (const one of group) await settle([one], commit);
  }
}
