import { buildAll } from '../tools/build/build.mjs';

/** Jest's global setup: the tests that start the built programs start what the sources say now. */
export default () => buildAll();
