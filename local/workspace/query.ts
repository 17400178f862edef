import type { DuckDBConnection } from '@duckdb/node-api';
import { openDatabase, type Database } from './database';
import { refuseAnythingButReading } from './read-only';
import { toResult, type QueryResult } from './rows';

/** The most rows that a query of the service returns. @see https://learn.microsoft.com/azure/azure-monitor/service-limits */
const MAX_ROWS = 500_000;
const TIMEOUT_MS = 60_000;

/**
 * Runs one reading statement over a snapshot of what is committed, on a connection of its own.
 * @param signal ends the query
 * @throws Error for anything but one SELECT or its EXPLAIN, for wrong SQL, and past 500,000 rows or 60 s
 */
export async function runQuery(database: Database, sql: string, signal?: AbortSignal): Promise<QueryResult> {
  const connection = await database.connect();
  const ended = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]);
  const interrupt = (): void => connection.interrupt();
  ended.addEventListener('abort', interrupt);
  try {
    ended.throwIfAborted();
    await refuseAnythingButReading(connection, sql);
    return await read(connection, sql);
  } catch (cause) {
    const reason = ended.aborted ? 'it was ended before it was done; narrow it' : messageOf(cause);
    throw new Error(`running the query: ${reason}`, { cause });
  } finally {
    ended.removeEventListener('abort', interrupt);
    connection.closeSync();
  }
}

/**
 * Runs a query on a database file that no workspace has open, under the same rules as {@link runQuery}.
 * @throws Error when there is no such file, when it is in use, and as {@link runQuery} does
 */
export async function queryFile(databaseFile: string, sql: string): Promise<QueryResult> {
  const database = await openDatabase(databaseFile, 'read');
  try {
    return await runQuery(database, sql);
  } finally {
    database.close();
  }
}

async function read(connection: DuckDBConnection, sql: string): Promise<QueryResult> {
  await connection.run('BEGIN TRANSACTION READ ONLY');
  const reader = await connection.streamAndReadUntil(sql, MAX_ROWS + 1);
  if (reader.currentRowCount <= MAX_ROWS) return toResult(reader);
  throw new Error(`it finds more than ${MAX_ROWS} rows. Add a LIMIT, or summarize`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
