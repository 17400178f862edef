import { setTimeout as wait } from 'node:timers/promises';
import type { FaultAction, FaultRules } from '../fault-rules';
import type { Answer, IngestionApi, Received } from '../ingestion-api';
import type { RequestCounts } from '../request-counts';

/** Takes one request of an ingestion API. */
export interface Ingestion {
  /** The API that a path belongs to. */
  find(path: string): IngestionApi | undefined;
  /** Resolves once what is accepted is committed. `cut` means: close the connection without a word. */
  take(api: IngestionApi, request: Received): Promise<Answer | 'cut'>;
}

/** Joins the ingestion APIs with what they are told to do differently, and counts. */
export function makeIngestion(
  apis: readonly IngestionApi[],
  behaviour: FaultRules,
  tally: RequestCounts,
): Ingestion {
  return {
    find: (path) => apis.find((api) => api.serves(path)),
    async take(api, request) {
      const stream = api.stream(request);
      const act = behaviour.next(api.name, stream);
      if (act?.do === 'delay') await wait(act.ms);
      const answer = act?.do === 'status' ? refuse(api, request, act) : await accept(api, request, act);
      tally.add({ api: api.name, stream, status: answer.status, bytes: request.bytes });
      return act?.do === 'close-before-answer' ? 'cut' : answer;
    },
  };
}

function refuse(api: IngestionApi, request: Received, act: Extract<FaultAction, { do: 'status' }>): Answer {
  const answer = api.refuse(request, act.status, act.code);
  const { retryAfterSeconds } = act;
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } };
}

/** A row that the database cannot take is answered as the service's own failure. */
async function accept(api: IngestionApi, request: Received, act: FaultAction | undefined): Promise<Answer> {
  const drop = act?.do === 'drop-after-accept' ? (act.rows ?? Number.POSITIVE_INFINITY) : 0;
  try {
    return await api.accept(request, drop);
  } catch (error) {
    process.emitWarning(
      `storing what was posted to ${api.name}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return api.refuse(request, 500);
  }
}
