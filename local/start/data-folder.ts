import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative, resolve } from 'node:path';
import type { Simulators } from './app-environment';

/** The addresses of a running `npm start`: `<data>/local.json`. */
export interface LocalAddresses {
  readonly pid: number;
  readonly host: string;
  readonly workspace: string;
  readonly workspaceTls: string;
  /** Absent with `--no-simulators`. */
  readonly vendor?: string;
  /** The connection string of our own storage; absent if the operator configured storage. */
  readonly storage?: string;
  readonly simulators: Simulators;
}

/** The folder with all data of a local Tributary. It survives restarts. */
export interface DataFolder {
  readonly path: string;
  readonly storage: string;
  readonly database: string;
  /**
   * When the folder's simulated vendors first started. Stored, so that they have the same past after a restart. ISO 8601, UTC.
   */
  bornAt(): string;
  /** The port of its simulated vendors at the last start; `undefined` before the first. */
  vendorPort(): number | undefined;
  keepVendorPort(port: number): void;
  /** Publishes all addresses for other commands. */
  publish(addresses: LocalAddresses): void;
  /** Releases the folder. */
  close(): void;
}

/** The path of a folder's database. */
export function databaseFile(folder: string): string {
  return join(pathOf(folder), 'workspace.duckdb');
}

/** The real path of a folder, so that two names of it are one lock. */
function pathOf(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : resolve(folder);
}

/** Only `start` writes this file, before all others. A folder with it is ours and may be emptied. */
const MARK = '.tributary-data';
/** Every other name that `start` creates in its folder. */
const OWN = ['storage', 'born-at', 'vendor-port', 'workspace.duckdb', 'workspace.duckdb.wal'] as const;
const PASSING: readonly string[] = ['local.json', 'lock'];
/** A file system creates this folder at its root. */
const LOST_AND_FOUND = 'lost+found';

/** True if an earlier start stored data here. */
export function hasStorage(folder: string): boolean {
  return existsSync(join(folder, 'storage', '__blobstorage__'));
}

/** The error for a missing folder. A reading command creates none, because the name may be misspelt. */
export function noDataFolder(data: string): Error {
  return new Error(
    `There is no data folder ${resolve(data)}. Run "npm start" first, name another folder with --data, or set AzureWebJobsStorage to the storage of a function app.`,
  );
}

/**
 * Creates a missing data folder.
 * @throws Error if it cannot be created, or holds other files than ours
 */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Error(
      `The data folder ${folder} cannot be created: ${code === 'EEXIST' ? 'a file has that name' : code}. Choose another one with --data.`,
      { cause: error },
    );
  }
  const foreign = foreignIn(folder);
  if (foreign !== undefined)
    throw new Error(
      `The folder ${resolve(folder)} is not a data folder: it contains ${foreign}, which Tributary has not written. Choose an empty or a new folder with --data.`,
    );
}

/**
 * The name of a file in a folder that is not ours. Older versions wrote no mark. Their folders are recognised by the time in
 * `born-at`, or by holding nothing but our names; and `storage` by the names of Azurite's files.
 */
function foreignIn(folder: string): string | undefined {
  if (existsSync(join(folder, MARK))) return undefined;
  const storage = join(folder, 'storage');
  const stored = existsSync(storage) ? namesIn(storage).find((name) => !name.startsWith('__')) : undefined;
  if (stored !== undefined) return `storage/${stored}`;
  if (!Number.isNaN(Date.parse(textOf(join(folder, 'born-at'))))) return undefined;
  const known: readonly string[] = [...OWN, ...PASSING, LOST_AND_FOUND];
  return readdirSync(folder).find((name) => !name.startsWith('.') && !known.includes(name));
}

/** The names in a folder; for a file, its own name, which is not one of ours. */
function namesIn(folder: string): readonly string[] {
  return statSync(folder).isDirectory() ? readdirSync(folder) : [''];
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/**
 * Locks a data folder for this process; creates a missing one.
 * @param fresh empties it first
 * @throws Error in one sentence that names the folder: another process uses it, it cannot be created, or it holds other files
 * than ours
 */
export async function takeDataFolder(folder: string, fresh: boolean): Promise<DataFolder> {
  makeFolder(folder);
  const path = pathOf(folder);
  const addresses = join(path, 'local.json');
  const lock = await takeLock(path);
  writeFileSync(join(path, MARK), 'The data of a local Tributary. --fresh deletes it.\n');
  const stale = ['local.json', ...(fresh ? OWN : [])];
  for (const name of stale) rmSync(join(path, name), { recursive: true, force: true });
  return {
    path,
    storage: join(path, 'storage'),
    database: databaseFile(path),
    bornAt: () => readBirth(join(path, 'born-at')),
    vendorPort: () => readPort(join(path, 'vendor-port')),
    keepVendorPort: (port) => writeFileSync(join(path, 'vendor-port'), String(port)),
    publish: (known) => writeFileSync(addresses, `${JSON.stringify(known, null, 2)}\n`),
    close() {
      rmSync(addresses, { force: true });
      lock.close();
    },
  };
}

/** An older start time is replaced: the vendors then start with a new past. */
const MAX_PAST_MS = 3 * 24 * 3_600_000;

function readBirth(file: string): string {
  const born = textOf(file);
  if (Date.now() - Date.parse(born) < MAX_PAST_MS) return born;
  const now = new Date().toISOString();
  writeFileSync(file, now);
  return now;
}

function readPort(file: string): number | undefined {
  const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

/** The longest address of a local socket, in bytes: 103 on macOS, 107 on Linux. */
const MAX_SOCKET_BYTES = 103;

/**
 * The local socket that locks a folder. Unlike a lock file, a socket ends with its process, however that dies, and no reused
 * process id can fake it. Windows keeps local sockets outside of folders; there its name contains the folder's.
 */
function socketOf(folder: string): string {
  const path = pathOf(folder);
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\tributary-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
  const socket = join(path, 'lock');
  const fromHere = relative(process.cwd(), socket);
  return fromHere.length < socket.length ? fromHere : socket;
}

async function takeLock(folder: string): Promise<Server> {
  const socket = socketOf(folder);
  const bytes = Buffer.byteLength(socket);
  if (bytes > MAX_SOCKET_BYTES)
    throw new Error(
      `The path of the data folder ${folder} is too long for the socket that locks it: ${bytes} bytes with its name; the limit is ${MAX_SOCKET_BYTES}. Choose a shorter path with --data.`,
    );
  try {
    return await listen(socket);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE')
      throw new Error(
        `The data folder ${folder} cannot be locked: its file system does not support local sockets (${code}). Choose a folder on another one with --data.`,
        { cause: error },
      );
  }
  if (await isTaken(folder)) {
    throw new Error(
      `The data folder ${folder} is in use by another process. Stop that one, or choose another folder with --data.`,
    );
  }
  rmSync(socket, { force: true });
  return listen(socket);
}

function listen(socket: string): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((peer) => peer.destroy());
    server.once('error', fail);
    server.listen(socket, () => done(server.unref()));
  });
}

/** True while a process has locked the folder. */
export function isTaken(folder: string): Promise<boolean> {
  return new Promise((done) => {
    const peer = connect(socketOf(folder));
    peer.once('connect', () => {
      peer.destroy();
      done(true);
    });
    peer.once('error', () => done(false));
  });
}

/** The addresses of the `npm start` that has a folder; `undefined` when none is running there. */
export async function readAddresses(folder: string): Promise<LocalAddresses | undefined> {
  const file = join(pathOf(folder), 'local.json');
  if (!existsSync(file) || !(await isTaken(folder))) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as LocalAddresses;
}
