import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  KILL_POINT_FD,
  type TaskDone,
  type ChildMessage,
  type Task,
  type WakeMessage,
} from './child-messages';

/** The result of a task, or the injection point at which its process was killed. */
export type TaskResult = TaskDone | { readonly killed: true; readonly killPoint: string };

/** Processes that run a function app until they are killed. */
export interface ProcessPool {
  /**
   * Runs one task in an idle process, or in a new one.
   * @param onMessage gets the log lines, answered posts and sleeps of the task
   * @throws Error if the process ends without being killed
   */
  run(app: string, task: Omit<Task, 'id'>, onMessage: (message: ChildMessage) => void): Promise<TaskResult>;
  /** How many processes were killed. */
  readonly killed: number;
  close(): void;
}

interface PooledProcess {
  readonly child: ChildProcess;
  readonly app: string;
  readonly ready: Promise<void>;
  onMessage: (message: ChildMessage) => void;
  killPoint: string;
}

/** @param entry the built `child.ts` */
export function createProcessPool(entry: string): ProcessPool {
  const idle: PooledProcess[] = [];
  const all = new Set<PooledProcess>();
  let tasks = 0;
  let killed = 0;

  const start = (app: string): PooledProcess => {
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
    const pooled: PooledProcess = { child, app, ready, onMessage: () => undefined, killPoint: '' };
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null)
        createInterface({ input: output }).on('line', (line) => pooled.onMessage({ line }));
    }
    (child.stdio[KILL_POINT_FD] as Readable).on(
      'data',
      (chunk: Buffer) => (pooled.killPoint += String(chunk)),
    );
    all.add(pooled);
    child.once('close', () => all.delete(pooled));
    return pooled;
  };

  const runIn = (pooled: PooledProcess, task: Task): Promise<TaskResult> =>
    new Promise((resolve, reject) => {
      const { child } = pooled;
      const stopListening = (): void => {
        child.off('message', onDone);
        child.off('close', onClose);
      };
      const onDone = (done: TaskDone | ChildMessage): void => {
        if (!('id' in done)) {
          pooled.onMessage(done);
          if ('sleptMs' in done) child.send({ kind: 'wake' } satisfies WakeMessage);
          return;
        }
        stopListening();
        idle.push(pooled);
        resolve(done);
      };
      const onClose = (): void => {
        stopListening();
        if (pooled.killPoint === '') return reject(new Error('running a task: its process ended by itself'));
        killed++;
        resolve({ killed: true, killPoint: pooled.killPoint.trim() });
      };
      child.on('message', onDone);
      child.once('close', onClose);
      child.send(task);
    });

  return {
    get killed() {
      return killed;
    },
    async run(app, task, onMessage) {
      const at = idle.findIndex((pooled) => pooled.app === app);
      const pooled = (at < 0 ? undefined : idle.splice(at, 1)[0]) ?? start(app);
      pooled.onMessage = onMessage;
      await pooled.ready;
      return runIn(pooled, { id: ++tasks, ...task });
    },
    close() {
      for (const { child } of all) child.kill('SIGKILL');
    },
  };
}
