import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { answerDataCollector } from '../fakes/collector-data-collector';
import { answerLogsIngestion } from '../fakes/collector-logs-ingestion';
import type { Answer, Received, StoredRow } from '../fakes/collector';
import { startServer } from './loopback-server';
import { createRules, type Rules } from './fault-rules';

/** What happens to a post. */
export type CollectorFault =
  | { readonly do: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The connection is reset: before the rows are accepted, or after. */
  | { readonly do: 'cut'; readonly when: 'before' | 'after' }
  /** It confirms the rows and throws them away. No client can notice that; the harness must. */
  | { readonly do: 'lie' };

/** A post whose rows were accepted. */
export interface Accepted {
  readonly table: string;
  readonly rows: readonly StoredRow[];
}

/** Both ingestion APIs, as strict as documented, with the faults of its rules. */
export interface Collector {
  readonly url: string;
  readonly rules: Rules<CollectorFault, string>;
  /** Larger bodies are refused as too large. */
  maxBytes: number;
  /** A sentence for each wrong request. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** @param onBody called with every body, unpacked @param onAccepted called for every post whose rows were accepted */
export async function startCollector(
  streams: readonly string[],
  onBody: (text: string) => void,
  onAccepted: (accepted: Accepted) => void,
): Promise<Collector> {
  const rules = createRules<CollectorFault, string>();
  const problems: string[] = [];
  const serve = (request: Received, isStored: boolean): Answer => {
    const answer =
      request.url.pathname === '/api/logs'
        ? answerDataCollector(request, collector.maxBytes)
        : answerLogsIngestion(request, streams, collector.maxBytes);
    if (answer.problem !== undefined) problems.push(answer.problem);
    if (answer.store !== undefined && isStored) onAccepted(answer.store);
    return answer;
  };
  const server = await startServer((incoming, body, response) => {
    const request = readRequest(incoming, body);
    const isCompressed = request.headers['content-encoding'] === 'gzip';
    onBody((isCompressed ? gunzipSync(body) : body).toString('utf8'));
    const fault = rules.next(request.url.pathname);
    if (fault?.do === 'cut' && fault.when === 'before') return void incoming.socket.resetAndDestroy();
    if (fault?.do === 'status') return answerStatus(response, fault);
    const { body: text = '', status } = serve(request, fault?.do !== 'lie');
    if (fault?.do === 'cut') return void incoming.socket.resetAndDestroy();
    response.writeHead(status).end(text);
  });
  const collector: Collector = {
    url: server.url,
    rules,
    maxBytes: Number.POSITIVE_INFINITY,
    problems,
    close: () => server.close(),
  };
  return collector;
}

function readRequest({ headers, method = '', url = '/' }: IncomingMessage, body: Buffer): Received {
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const address = new URL(url, 'http://collector.test');
  return { method, url: address, headers: Object.fromEntries(named) as Received['headers'], body };
}

function answerStatus(
  response: ServerResponse,
  { retryAfter, status }: CollectorFault & { readonly do: 'status' },
): void {
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  response.writeHead(status).end('{"error":{"code":"Fault","message":"injected"}}');
}
