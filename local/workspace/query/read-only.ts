import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * The functions in the place of a table that only look at what they are given or at the catalog. Every other one
 * is refused: they read files and pointers, run SQL made of text, write a log or a checkpoint, change how the database works.
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

/** What the database's parser says about a text; only SELECT statements have a tree. */
interface Parsed {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/**
 * Asks the database's own parser whether a text is one statement that only reads.
 * A statement that passes still runs in a read-only transaction, in a database that reaches no other file.
 * @throws Error saying why not
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

/** The names of the functions that stand where a table stands, anywhere in a tree. */
function* tableFunctions(tree: unknown): Generator<string> {
  if (typeof tree !== 'object' || tree === null) return;
  const node = tree as { readonly type?: unknown; readonly function?: { readonly function_name?: unknown } };
  if (node.type === 'TABLE_FUNCTION') yield String(node.function?.function_name).toLowerCase();
  for (const child of Object.values(tree)) yield* tableFunctions(child);
}
