import type { ColumnType } from '../../../shared/contract/table';
import { commitWrites, SQL_TYPES, type TableWrite } from './append';
import { makeCatalog, type Catalog, type Column } from './catalog';
import { openDatabase, type Database } from './database';
import { runQuery } from '../query/query';
import { removeCopies } from '../query/process';
import type { QueryResult } from './rows';
import { uniqueView } from './sql';
import { makeWriter } from './writer';

/** The workspace's tables in one database file. */
export interface Store {
  /** Every table, with all columns of the rows written so far, also of rows that are not stored yet. */
  readonly catalog: Catalog;
  /**
   * Resolves when the rows are committed and would survive a kill. Writes at the same time share a commit.
   * @throws Error if these rows cannot be stored; none of them is then
   */
  write(writes: readonly TableWrite[]): Promise<void>;
  /** Reads committed rows. @throws Error as {@link runQuery} does */
  query(sql: string, signal?: AbortSignal): Promise<QueryResult>;
  /** Runs `work` while nothing is written to the file; writes wait until it ends. @throws what `work` threw */
  whileStill<R>(work: () => Promise<R>): Promise<R>;
  /** Waits for pending writes, folds the write-ahead log into the file and releases it. */
  close(): Promise<void>;
}

/**
 * Opens the database file and reads its tables.
 * @param pushed the names of the tables that webhooks fill
 * @throws Error if another process has it open, or a table in it is not a workspace table
 */
export async function openStore(
  databaseFile: string,
  pushed: ReadonlySet<string> = new Set(),
): Promise<Store> {
  const database = await openDatabase(databaseFile, 'write');
  removeCopies(databaseFile);
  const catalog = makeCatalog(await readColumns(database, databaseFile));
  for (const { name, columns } of catalog.shapes()) {
    const view = uniqueView(name, columns, pushed.has(name));
    if (view !== undefined) await database.connection.run(view);
  }
  const made = new Map(catalog.shapes().map(({ name, columns }) => [name, columns.length]));
  const writer = makeWriter((items: readonly (readonly TableWrite[])[]) =>
    commitWrites(database.connection, { made, pushed }, items.flat()),
  );
  return {
    catalog,
    write: writer.write,
    query: (sql, signal) => runQuery(database, sql, signal),
    whileStill: writer.whileStill,
    async close() {
      await writer.idle();
      await database.connection.run('FORCE CHECKPOINT');
      database.close();
    },
  };
}

const COLUMNS_SQL = `
  SELECT table_name, column_name, data_type FROM duckdb_columns()
  WHERE NOT internal AND table_oid IN (SELECT table_oid FROM duckdb_tables())
  ORDER BY table_oid, column_index`;

async function readColumns({ connection }: Database, databaseFile: string): Promise<[string, Column][]> {
  const stored = await connection.runAndReadAll(COLUMNS_SQL);
  return stored.getRows().map((values) => {
    const [table = '', name = '', sqlType = ''] = values.map((value) => String(value));
    const type = typeOf(sqlType);
    if (type) return [table, { name, type }];
    throw new Error(
      `opening ${databaseFile}: column ${name} of table ${table} has type ${sqlType}, which no workspace table ` +
        `has. Choose another file, or drop that table.`,
    );
  });
}

function typeOf(sqlType: string): ColumnType | undefined {
  const types = Object.entries(SQL_TYPES) as [ColumnType, string][];
  return types.find(([, sql]) => sql === sqlType)?.[0];
}
