import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { OWN_PROCESS_GROUP } from '../process-group';

/** A local program in a process of its own. It ends when this process ends. */
export interface Child<Ready> {
  readonly pid: number;
  /** The message that it sent when it was ready. */
  readonly ready: Ready;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Asks it to end, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** The first message to a program. */
export interface StartMessage {
  readonly kind: 'start';
  readonly [option: string]: unknown;
}

/** The options of {@link keepChild}. */
export interface KeepOptions<Ready> {
  /** Makes the start message. A restart gets the program's first ready message, so that it uses the same addresses. */
  readonly message: (before: Ready | undefined) => StartMessage;
  /** Called with a sentence when the program ends unexpectedly. */
  readonly onEnd: (sentence: string) => void;
  /** Aborting it prevents restarts. On Windows Ctrl-C also reaches the program itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a program, and restarts it at the same addresses whenever it ends unexpectedly.
 * @throws Error if the first start fails
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
      onEnd(`${name} ended. Restarting it.`);
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
 * Starts a program and waits until it is ready. Its output goes to our standard error. The IPC channel closes with
 * either process, and the program ends with the channel.
 * @throws Error if it reports a failure or ends before it is ready
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
