import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { FOREIGN_REQUEST, isLocalRequest } from '../../local-origin';
import type { Caller } from '../worker/calls';
import { messageOf } from '../errors';
import { BodyTooLargeError, readBody, refuse, toRpcRequest, writeResponse } from './http-message';
import { streamCall } from './http-stream';
import type { Log } from '../host-log';
import { type RouteMatch, createRouter } from './routes';
import type { Supervisor } from '../worker-supervisor';

/** Azure's default limit; `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` changes it. */
export const MAX_BODY_BYTES = 104_857_600;
/** How long the rest of a refused body is read, so that the client sees the answer. */
const DRAIN_MS = 5000;

/** A function with an HTTP trigger. */
export interface HttpFunction {
  readonly name: string;
  readonly binding: string;
  /** With its prefix. */
  readonly route: string;
  readonly methods: readonly string[];
}

export interface HttpOptions {
  readonly functions: readonly HttpFunction[];
  readonly worker: Supervisor;
  readonly call: Caller;
  readonly maxBodyBytes: number;
  /** Serves `/admin/…`. */
  readonly admin: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  readonly log: Log;
}

/**
 * Answers the app's HTTP functions: 403 for a foreign Host or Origin, which a page of another site in a browser would send; 404
 * for an unknown route or method; 413 for a body over the limit; 503 while the worker restarts; 500 for a function that threw.
 * Authorisation levels are not enforced, as in `func start` without `--enableAuth`: a function of level `function` or `admin`
 * needs no key here, but does in Azure.
 */
export function createHttpListener(options: HttpOptions): RequestListener {
  const routes = options.functions.map((target) => ({
    template: target.route,
    methods: target.methods,
    target,
  }));
  const find = createRouter(routes);
  return (request, response) => {
    // A caller that disconnects is not an error of the host.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    answer(options, find, request, response).catch((error: unknown) =>
      fail(options, request, response, error),
    );
  };
}

type Find = (method: string, path: string) => RouteMatch<HttpFunction> | undefined;

async function answer(
  options: HttpOptions,
  find: Find,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseUrl(request);
  if (url === undefined)
    return refuse(
      response,
      400,
      'The request has no path, its path cannot be decoded, or its Host header is not valid.',
    );
  if (!isLocalRequest(request.headers, request.socket.localPort))
    return refuse(response, 403, FOREIGN_REQUEST);
  if (/^\/admin(\/|$)/i.test(url.pathname)) return options.admin(request, response, url);
  const match = find(request.method ?? 'GET', url.pathname);
  if (match === undefined) return refuse(response, 404, 'No function has this route.');
  if (options.worker.pid === undefined) {
    response.setHeader('retry-after', '1');
    return refuse(response, 503, 'The worker is restarting. Retry in a moment.');
  }
  return options.worker.app.httpUri === undefined
    ? callWithBody(options, match, { request, response, url })
    : callStreaming(options, match, { request, response, url });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

async function callWithBody(
  { call, maxBodyBytes }: HttpOptions,
  { target, params }: RouteMatch<HttpFunction>,
  { request, response, url }: Exchange,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  const http = toRpcRequest(request, { url, params, body });
  const answered = await call({ functionName: target.name, inputs: { [target.binding]: { http } } });
  writeResponse(response, answered.returnValue?.http);
}

function callStreaming(
  { call, worker, maxBodyBytes }: HttpOptions,
  { target, params }: RouteMatch<HttpFunction>,
  exchange: Exchange,
): Promise<void> {
  const invocationId = randomUUID();
  return streamCall({
    ...exchange,
    params,
    httpUri: worker.app.httpUri ?? '',
    invocationId,
    maxBytes: maxBodyBytes,
    invoke: (input) =>
      call({ id: invocationId, functionName: target.name, inputs: { [target.binding]: {} }, ...input }),
  });
}

/** Undefined if the Host header is not a host, or the target cannot be decoded. */
function parseUrl({ url = '', headers: { host = '' } }: IncomingMessage): URL | undefined {
  if (!url.startsWith('/') || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  try {
    const parsed = new URL(`http://${host}${url}`);
    decodeURIComponent(parsed.pathname);
    return parsed;
  } catch {
    return undefined;
  }
}

function fail(
  { log }: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (error instanceof BodyTooLargeError) {
    request.resume();
    setTimeout(() => request.complete || request.destroy(), DRAIN_MS).unref();
    return refuse(response, 413, error.message);
  }
  // As in Azure, the caller does not see a function's error; the log has it.
  log({
    level: 'debug',
    category: 'Host.Http',
    message: `${request.method} ${request.url?.split('?')[0]}: ${messageOf(error)}`,
  });
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end();
}
