import type { DuckDBConnection } from '@duckdb/node-api';
import { openDatabase, type Database } from '../store/database';
import { ENDED, QUERY_TIMEOUT_MS, TOO_LARGE } from './limits';
import { refuseAnythingButReading } from './read-only';
import { rowsReader, sizeOf, type QueryResult } from '../store/rows';

/** The most that a query of the service returns. @see https://learn.microsoft.com/azure/azure-monitor/service-limits */
const MAX_ROWS = 500_000;
const MAX_BYTES = 104_857_600;
/** Beyond this the query is interrupted. An interrupt takes effect after the current chunk of rows, so it is not a hard limit. */
const MAX_MEMORY_BYTES = 3_000_000_000;
/** How often memory is checked, and an interrupt repeated. */
const LOOK_MS = 100;

/**
 * Runs one reading statement over a snapshot of the committed rows, on its own connection. A chunk of rows may need any amount
 * of memory and end this process; use `runQueryProcess` if that must not happen.
 * @param signal ends the query
 * @throws Error for anything but one SELECT or its EXPLAIN, for wrong SQL, and past 500,000 rows, 100 MB or 60 s
 */
export async function runQuery(database: Database, sql: string, signal?: AbortSignal): Promise<QueryResult> {
  const connection = await database.connect();
  const memory = watchMemory();
  const ended = AbortSignal.any([
    AbortSignal.timeout(QUERY_TIMEOUT_MS),
    memory.exceeded,
    ...(signal ? [signal] : []),
  ]);
  // DuckDB forgets an interrupt that comes between two statements, so it is repeated until the query has ended.
  let repeated: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    repeated ??= setInterval(interrupt, LOOK_MS);
  };
  ended.addEventListener('abort', interrupt);
  try {
    ended.throwIfAborted();
    await refuseAnythingButReading(connection, sql);
    return await read(connection, sql);
  } catch (cause) {
    const isTooLarge = memory.exceeded.aborted || isOutOfMemory(cause);
    if (isTooLarge || ended.aborted) throw new Error(isTooLarge ? TOO_LARGE : ENDED, { cause });
    throw new Error(`running the query: ${messageOf(cause)}`, { cause });
  } finally {
    memory.stop();
    ended.removeEventListener('abort', interrupt);
    clearInterval(repeated);
    connection.closeSync();
  }
}

/**
 * Runs a query on a database file that no workspace has open, under the same rules as {@link runQuery}.
 * @throws Error when there is no such file, when it is in use, and as {@link runQuery} does
 */
export async function queryFile(databaseFile: string, sql: string): Promise<QueryResult> {
  const database = await openDatabase(databaseFile, 'read').catch((cause: unknown) => {
    throw isOutOfMemory(cause) ? new Error(TOO_LARGE, { cause }) : cause;
  });
  try {
    return await runQuery(database, sql);
  } finally {
    database.close();
  }
}

async function read(connection: DuckDBConnection, sql: string): Promise<QueryResult> {
  await connection.run('BEGIN TRANSACTION READ ONLY');
  const result = await connection.stream(sql);
  const { columns, rowsIn } = rowsReader(result);
  const rows: QueryResult['rows'][number][] = [];
  let bytes = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { columns, rows };
    for (const row of rowsIn(chunk)) {
      bytes += sizeOf(row);
      const passed =
        rows.length === MAX_ROWS ? `${MAX_ROWS} rows` : bytes > MAX_BYTES ? `${MAX_BYTES} bytes` : '';
      if (passed !== '')
        throw new Error(`it returns more than ${passed}. Name columns, add a LIMIT, or summarize`);
      rows.push(row);
    }
  }
}

/** Checks this process's memory while a query runs. */
function watchMemory(): { readonly exceeded: AbortSignal; stop(): void } {
  const before = process.memoryUsage.rss();
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() - before > MAX_MEMORY_BYTES) controller.abort();
  }, LOOK_MS);
  return { exceeded: controller.signal, stop: () => clearInterval(timer) };
}

function isOutOfMemory(error: unknown): boolean {
  return /Out of Memory Error/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
