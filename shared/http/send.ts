import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import axios, { type AxiosRequestConfig } from 'axios';
import { ContractError } from '../contract/errors';
import type { HttpRequest } from '../contract/http';
import { OVERRUN_MS } from '../values/wait-bound';
import { MAX_BODY_BYTES, MIN_ATTEMPT_MS, type HttpOptions } from './http-options';
import { runEndedBeforeAnswer, toNamedError } from './request-failure';
import { headersOf, toResponse, type Answer } from './response';
import {
  ACCEPTED_ENCODINGS,
  decodedBody,
  decodedStream,
  streamedChunks,
  timeLimit,
  wholeBody,
  type TimeLimit,
} from './response-body';

/** How much is read of an error that answers a streamed request. */
const MOST_OF_ERROR_BYTES = 65_536;

/** One request, ready to be sent. */
export interface Asking {
  readonly url: URL;
  readonly agent: Agent;
  readonly request: HttpRequest;
  /** For messages. */
  readonly doing: string;
  /** Time limit of an attempt, unless the run ends earlier. */
  readonly timeoutMs: number;
}

/** The time in milliseconds that the run leaves for an attempt that starts now. */
export function leftOf({ clock, deadline }: HttpOptions): number {
  return Math.max(MIN_ATTEMPT_MS, deadline.getTime() + OVERRUN_MS - clock.now().getTime());
}

/** Sends one attempt. @returns the answer, of any status, or why none came @throws the reason of the run's signal */
export async function send(asking: Asking, options: HttpOptions): Promise<Answer | Error> {
  const { doing, request, timeoutMs } = asking;
  const limitMs = Math.min(timeoutMs, leftOf(options));
  const limit = timeLimit(limitMs);
  try {
    limit.start();
    const answer = await (request.streamed === true ? sendStreamed : sendWhole)(asking, options, limit);
    // Chunks that nobody takes do not hold the connection for ever.
    if (answer.chunks === undefined) limit.stop();
    return answer;
  } catch (error) {
    limit.stop();
    options.signal.throwIfAborted();
    const isTimedOut = limit.signal.aborted;
    if (isTimedOut && limitMs < timeoutMs) return runEndedBeforeAnswer(doing, options.clock.now());
    return toNamedError(error, doing, isTimedOut ? limitMs : undefined, options);
  }
}

async function sendWhole(asking: Asking, options: HttpOptions, limit: TimeLimit): Promise<Answer> {
  const { doing, request } = asking;
  const maxBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const config = { ...configOf(asking, options, limit.signal), maxContentLength: maxBytes };
  const response = await axios.request<Buffer>({ ...config, responseType: 'arraybuffer' });
  const data = await decodedBody(response, doing, maxBytes);
  return toResponse({ ...response, data }, doing, decoderOf(request, maxBytes));
}

/** Sends one attempt whose body is streamed if the answer is a 2xx; any other one is read whole. */
async function sendStreamed(asking: Asking, options: HttpOptions, limit: TimeLimit): Promise<Answer> {
  const config = configOf(asking, options, limit.signal);
  const response = await axios.request<Readable>({ ...config, responseType: 'stream' });
  const { status, statusText } = response;
  const chunks = streamedChunks(decodedStream(response), limit, asking.doing, options);
  if (status < 200 || status > 299) {
    const whole = await wholeBody(chunks, MOST_OF_ERROR_BYTES);
    return toResponse({ ...response, data: whole }, asking.doing);
  }
  const json = (): never => {
    throw new ContractError(
      `${asking.doing}: a streamed answer has chunks, and no JSON. Read \`chunks\`, or leave \`streamed\` out.`,
    );
  };
  return { status, reason: statusText, headers: headersOf(response), body: new Uint8Array(), chunks, json };
}

function configOf(
  { agent, request, url }: Asking,
  options: HttpOptions,
  limit: AbortSignal,
): AxiosRequestConfig {
  return {
    httpAgent: agent,
    httpsAgent: agent,
    url: url.href,
    method: request.method ?? 'GET',
    headers: { 'User-Agent': 'Tributary', 'Accept-Encoding': ACCEPTED_ENCODINGS, ...request.headers },
    ...(request.body === undefined ? {} : { data: bodyOf(request.body) }),
    transformRequest: [(data: unknown) => data],
    // axios takes the beginning of a compressed body that was cut off for the whole.
    decompress: false,
    maxRedirects: 0,
    maxBodyLength: Infinity,
    maxContentLength: Infinity,
    proxy: false,
    signal: AbortSignal.any([options.signal, limit]),
    validateStatus: () => true,
  };
}

function decoderOf({ decode }: HttpRequest, maxBytes: number): Parameters<typeof toResponse>[2] {
  return decode && ((body, contentType) => decode(body, { contentType, maxBytes }));
}

/** axios takes bytes only as a Buffer. */
function bodyOf(body: string | Uint8Array): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
