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
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
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
