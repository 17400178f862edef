import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, refuse } from './http/http-message';

export interface AdminOptions {
  /** The body of `GET /admin/host/status`. */
  readonly status: () => Readonly<Record<string, unknown>>;
  /**
   * Triggers a function manually, with the body's input. Returns `undefined` for an unknown function, and a refusal if its
   * trigger cannot be imitated. The function continues after the answer and logs its own failure.
   */
  readonly start: (name: string, input: string) => { readonly refusal?: string } | undefined;
}

const MAX_INPUT_BYTES = 1_000_000;

/**
 * Serves `GET /admin/host/status` and `POST /admin/functions/{name}`. The latter answers 202 and does not wait for the
 * function, as Azure's host does.
 */
export function createAdminEndpoints(options: AdminOptions) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const name = /^\/admin\/functions\/([^/]+)\/?$/i.exec(url.pathname)?.[1];
    if (/^\/admin\/host\/status\/?$/i.test(url.pathname) && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(options.status()));
    } else if (name !== undefined && request.method === 'POST') {
      await start(options, decodeURIComponent(name), { request, response });
    } else {
      refuse(
        response,
        404,
        'Unknown admin address. Use GET /admin/host/status or POST /admin/functions/{name}.',
      );
    }
  };
}

async function start(
  options: AdminOptions,
  name: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const input = parseInput((await readBody(request, MAX_INPUT_BYTES)).toString('utf8'));
  if (input === undefined) return refuse(response, 400, 'The body must be JSON: {"input": "…"}.');
  const started = options.start(name, input);
  if (started === undefined) return refuse(response, 404, `There is no function ${name}.`);
  if (started.refusal !== undefined) return refuse(response, 400, started.refusal);
  response.writeHead(202).end();
}

/** The input as text; other JSON values are serialised. `undefined` for a body in the wrong format. */
function parseInput(body: string): string | undefined {
  if (body.trim() === '') return '';
  try {
    const { input } = JSON.parse(body) as { readonly input?: unknown };
    return typeof input === 'string' ? input : JSON.stringify(input ?? '');
  } catch {
    return undefined;
  }
}
