import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { NOT_FORWARDED, assertFits, requestHeaders, tooLarge, writeResponse } from './http-message';
import type { Invocation } from '../worker/rpc';

const INVOCATION_HEADER = 'x-ms-invocation-id';
/** How long to wait for the library's answer after the function returned. A function that returned nothing sends none. */
const ANSWER_GRACE_MS = 1000;

export interface StreamedCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  /** The address at which the library listens in the worker. */
  readonly httpUri: string;
  readonly invocationId: string;
  readonly maxBytes: number;
  readonly invoke: (input: Pick<Invocation, 'triggerMetadata'>) => Promise<unknown>;
}

/**
 * Serves a request of an app that set `enableHttpStream`. The bodies flow between the client and the library's own server in
 * the worker; the IPC channel only carries the invocation. The invocation is sent once that server has the request: an
 * invocation without its request would last until the function's time-out.
 * @throws BodyTooLargeError, or what the function threw before it answered
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference-node#http-streams
 */
export async function streamCall(call: StreamedCall): Promise<void> {
  assertFits(Number(call.request.headers['content-length'] ?? 0), call.maxBytes);
  const params = Object.entries(call.params).map(([name, value]) => [name, { string: value }] as const);
  const headers = { json: JSON.stringify(requestHeaders(call.request)) };
  const proxied = openProxy(call);
  try {
    if ((await proxied.taken) === 'answered') return await proxied.answered;
    const invoked = call.invoke({ triggerMetadata: { ...Object.fromEntries(params), Headers: headers } });
    await Promise.race([proxied.answered, invoked.then(() => proxied.within(ANSWER_GRACE_MS))]);
    await Promise.all([proxied.answered, invoked]);
  } finally {
    proxied.close();
  }
}

/**
 * Opens a new connection per request, because the other side may close a kept connection while the next request is on its way.
 * Still sends `keep-alive`: a server that closes after its answer, while a body is still arriving, resets the connection, and
 * the answer is lost.
 */
function openProxy({ request, response, url, httpUri, invocationId, maxBytes }: StreamedCall) {
  const forwarded = {
    'x-forwarded-host': url.host,
    'x-forwarded-proto': 'http',
    [INVOCATION_HEADER]: invocationId,
    connection: 'keep-alive',
    // Node's server answers 100 when it has the request.
    expect: '100-continue',
  };
  const target = new URL(url.pathname + url.search, httpUri);
  const proxy = sendRequest(target, {
    method: request.method,
    headers: { ...request.headers, ...forwarded },
    agent: false,
  });
  let hasAnswered = false;
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve, reject) => {
    answer = () => {
      writeResponse(response, undefined);
      resolve();
    };
    // The answer is complete, or the caller has disconnected.
    response.once('close', resolve);
    // An error after the answer concerns the rest of a body that nobody reads.
    proxy.on('error', reject);
    proxy.once('response', (incoming) => {
      hasAnswered = true;
      proxy.off('error', reject);
      proxy.on('error', () => undefined);
      incoming.once('error', () => response.destroy());
      response.statusCode = incoming.statusCode ?? 500;
      for (const [name, value] of Object.entries(incoming.headers)) {
        if (value !== undefined && name !== INVOCATION_HEADER && !NOT_FORWARDED.has(name))
          response.setHeader(name, value);
      }
      incoming.pipe(response);
    });
    proxy.once('continue', () => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) reject(tooLarge(maxBytes));
      });
      request.pipe(proxy);
    });
  });
  answered.catch(() => undefined);
  /** Resolves when a function has the request, or when the server has answered it without a function. */
  const taken = new Promise<'taken' | 'answered'>((resolve, reject) => {
    proxy.once('continue', () => resolve('taken'));
    proxy.once('response', () => resolve('answered'));
    proxy.once('error', reject);
  });
  // The client has disconnected, so the function must not wait for the rest. It is still invoked, because the server keeps a
  // request until its invocation comes.
  const leave = (): void => {
    if (!request.readableEnded) proxy.destroy();
  };
  if (request.destroyed) void taken.then(leave, () => undefined);
  else request.once('close', () => void taken.then(leave, () => undefined));
  return {
    answered,
    taken,
    within: (ms: number): void => void setTimeout(() => response.headersSent || answer(), ms).unref(),
    // A complete body is passed on to the end, because the function may still be reading it.
    close: (): void => {
      if (request.complete && hasAnswered) return;
      request.unpipe(proxy);
      proxy.destroy();
    },
  };
}
