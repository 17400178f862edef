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

/** Where a running `npm start` can be reached: `<data>/local.json`. */
export interface LocalAddresses {
  readonly pid: number;
  readonly host: string;
  readonly workspace: string;
  readonly workspaceTls: string;
  /** Absent with `--no-simulators`. */
  readonly vendor?: string;
  /** The connection string of our own storage; absent where the operator names his. */
  readonly storage?: string;
  readonly simulators: Simulators;
}

/** The one folder of a local Tributary; it survives a restart. */
export interface DataFolder {
  readonly path: string;
  readonly storage: string;
  readonly database: string;
  /** When the folder's simulated vendors began: kept, so that they have the same past after a restart. ISO 8601, UTC. */
  bornAt(): string;
  /** Where its simulated vendors listened the last time; `undefined` before the first. */
  vendorPort(): number | undefined;
  keepVendorPort(port: number): void;
  /** Says where everything is, for the other commands. */
  publish(addresses: LocalAddresses): void;
  /** Gives the folder back. */
  close(): void;
}

/** Where a folder's rows lie. */
export function databaseFile(folder: string): string {
  return join(pathOf(folder), 'workspace.duckdb');
}

/** The one path of a folder, whatever link it is named by: two names are never two locks. */
function pathOf(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : resolve(folder);
}

/** Only a start writes it, before anything else: a folder that holds it is ours to empty. */
const MARK = '.tributary-data';
/** Everything of a start that may lie in its folder. */
const OWN = ['storage', 'born-at', 'vendor-port', 'workspace.duckdb', 'workspace.duckdb.wal'] as const;
const PASSING: readonly string[] = ['local.json', 'lock'];
/** A file system makes it at its root. */
const LOST_AND_FOUND = 'lost+found';

/** True where a start has kept its storage: there is something to read. */
export function hasStorage(folder: string): boolean {
  return existsSync(join(folder, 'storage', '__blobstorage__'));
}

/** A reading command creates no folder: its name may be misspelt. */
export function noDataFolder(data: string): Error {
  return new Error(
    `There is no data folder ${resolve(data)}. Run "npm start" first, name another folder with --data, or set AzureWebJobsStorage to the storage of a function app.`,
  );
}

/**
 * Makes a data folder where it is missing.
 * @throws Error where it cannot be made, or holds the files of somebody else
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
 * What lies in a folder and is not of a start. Starts before this one left no mark: theirs is known by the time in
 * `born-at`, whatever lies beside it, or by holding nothing else; and in `storage` by what Azurite names.
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

/** Of a file that has a folder's name: the name itself, which is none of ours. */
function namesIn(folder: string): readonly string[] {
  return statSync(folder).isDirectory() ? readdirSync(folder) : [''];
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/**
 * Takes a data folder for this process, making it where it is missing.
 * @param fresh empties it first
 * @throws Error when a living process has it, when it cannot be made and when it holds the files of somebody else: one
 * sentence that names it
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

/** A past longer than this is not kept: the vendors begin anew. */
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

/** The longest address of a local socket, in bytes: macOS takes 103, Linux four more. */
const MAX_SOCKET_BYTES = 103;

/**
 * A folder is locked by a local socket in it: unlike a file, a socket ends with its process, however that dies, and no
 * other process takes its number. Windows has local sockets in no folder: there it is named after it.
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

/** True while a process has the folder. */
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
