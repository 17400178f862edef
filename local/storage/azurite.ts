import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { OWN_PROCESS_GROUP } from '../process-group';

export interface AzuriteOptions {
  /** The built `local/storage/main.js`. */
  readonly entry: string;
  /** The data folder; created if missing. One process at a time may use it. */
  readonly folder: string;
  /** Default: any free port. */
  readonly blobPort?: number;
  readonly queuePort?: number;
  readonly tablePort?: number;
  /** False: `onLine` also receives a line per request. @default true */
  readonly silent?: boolean;
  readonly onLine?: (line: string) => void;
}

/** Blob and queue storage that behaves like Azure's, on this machine. */
export interface Azurite {
  /** For the Azure clients and for `AzureWebJobsStorage`. */
  readonly connectionString: string;
  /** The endpoints of the account, such as `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly pid: number;
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<void>;
  /**
   * Asks it to end and awaits the exit, so that all acknowledged writes are on disk. May be called more than once.
   * @throws Error when it had to be killed, and may have lost writes
   */
  stop(): Promise<void>;
}

/** @see https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const LISTENING = /Azurite (Blob|Queue) service is successfully listening at (http:\/\/\S+)/;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

/**
 * Starts Azurite in its own process, on 127.0.0.1. A folder's data does not depend on the ports. When this process ends, for
 * any reason, Azurite saves its data and ends too.
 * @throws Error with Azurite's message when it does not start: a port in use, a folder that cannot be written
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const child = fork(options.entry, toArguments(options), {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...OWN_PROCESS_GROUP,
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const { blob, queue } = await started(child, exited, options);
  const blobUrl = `${blob}/${ACCOUNT}`;
  const queueUrl = `${queue}/${ACCOUNT}`;
  let stopped: Promise<void> | undefined;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${blobUrl};QueueEndpoint=${queueUrl};`,
    blobUrl,
    queueUrl,
    pid: child.pid ?? 0,
    ended: exited,
    stop: () => (stopped ??= stop(child, exited)),
  };
}

function toArguments({
  folder,
  blobPort = 0,
  queuePort = 0,
  tablePort = 0,
  silent = true,
}: AzuriteOptions): readonly string[] {
  const hosts = ['blob', 'queue', 'table'].flatMap((service) => [`--${service}Host`, '127.0.0.1']);
  const ports = ['--blobPort', `${blobPort}`, '--queuePort', `${queuePort}`, '--tablePort', `${tablePort}`];
  // A newer client may name a service version that this Azurite does not know; it works nevertheless.
  const flags = ['--skipApiVersionCheck', '--disableTelemetry', ...(silent ? ['--silent'] : [])];
  return ['--location', folder, ...hosts, ...ports, ...flags];
}

async function started(
  child: ChildProcess,
  exited: Promise<void>,
  { onLine, folder }: AzuriteOptions,
): Promise<Readonly<Record<'blob' | 'queue', string>>> {
  const lines: string[] = [];
  const addresses: Record<string, string> = {};
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  return new Promise<Record<'blob' | 'queue', string>>((resolve, reject) => {
    let isReady = false;
    const check = (): void => {
      const { Blob: blob, Queue: queue } = addresses;
      if (isReady && blob !== undefined && queue !== undefined) resolve({ blob, queue });
    };
    const read = (line: string): void => {
      onLine?.(line);
      lines.push(line);
      const [, service = '', address = ''] = LISTENING.exec(line) ?? [];
      if (service !== '') addresses[service] = address;
      check();
    };
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', read);
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', read);
    child.once('message', () => {
      isReady = true;
      check();
    });
    void exited.then(() =>
      reject(new Error(`starting Azurite in ${folder}: ${lines.slice(-3).join(' ') || 'it ended.'}`)),
    );
  }).finally(() => clearTimeout(limit));
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  let isKilled = false;
  const limit = setTimeout(() => {
    isKilled = child.kill('SIGKILL');
  }, STOP_LIMIT_MS);
  // The child treats a closed channel as SIGTERM, on every platform.
  if (child.connected) child.disconnect();
  await exited;
  clearTimeout(limit);
  if (isKilled)
    throw new Error(
      `stopping Azurite: it did not end within ${STOP_LIMIT_MS / 1000} s and was killed; its last writes may be lost.`,
    );
}
