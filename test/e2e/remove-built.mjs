import { rmSync } from 'node:fs';
import endSharedStorage from '../end-shared-storage.mjs';

/** Jest's global teardown: ends the storage and removes the tree that `build-first.mjs` built for this run. */
export default async () => {
  await endSharedStorage();
  rmSync(process.env.INVENTED_TREE, { recursive: true, force: true });
};
