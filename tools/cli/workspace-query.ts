import { stringifyJson } from '../../shared/values/json/json';
/** Rows as the workspace answers them. */
export type QueryRow = Readonly<Record<string, unknown>>;

/** No workspace answers at an address. */
export class NoWorkspaceError extends Error {
  override readonly name = 'NoWorkspaceError';
}

/** Asks a running local workspace. @throws NoWorkspaceError when none answers; Error with its words when it refuses */
export async function askWorkspace(url: string, sql: string): Promise<QueryRow[]> {
  let answer: Response;
  try {
    const headers = { 'Content-Type': 'application/json' };
    answer = await fetch(`${url}/query`, { method: 'POST', headers, body: stringifyJson({ sql }) });
  } catch (cause) {
    throw new NoWorkspaceError(`no workspace answers at ${url}`, { cause });
  }
  const body = (await answer.json()) as { rows?: QueryRow[]; error?: string };
  if (!answer.ok || body.rows === undefined)
    throw new Error(body.error ?? `the workspace answered ${answer.status}`);
  return body.rows;
}
