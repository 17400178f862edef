import { rmSync } from 'node:fs';

/** Jest's global teardown: ends the storage that `test/build-first.mjs` started for this run, and removes the tree it built. */
export default async () => {
  await globalThis.stopSharedStorage();
  rmSync(process.env.INVENTED_TREE, { recursive: true, force: true });
};
