import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { LAST_WORDS_FD, type Done, type Said, type Task, type Wake } from './child-messages';

/** What became of a task. */
export type Ended = Done | { readonly killed: true; readonly lastWords: string };

/** Processes that run a function app until they are killed. */
export interface Workers {
  /**
   * Runs one task in a process that does nothing else meanwhile: the one given back last, or a new one.
   * @param onSaid gets what the process says meanwhile: its log, how it answers, and how long it waits
   * @throws Error when the process ends and was not told to
   */
  run(app: string, task: Omit<Task, 'id'>, onSaid: (said: Said) => void): Promise<Ended>;
  /** How many processes were killed. */
  readonly killed: number;
  close(): void;
}

interface Worker {
  readonly child: ChildProcess;
  readonly app: string;
  readonly ready: Promise<void>;
  onSaid: (said: Said) => void;
  lastWords: string;
}

/** @param entry the built child */
export function createWorkers(entry: string): Workers {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let tasks = 0;
  let killed = 0;

  const start = (app: string): Worker => {
    const child = fork(entry, [app], {
      execArgv: [],
      env: { NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    const ready = new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('close', () => reject(new Error(`starting ${app}: the process ended`)));
    });
    ready.catch(() => undefined);
    const worker: Worker = { child, app, ready, onSaid: () => undefined, lastWords: '' };
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', (line) => worker.onSaid({ line }));
    }
    (child.stdio[LAST_WORDS_FD] as Readable).on(
      'data',
      (words: Buffer) => (worker.lastWords += String(words)),
    );
    all.add(worker);
    child.once('close', () => all.delete(worker));
    return worker;
  };

  const runIn = (worker: Worker, task: Task): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const { child } = worker;
      const settle = (): void => {
        child.off('message', onDone);
        child.off('close', onClose);
      };
      const onDone = (done: Done | Said): void => {
        if (!('id' in done)) {
          worker.onSaid(done);
          if ('sleptMs' in done) child.send({ kind: 'wake' } satisfies Wake);
          return;
        }
        settle();
        idle.push(worker);
        resolve(done);
      };
      const onClose = (): void => {
        settle();
        if (worker.lastWords === '') return reject(new Error('running a task: its process ended by itself'));
        killed++;
        resolve({ killed: true, lastWords: worker.lastWords.trim() });
      };
      child.on('message', onDone);
      child.once('close', onClose);
      child.send(task);
    });

  return {
    get killed() {
      return killed;
    },
    async run(app, task, onSaid) {
      const at = idle.findIndex((worker) => worker.app === app);
      const worker = (at < 0 ? undefined : idle.splice(at, 1)[0]) ?? start(app);
      worker.onSaid = onSaid;
      await worker.ready;
      return runIn(worker, { id: ++tasks, ...task });
    },
    close() {
      for (const { child } of all) child.kill('SIGKILL');
    },
  };
}
