import { rmSync } from 'node:fs';

/** Jest's global teardown: removes the tree that `test/build-first.mjs` built for this run. */
export default () => rmSync(process.env.INVENTED_TREE, { recursive: true, force: true });
