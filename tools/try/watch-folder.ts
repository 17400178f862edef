import { watch } from 'node:fs';

/** An editor writes a file in several steps; what comes within this time is one change. */
const QUIET_MS = 100;

/** A folder under watch. */
export interface Watched {
  /** Resolves at the next change; at once where one came since the last call. */
  change(): Promise<void>;
  close(): void;
}

/** Watches a folder and what is below it. */
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
