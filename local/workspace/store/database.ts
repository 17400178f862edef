import { existsSync } from 'node:fs';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** An open database file and one connection to it. */
export interface Database {
  readonly connection: DuckDBConnection;
  /** Another connection, for a reader of its own. */
  connect(): Promise<DuckDBConnection>;
  /** Lets go of the file. Every other connection must be closed before. */
  close(): void;
}

/** What no statement can undo: no file but the database, no network, no extension, a part of a laptop's memory and disk. */
const CLOSED_OFF = {
  memory_limit: '2GB',
  max_temp_directory_size: '4GB',
  enable_external_access: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

/** `now()` and casts speak UTC whatever the laptop's time zone is; then the settings themselves are locked. */
const LOCK_SETTINGS = `SET GLOBAL TimeZone = 'UTC'; SET GLOBAL lock_configuration = true`;

/**
 * Opens a database file, for writing (it is made if needed) or for reading.
 * @throws Error when there is nothing to read, when another process holds the file, or when it is no database
 */
export async function openDatabase(databaseFile: string, mode: 'write' | 'read'): Promise<Database> {
  if (mode === 'read' && !existsSync(databaseFile)) {
    throw new Error(
      `reading ${databaseFile}: there is no such file. Start the local workspace once, or name the file it writes.`,
    );
  }
  const instance = await openInstance(databaseFile, mode);
  const connection = await instance.connect();
  await connection.run(LOCK_SETTINGS);
  return {
    connection,
    connect: () => instance.connect(),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Through the cache: a second opening of one file in one process would silently drop the lock of the first. */
async function openInstance(databaseFile: string, mode: 'write' | 'read'): Promise<DuckDBInstance> {
  try {
    const access = mode === 'read' ? { access_mode: 'READ_ONLY' } : {};
    return await DuckDBInstance.fromCache(databaseFile, { ...CLOSED_OFF, ...access });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`opening ${databaseFile}: ${reason}. ${adviceFor(reason)}`, { cause });
  }
}

function adviceFor(reason: string): string {
  const isHeld = /lock|different configuration/i.test(reason);
  return isHeld
    ? 'The local workspace has it open: query that one (POST /query), or stop it first.'
    : 'If the file is damaged, delete it: the next start creates a new one.';
}
