import { watch } from 'node:fs';

/** Changes within this time count as one: an editor writes a file in several steps. */
const QUIET_MS = 100;

/** A watched folder. */
export interface Watched {
  /** Resolves at the next change, or at once when one came since the last call. */
  change(): Promise<void>;
  close(): void;
}

/** Watches a folder recursively. */
export function watchFolder(folder: string): Watched {
  let isChanged = false;
  let notify: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isChanged = true;
      notify?.();
    }, QUIET_MS);
  });
  return {
    change: () =>
      new Promise((done) => {
        notify = () => {
          isChanged = false;
          notify = undefined;
          done();
        };
        if (isChanged) notify();
      }),
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
