import { setTimeout as wait } from 'node:timers/promises';
import type { FaultAction, FaultRules } from '../fault-rules';
import type { Answer, IngestionApi, Received } from '../ingestion-api';
import type { RequestCounts } from '../request-counts';

/** Handles a request to an ingestion API. */
export interface Ingestion {
  /** The API that a path belongs to. */
  find(path: string): IngestionApi | undefined;
  /** Resolves once all accepted rows are committed. `cut`: close the connection without an answer. */
  take(api: IngestionApi, request: Received): Promise<Answer | 'cut'>;
}

/** Combines the ingestion APIs with the fault rules and the request counts. */
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

/** If the database cannot store a row, answers as after a failure of the service. */
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
