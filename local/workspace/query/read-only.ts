import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * The table functions that only read their arguments or the catalog. All others are refused: they read files and pointers, run
 * SQL from a text, write a log or a checkpoint, or change the database's settings.
 */
const HARMLESS = new Set(
  (
    'range generate_series unnest repeat json_each json_tree duckdb_columns duckdb_tables duckdb_views duckdb_types ' +
    'duckdb_functions duckdb_keywords pragma_table_info pragma_version histogram histogram_values'
  ).split(' '),
);

const EXPLAIN = /^\s*explain\s+(?:analyze\s+)?/i;
const ONLY_READING =
  'This workspace runs one SELECT, or EXPLAIN of a SELECT. Rows are written only through the ingestion APIs.';

/** The database's parse result of a text; only SELECT statements have a tree. */
interface Parsed {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/**
 * Checks with the database's own parser that a text is one reading statement. In addition, the statement runs in a read-only
 * transaction, in a database that cannot reach other files.
 * @throws Error with the reason
 */
export async function refuseAnythingButReading(connection: DuckDBConnection, sql: string): Promise<void> {
  const parsed = await parse(connection, sql.replace(EXPLAIN, ''));
  if (parsed.error && parsed.error_type === 'parser') throw new Error(parsed.error_message);
  if (parsed.error || parsed.statements?.length !== 1)
    throw new Error(`it is not a single read-only statement. ${ONLY_READING}`);
  const called = [...tableFunctions(parsed.statements)].find((name) => !HARMLESS.has(name));
  if (called !== undefined) throw new Error(`it calls ${called}(). ${ONLY_READING}`);
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  return JSON.parse(String(reader.value(0, 0))) as Parsed;
}

/** The names of all table functions in a tree. */
function* tableFunctions(tree: unknown): Generator<string> {
  if (typeof tree !== 'object' || tree === null) return;
  const node = tree as { readonly type?: unknown; readonly function?: { readonly function_name?: unknown } };
  if (node.type === 'TABLE_FUNCTION') yield String(node.function?.function_name).toLowerCase();
  for (const child of Object.values(tree)) yield* tableFunctions(child);
}
