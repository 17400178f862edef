import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/* One Azurite for a run of Jest. Each test file that needs storage claims its own account in it: `realStorage`. */

const AZURITE = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  ...['node_modules', 'azurite', 'dist', 'src', 'azurite.js'],
);
/** Ends it even if Jest is killed. */
const ENDS_WITH_PARENT = `data:text/javascript,process.once('disconnect', () => process.exit())`;
const KEY = Buffer.from('the key of every account of the tests').toString('base64');
/** More than the number of test files. */
const ACCOUNTS = 400;

/**
 * Jest's global setup: starts it; `TEST_STORAGE` gives test files its addresses. Jest's teardown runs in this process too, and
 * stops it by `globalThis`.
 */
export default async function startSharedStorage() {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-storage-'));
  const accounts = Array.from({ length: ACCOUNTS }, (_, at) => `test${at + 1}:${KEY}`).join(';');
  const services = ['blob', 'queue', 'table'];
  const child = fork(
    AZURITE,
    [
      ...['--inMemoryPersistence', '--silent'],
      ...['--skipApiVersionCheck', '--disableTelemetry'],
      ...services.flatMap((name) => [`--${name}Host`, '127.0.0.1', `--${name}Port`, '0']),
    ],
    {
      env: { ...process.env, AZURITE_ACCOUNTS: accounts },
      execArgv: ['--import', ENDS_WITH_PARENT],
      silent: true,
    },
  );
  const urls = await listening(child);
  process.env.TEST_STORAGE = JSON.stringify({ ...urls, accounts: ACCOUNTS, folder, key: KEY });
  globalThis.stopSharedStorage = async () => {
    const ended = new Promise((done) => child.once('exit', done));
    // It has nothing to save, and SIGTERM would wait for kept connections.
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Resolves with the addresses of the blob and the queue service. */
function listening(child) {
  return new Promise((done, fail) => {
    let told = '';
    const read = (chunk) => {
      told += chunk;
      const [blob, queue] = ['Blob', 'Queue'].map(
        (name) =>
          new RegExp(`Azurite ${name} service is successfully listening at (http://\\S+)`).exec(told)?.[1],
      );
      if (blob !== undefined && queue !== undefined) done({ blob, queue });
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('exit', (code) => fail(new Error(`Azurite ended with ${code}: ${told}`)));
  });
}
