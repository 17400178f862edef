import type { JsonObject } from '../../shared/contract/json';
import { FOREIGN_REQUEST, isLocalRequest } from '../local-origin';
import type { FaultRules } from './fault-rules';
import { jsonAnswer, jsonTextAnswer, type Answer, type Received } from './ingestion-api';
import { parseJson } from './lossless-json';
import type { RequestCounts } from './request-counts';

/** The options of the laptop's own endpoints, which Azure does not have. */
export interface LocalEndpointsOptions {
  /** The result of a statement as JSON. @throws Error if there is none */
  readonly query: (sql: string, gone: AbortSignal) => Promise<string>;
  readonly behaviour: FaultRules;
  readonly tally: RequestCounts;
}

/** One endpoint; `gone` aborts when the client disconnects. */
type Endpoint = (request: Received, gone: AbortSignal) => Promise<Answer> | Answer;

/**
 * `POST /query` {"sql": …} → {"columns": […], "rows": [{…}]} · `POST /behave` a list of rules ·
 * `GET /requests` counts · `GET /health`. Only for this laptop: any other Host or Origin is refused with 403.
 */
export function localEndpoints({ query, behaviour, tally }: LocalEndpointsOptions) {
  const endpoints: Readonly<Record<string, Endpoint>> = {
    'GET /health': () => jsonAnswer(200, { status: 'ok' }),
    'GET /requests': () => jsonAnswer(200, { requests: tally.lines() }),
    'POST /behave': ({ body }) => {
      behaviour.set(parseJson(body.toString()));
      return { status: 204 };
    },
    'POST /query': async ({ body }, gone) => jsonTextAnswer(200, await query(sqlOf(body), gone)),
  };
  return async (request: Received, port: number | undefined, gone: AbortSignal): Promise<Answer> => {
    if (!isLocalRequest(request.headers, port)) return jsonAnswer(403, { error: FOREIGN_REQUEST });
    const endpoint = endpoints[`${request.method} ${request.path}`];
    if (!endpoint) return jsonAnswer(404, { error: `there is no ${request.method} ${request.path} here` });
    try {
      return await endpoint(request, gone);
    } catch (error) {
      return jsonAnswer(400, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}

function sqlOf(body: Buffer): string {
  const sql = (parseJson(body.toString()) as JsonObject | null)?.['sql'];
  if (typeof sql !== 'string') throw new Error('reading the query: it is not {"sql": "…"}. Send one SELECT.');
  return sql;
}
