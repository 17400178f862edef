import type { DeadLetter, DeadLetters } from '../../shared/contract/run';

/** Dead letters in memory. */
export interface MemoryDeadLetters extends DeadLetters {
  /** Called before dead letters are stored. If it throws, the call fails and none is lost. */
  beforePut: () => void;
  /** All dead letters, in order. */
  readonly letters: readonly DeadLetter[];
  /** `<run>-<page>` of each call. */
  readonly blobs: readonly string[];
}

/** Stores every dead letter. */
export function memoryDeadLetters(): MemoryDeadLetters {
  const letters: DeadLetter[] = [];
  const blobs: string[] = [];
  const store: MemoryDeadLetters = {
    letters,
    blobs,
    beforePut: () => undefined,
    async put(_id, { runId, page }, more) {
      store.beforePut();
      blobs.push(`${runId}-${page}`);
      letters.push(...more);
    },
  };
  return store;
}
