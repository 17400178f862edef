import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { NOT_FORWARDED, assertFits, requestHeaders, tooLarge, writeResponse } from './http-message';
import type { Invocation } from './rpc';

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
 * server, and the invocation, on the other channel, only says when.
 * @throws BodyTooLargeError, or what the function threw before it answered
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference-node#http-streams
 */
export async function streamCall(call: StreamedCall): Promise<void> {
  assertFits(Number(call.request.headers['content-length'] ?? 0), call.maxBytes);
  const params = Object.entries(call.params).map(([name, value]) => [name, { string: value }] as const);
  const headers = { json: JSON.stringify(requestHeaders(call.request)) };
  const proxied = openProxy(call);
  try {
    const invoked = call.invoke({ triggerMetadata: { ...Object.fromEntries(params), Headers: headers } });
    await Promise.race([proxied.answered, invoked.then(() => proxied.within(ANSWER_GRACE_MS))]);
    await Promise.all([proxied.answered, invoked]);
  } finally {
    proxied.close();
  }
}

function openProxy({ request, response, url, httpUri, invocationId, maxBytes }: StreamedCall) {
  const forwarded = {
    'x-forwarded-host': url.host,
    'x-forwarded-proto': 'http',
    [INVOCATION_HEADER]: invocationId,
  };
  const target = new URL(url.pathname + url.search, httpUri);
  const proxy = sendRequest(target, {
    method: request.method,
    headers: { ...request.headers, ...forwarded },
  });
  let hasAnswered = false;
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve, reject) => {
    answer = () => {
      writeResponse(response, undefined);
      resolve();
    };
    // Answered to the end, or the caller has gone.
    response.once('close', resolve);
    // What fails once the function has answered is the rest of a body that nobody reads.
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
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(tooLarge(maxBytes));
    });
  });
  answered.catch(() => undefined);
  // A function may answer by the headers alone, before a byte of the body has come.
  proxy.flushHeaders();
  // Of a caller that goes away midway nothing more comes: the function must not wait for it.
  request.once('close', () => request.complete || proxy.destroy());
  request.pipe(proxy);
  return {
    answered,
    within: (ms: number): void => void setTimeout(() => response.headersSent || answer(), ms).unref(),
    // A body that has come whole is sent on to its end, so that the connection serves the next call.
    close: (): void => {
      if (request.complete && hasAnswered) return;
      request.unpipe(proxy);
      proxy.destroy();
    },
  };
}
