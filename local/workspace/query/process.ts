import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { ENDED, MAX_PROCESS_BYTES, QUERY_TIMEOUT_MS, TOO_LARGE } from './limits';

/** A message to the process. Each is answered before the next is sent. */
export type QueryRequest =
  | { readonly kind: 'copy'; readonly databaseFile: string; readonly folder: string }
  | { readonly kind: 'ask'; readonly databaseFile: string; readonly sql: string };

/** A message from the process: once when it is ready, then for each request. `json` is a whole result, or empty. */
export type QueryReply = { readonly heldBytes: number } & (
  { readonly kind: 'done'; readonly json: string } | { readonly kind: 'failed'; readonly message: string }
);

/** The options of {@link runQueryProcess}. */
export interface ProcessQuery {
  /** The built `local/workspace/query/main.ts`. */
  readonly entry: string;
  readonly databaseFile: string;
  readonly sql: string;
  /** Aborting it ends the query. */
  readonly signal?: AbortSignal;
  /**
   * Set for a file that this process has open, because another process can only read a copy: runs `copy` while nothing is
   * written. Absent: the file itself is read.
   */
  readonly whileStill?: (copy: () => Promise<unknown>) => Promise<unknown>;
}

/** A process that still holds more after a query is not reused: the next query would have less memory than its limit. */
const MAX_KEPT_BYTES = 300_000_000;
/** How long an idle process is kept. */
const KEPT_MS = 30_000;

/** Further queries wait, so that all of them together use a bounded part of the machine. */
const atATime = pLimit(2);

/** Idle processes for the next query: starting one takes longer than most queries. */
const kept: QueryProcess[] = [];

/** A process that answers queries, one after another. */
interface QueryProcess {
  readonly entry: string;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  /** The memory that it held at its last reply; undefined before it is ready. */
  heldBytes?: number;
  /** Ends the process after its idle time. */
  forgotten?: NodeJS.Timeout;
}

/**
 * Runs one reading statement in a separate process, whose end harms no other query.
 * @returns the JSON of a `QueryResult`
 * @throws Error as `runQuery` does, and if the process ends
 */
export function runQueryProcess(query: ProcessQuery): Promise<string> {
  return atATime(async () => {
    const signals = [AbortSignal.timeout(QUERY_TIMEOUT_MS), ...(query.signal ? [query.signal] : [])];
    const ended = AbortSignal.any(signals);
    if (ended.aborted) throw new Error(ENDED);
    const again = takeKept(query.entry);
    const one = again ?? startProcess(query.entry);
    const kill = (): void => void one.child.kill('SIGKILL');
    ended.addEventListener('abort', kill);
    const folder = query.whileStill && mkdtempSync(copyPrefix(query.databaseFile));
    try {
      if (again === undefined) await replyOf(one);
      return await converse(one, query, folder);
    } catch (error) {
      throw ended.aborted ? new Error(ENDED, { cause: error }) : error;
    } finally {
      ended.removeEventListener('abort', kill);
      if (ended.aborted || !keep(one)) {
        kill();
        await one.exited;
      }
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  });
}

function isRunning({ child: { exitCode, signalCode, connected } }: QueryProcess): boolean {
  return connected && exitCode === null && signalCode === null;
}

function takeKept(entry: string): QueryProcess | undefined {
  const one = kept.find((each) => each.entry === entry && isRunning(each));
  if (one === undefined) return undefined;
  kept.splice(kept.indexOf(one), 1);
  clearTimeout(one.forgotten);
  one.child.ref();
  one.child.channel?.ref();
  return one;
}

/**
 * Keeps a process for the next query. An idle one delays nobody: it ends with this process, or after its idle time. @returns
 * false for one that cannot be reused
 */
function keep(one: QueryProcess): boolean {
  if (!isRunning(one) || (one.heldBytes ?? 0) > MAX_KEPT_BYTES) return false;
  one.child.unref();
  one.child.channel?.unref();
  kept.push(one);
  one.forgotten = setTimeout(() => {
    kept.splice(kept.indexOf(one), 1);
    one.child.kill('SIGKILL');
  }, KEPT_MS).unref();
  return true;
}

/** Deletes copies that remained after a workspace was killed during a query. */
export function removeCopies(databaseFile: string): void {
  const prefix = copyPrefix(databaseFile);
  const folder = dirname(prefix);
  const left = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of left)
    if (name.startsWith(basename(prefix))) rmSync(join(folder, name), { recursive: true, force: true });
}

/** In the same folder, where some file systems copy without duplicating the bytes. */
function copyPrefix(databaseFile: string): string {
  return `${resolve(databaseFile)}.query-`;
}

async function converse(
  one: QueryProcess,
  { databaseFile, sql, whileStill }: ProcessQuery,
  folder: string | undefined,
): Promise<string> {
  const request = (what: QueryRequest): Promise<string> => {
    one.child.send(what, () => undefined);
    return replyOf(one);
  };
  if (whileStill === undefined || folder === undefined) return request({ kind: 'ask', databaseFile, sql });
  await whileStill(() => request({ kind: 'copy', databaseFile, folder }));
  return request({ kind: 'ask', databaseFile: join(folder, basename(databaseFile)), sql });
}

/** @throws Error with the process's message, or how it ended */
async function replyOf(one: QueryProcess): Promise<string> {
  const message = once(one.child, 'message').then(([reply]) => reply as QueryReply);
  const reply = await Promise.race([message, one.exited.then(() => undefined)]);
  if (reply === undefined) throw new Error(sentenceFor(one));
  one.heldBytes = reply.heldBytes;
  if (reply.kind === 'failed') throw new Error(reply.message);
  return reply.json;
}

/** Starts a process with a limit on its private memory, on Linux. Other systems have no such limit. */
function startProcess(entry: string): QueryProcess {
  const limit = `ulimit -d ${Math.floor(MAX_PROCESS_BYTES / 1024)} 2>/dev/null; exec "$@"`;
  const [command, args] =
    process.platform === 'linux'
      ? ['/bin/sh', ['-c', limit, 'sh', process.execPath, entry]]
      : [process.execPath, [entry]];
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  return { entry, child, exited: exitOf(child) };
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** How a process ends that used too much memory: by itself, by the system, or by a failed allocation. */
const OF_MEMORY: readonly unknown[] = ['SIGKILL', 'SIGABRT', 'SIGTRAP'];
/** The exit code of a process whose loader has no memory for a new thread. */
const NO_MEMORY_FOR_A_THREAD = 127;

function sentenceFor({ child: { exitCode, signalCode }, heldBytes }: QueryProcess): string {
  const isOfMemory =
    OF_MEMORY.includes(signalCode) || (heldBytes !== undefined && exitCode === NO_MEMORY_FOR_A_THREAD);
  return isOfMemory
    ? TOO_LARGE
    : `running the query: its process ended (${signalCode ?? exitCode ?? 'it did not start'}); rewrite the query`;
}
