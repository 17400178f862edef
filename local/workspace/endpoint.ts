import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from './read-body';
import { jsonAnswer, type Answer, type Received } from './ingestion-api';
import type { Ingestion } from './api/ingestion';

/** Answers requests that belong to no ingestion API. `port` received the request; `gone` aborts when the client disconnects. */
export type LocalEndpoints = (
  request: Received,
  port: number | undefined,
  gone: AbortSignal,
) => Promise<Answer>;

/** A base to parse a path with its query. The Host header is checked elsewhere. */
const BASE = 'http://localhost';
const MAX_LOCAL_BODY_BYTES = 1024 * 1024;

/** Reads and answers each request. An error in one request does not end the server. */
export function makeHandler(ingestion: Ingestion, local: LocalEndpoints, now: () => Date): RequestListener {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Answer | 'cut'> => {
    const url = URL.canParse(request.url ?? '/', BASE) ? new URL(request.url ?? '/', BASE) : undefined;
    if (!url) return jsonAnswer(400, { error: 'the address of the request cannot be read' });
    const api = ingestion.find(url.pathname);
    const body = await readBody(request, api?.maxBodyBytes ?? MAX_LOCAL_BODY_BYTES);
    const received: Received = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      at: now(),
      ...body,
    };
    return api
      ? ingestion.take(api, received)
      : local(received, request.socket.localPort, goneSignal(response));
  };
  return (request, response) => {
    answer(request, response).then(
      (made) => send(response, made),
      (error: unknown) => send(response, jsonAnswer(500, { error: String(error) })),
    );
  };
}

function send(response: ServerResponse, answer: Answer | 'cut'): void {
  if (answer === 'cut') response.destroy();
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
