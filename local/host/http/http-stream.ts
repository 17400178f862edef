import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { NOT_FORWARDED, assertFits, requestHeaders, tooLarge, writeResponse } from './http-message';
import type { Invocation } from '../worker/rpc';

const INVOCATION_HEADER = 'x-ms-invocation-id';
/** A function that returned nothing sends nothing: this long its answer is waited for. */
const ANSWER_GRACE_MS = 1000;

export interface StreamedCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  /** Where the library listens in the worker. */
  readonly httpUri: string;
  readonly invocationId: string;
  readonly maxBytes: number;
  readonly invoke: (input: Pick<Invocation, 'triggerMetadata'>) => Promise<unknown>;
}

/**
 * Serves a request of an app that set `enableHttpStream`: the bodies flow between the caller and the library's own
 * server, and the invocation, on the other channel, only says when. The invocation begins once that server has the
 * request: it waits without end for one that never comes, and ends only when the function's time is over.
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
 * Each request has a connection of its own: one that was kept may be closed by the other side while the next request is on
 * its way. It says `keep-alive` nonetheless: a server that closes after its answer, while a body still comes, resets
 * the connection, and the answer is lost.
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
  /** A request that the server refuses by itself reaches no function. */
  const taken = new Promise<'taken' | 'answered'>((resolve, reject) => {
    proxy.once('continue', () => resolve('taken'));
    proxy.once('response', () => resolve('answered'));
    proxy.once('error', reject);
  });
  // Of a caller that goes away midway nothing more comes: the function must not wait for it. It is begun all the same,
  // because the server keeps a request until its invocation comes.
  const leave = (): void => {
    if (!request.readableEnded) proxy.destroy();
  };
  if (request.destroyed) void taken.then(leave, () => undefined);
  else request.once('close', () => void taken.then(leave, () => undefined));
  return {
    answered,
    taken,
    within: (ms: number): void => void setTimeout(() => response.headersSent || answer(), ms).unref(),
    // A complete body is passed on to its end: the function may still read it.
    close: (): void => {
      if (request.complete && hasAnswered) return;
      request.unpipe(proxy);
      proxy.destroy();
    },
  };
}
