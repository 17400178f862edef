import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { answerDataCollector } from '../fakes/collector-data-collector';
import { answerLogsIngestion } from '../fakes/collector-logs-ingestion';
import type { Answer, Received, StoredRow } from '../fakes/collector';
import { startServer } from './loopback-server';
import { noRules, type Rules } from './fault-rules';

/** What a post meets. */
export type CollectorFault =
  | { readonly do: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The line is cut: before the rows are taken, or after. */
  | { readonly do: 'cut'; readonly when: 'before' | 'after' }
  /** It says that it took the rows and throws them away: no client can meet that, and the rig must see it. */
  | { readonly do: 'lie' };

/** One post whose rows were taken. */
export interface Accepted {
  readonly table: string;
  readonly rows: readonly StoredRow[];
}

/** Both ingestion APIs, as strict as their documents; and as bad as their rules say. */
export interface Collector {
  readonly url: string;
  readonly rules: Rules<CollectorFault, string>;
  /** Bodies above this are answered as too large. */
  maxBytes: number;
  /** What no request of ours may be. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** @param onBody gets every body as it was written, unpacked @param onAccepted every post whose rows were taken */
export async function startCollector(
  streams: readonly string[],
  onBody: (text: string) => void,
  onAccepted: (accepted: Accepted) => void,
): Promise<Collector> {
  const rules = noRules<CollectorFault, string>();
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
    const isPacked = request.headers['content-encoding'] === 'gzip';
    onBody((isPacked ? gunzipSync(body) : body).toString('utf8'));
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
  response.writeHead(status).end('{"error":{"code":"Fault","message":"of the rig"}}');
}
