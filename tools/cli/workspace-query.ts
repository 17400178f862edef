import { stringifyJson } from '../../shared/values/json/json';
/** A row in the workspace's answer. */
export type QueryRow = Readonly<Record<string, unknown>>;

/** Thrown if no workspace answers at the address. */
export class NoWorkspaceError extends Error {
  override readonly name = 'NoWorkspaceError';
}

/**
 * Queries a running local workspace. @throws NoWorkspaceError if none answers; Error with the workspace's message if it refuses
 * the query
 */
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
