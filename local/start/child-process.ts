import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { OWN_PROCESS_GROUP } from '../process-group';

/** A program of the laptop that runs in a process of its own, and ends when this one does. */
export interface Child<Ready> {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Ready;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

/** What a program is told first. */
export interface StartMessage {
  readonly kind: 'start';
  readonly [option: string]: unknown;
}

/** What {@link keepChild} is told beside the program. */
export interface KeepOptions<Ready> {
  /** The message of the first start, and of those after it: at the same addresses, from what it said when it was ready. */
  readonly message: (before: Ready | undefined) => StartMessage;
  /** Gets a sentence when the program has ended though nobody asked it to. */
  readonly onEnd: (sentence: string) => void;
  /**
   * Aborted when nobody wants it any more: it is not started again then. On Windows Ctrl-C reaches the program too.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a program and starts it again, where it was, whenever it ends though nobody asked it to.
 * @throws Error when the first start fails
 */
export async function keepChild<Ready extends object>(
  name: string,
  entry: string,
  { message, onEnd, signal }: KeepOptions<Ready>,
): Promise<Child<Ready>> {
  const { ready, ...first } = await startChild<Ready>(name, entry, message(undefined));
  let child: Omit<Child<Ready>, 'ready'> = first;
  let isStopping = false;
  const watch = async (): Promise<void> => {
    for (;;) {
      await child.ended;
      if (isStopping || signal?.aborted === true) return;
      onEnd(`${name} ended. Starting it again.`);
      child = await startChild<Ready>(name, entry, message(ready));
      if (isStopping) return child.stop();
    }
  };
  const ended = watch().catch((error: unknown) => onEnd((error as Error).message));
  return {
    get pid() {
      return child.pid;
    },
    ready,
    ended,
    async stop() {
      isStopping = true;
      await child.stop();
      await ended;
    },
  };
}

type Message<Ready> =
  ({ readonly kind: 'ready' } & Ready) | { readonly kind: 'failed'; readonly message: string };

/** How long a program may take to end by itself before it is killed. */
const STOP_MS = 8_000;

/**
 * Starts a program: tells it to start, waits until it says that it is ready. Its own lines go to our
 * standard error. The channel between the two ends with either, and the program ends with the channel.
 * @throws Error when it says that it failed, or ends before it is ready
 */
export async function startChild<Ready extends object>(
  name: string,
  entry: string,
  message: StartMessage,
): Promise<Child<Ready>> {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...OWN_PROCESS_GROUP,
  });
  child.send(message);
  const ended = once(child, 'exit').then(() => undefined);
  const answer = await Promise.race([
    once(child, 'message').then(([message]) => message as Message<Ready>),
    ended.then((): Message<Ready> => ({
      kind: 'failed',
      message: `it ended with code ${child.exitCode ?? child.signalCode ?? 'unknown'}`,
    })),
  ]);
  if (answer.kind === 'failed') {
    child.kill('SIGTERM');
    throw new Error(`Starting ${name}: ${answer.message}.`);
  }
  return { pid: child.pid ?? 0, ready: answer, ended, stop: () => stopChild(child, ended) };
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
