/** Jest's global teardown: ends the storage that `shared-storage.mjs` started for this run. */
export default () => globalThis.stopSharedStorage();
