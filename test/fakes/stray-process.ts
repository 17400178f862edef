import { connect } from 'node:net';
import {
  asCodeOf,
  asOurCode,
  catchUnhandledErrors,
  type CodeOwner,
} from '../../shared/process/unhandled-errors';

/* A process in which code leaves rejected promises, under a listener that would end it, as in Azure's worker. */

process.on('uncaughtException', () => process.exit(9));
catchUnhandledErrors({
  error: (fields, msg) => void process.stdout.write(`${JSON.stringify({ msg, ...fields })}\n`),
});

const ownerOf = (who: string, takes: boolean): CodeOwner => ({ who, fail: () => takes });
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const failing = async (text: string): Promise<void> => {
  await wait(5);
  throw new Error(text);
};

asCodeOf(ownerOf('a', true), () => {
  void failing('a promise');
  setTimeout(() => {
    throw new Error('a timer');
  }, 5);
  process.nextTick(() => {
    throw new Error('a tick');
  });
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything can be
  void Promise.reject(Object.create(null));
  queueMicrotask(() => {
    throw new Error('a microtask');
  });
  // A promise that our own code starts for an owner does not belong to the owner.
  asOurCode(() => connect(1, '127.0.0.1'));
});
asCodeOf(ownerOf('b', false), () => void failing('another promise'));
asCodeOf(ownerOf('c', true), () => {
  setTimeout(() => {
    throw Object.defineProperty(new Error('no stack'), 'stack', {
      get: () => {
        throw new Error('in the stack');
      },
    });
  }, 5);
});
void failing('nobody’s');
setTimeout(() => process.stdout.write('"alive"\n', () => process.exit(0)), 150);
