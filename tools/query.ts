import { existsSync } from 'node:fs';
import { databaseFile, readAddresses } from '../local/start/data-folder';
import { queryFile } from '../local/workspace/query';
import { noDataFolder } from './surroundings';
import { NoWorkspaceError, askWorkspace, type QueryRow } from './workspace-query';
import { textTable } from './text-table';

/** The options of `tributary query`. */
export interface QueryCommand {
  readonly json: boolean;
  readonly data: string;
}

/** `tributary query`: asks the running workspace, or opens its file where none runs. @returns the exit code */
export async function query(sql: string, { data, json }: QueryCommand): Promise<number> {
  try {
    const rows = await ask(sql, data);
    process.stdout.write(`${json ? JSON.stringify(rows) : textTable(rows)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}${sqlFor(sql)}\n`);
    return 1;
  }
}

const KQL =
  /^\s*([A-Za-z_]\w*)\s*(?:$|\|\s*(?:(take|limit|top)\s+(\d+)|count\b|where|summarize|project|extend|order|sort|distinct|join|union|parse|make-series|mv-|render|search|getschema))/;

/** What to write in the place of a query in KQL; nothing for one in SQL. */
function sqlFor(query: string): string {
  const [text, table = '', takes, rows = '10'] = KQL.exec(query) ?? [];
  if (text === undefined) return '';
  const columns = /\|\s*count\b/.test(text) ? 'count(*)' : '*';
  const limit = columns === '*' || takes !== undefined ? ` LIMIT ${rows}` : '';
  return `\nThis reads as KQL, which Log Analytics takes. The local workspace takes SQL: SELECT ${columns} FROM ${table}${limit}`;
}

async function ask(sql: string, data: string): Promise<readonly QueryRow[]> {
  const running = await readAddresses(data);
  if (running !== undefined) {
    try {
      return await askWorkspace(running.workspace, sql);
    } catch (error) {
      if (!(error instanceof NoWorkspaceError)) throw error;
    }
  }
  if (!existsSync(data)) throw noDataFolder(data);
  return (await queryFile(databaseFile(data), sql)).rows;
}
