import { existsSync } from 'node:fs';
import { stringifyJson } from '../../shared/values/json/json';
import { databaseFile, noDataFolder, readAddresses } from '../../local/start/data-folder';
import { programsIn } from '../../local/start/programs';
import { runQueryProcess } from '../../local/workspace/query/process';
import { printUnchanged, warn } from './output';
import { NoWorkspaceError, askWorkspace, type QueryRow } from './workspace-query';
import { textTable } from './text-table';

/** The options of `tributary query`. */
export interface QueryCommand {
  readonly json: boolean;
  readonly data: string;
}

/**
 * `tributary query`: asks the running workspace, or opens its file if none runs. @returns the exit code @throws Error if there
 * is neither
 */
export async function query(sql: string, { data, json }: QueryCommand): Promise<number> {
  const running = await readAddresses(data);
  if (running === undefined && !existsSync(databaseFile(data))) throw noDataFolder(data);
  try {
    const rows = await ask(sql, data, running?.workspace);
    printUnchanged(json ? stringifyJson(rows) : textTable(rows));
    return 0;
  } catch (error) {
    warn(`${(error as Error).message}${sqlFor(sql)}`);
    return 1;
  }
}

/** Comments and `let` statements at the start of a KQL query. */
const BEFORE = /^(?:\s+|\/\/[^\n]*(?:\n|$)|let\s[^;]*;)+/;
const OF_A_TABLE = /^([A-Za-z_]\w*)\s*(?:$|\|\s*(?:(?:take|limit|top)\s+(\d+)|(count)\b|[a-z]))/;
const OF_NO_TABLE = /^(?:search|find|union|print|range|datatable|externaldata)\b/;

/** The first word of an SQL statement, also of an incomplete one. */
const SQL = /^(?:describe|explain|from|select|show|summarize|table|values|with)\b/i;
const AGO = /\bago\s*\(/i;

/** Advice on how to write a KQL query, or its ago(), in SQL; nothing for a query in SQL. */
function sqlFor(query: string): string {
  const own = query.replace(BEFORE, '');
  const takes = '\nThis looks like KQL. The local workspace runs SQL: ';
  if (SQL.test(own))
    return AGO.test(own) ? '\nago() is KQL. In SQL, one day ago is: now() - INTERVAL 1 DAY' : '';
  if (OF_NO_TABLE.test(own)) return `${takes}SELECT * FROM <table> LIMIT 10`;
  const [reads, table = '', rows = '10', counts] = OF_A_TABLE.exec(own) ?? [];
  if (reads === undefined) return '';
  return `${takes}${counts === undefined ? `SELECT * FROM ${table} LIMIT ${rows}` : `SELECT count(*) FROM ${table}`}`;
}

async function ask(sql: string, data: string, workspace: string | undefined): Promise<readonly QueryRow[]> {
  if (workspace !== undefined) {
    try {
      return await askWorkspace(workspace, sql);
    } catch (error) {
      if (!(error instanceof NoWorkspaceError)) throw error;
    }
  }
  const { query: entry } = programsIn(__dirname);
  const json = await runQueryProcess({ entry, databaseFile: databaseFile(data), sql });
  return (JSON.parse(json) as { readonly rows: readonly QueryRow[] }).rows;
}
