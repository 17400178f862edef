import { existsSync } from 'node:fs';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';

/** An open database file and one connection to it. */
export interface Database {
  readonly connection: DuckDBConnection;
  /** Another connection, for one reader. */
  connect(): Promise<DuckDBConnection>;
  /** Releases the file. Close every other connection first. */
  close(): void;
}

/**
 * Settings that no statement can change: no file but the database, no network, no extension, a limited part of a laptop's
 * memory and disk.
 */
const CLOSED_OFF = {
  memory_limit: '2GB',
  max_temp_directory_size: '4GB',
  enable_external_access: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

/** `now()` and casts use UTC in any time zone of the laptop. Then the settings are locked. */
const LOCK_SETTINGS = `SET GLOBAL TimeZone = 'UTC'; SET GLOBAL lock_configuration = true`;

/**
 * Opens a database file for writing (created if missing) or for reading.
 * @throws Error if there is no file to read, another process has it open, or it is not a database
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

/** Uses DuckDB's instance cache: opening a file twice in one process would silently release the first one's lock. */
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
