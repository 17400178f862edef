import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import axios, { type AxiosRequestConfig } from 'axios';
import pRetry, { AbortError } from 'p-retry';
import { ContractError, UnavailableError } from '../contract/errors';
import type { ReleasePermit } from '../contract/budget';
import type { Http, HttpRequest, HttpResponse, ErrorInBody } from '../contract/http';
import type { Clock } from '../contract/run';
import { compileTooManyRequests } from '../rate-limit/answer/too-many-requests';
import { createAgents } from './agents';
import { ACCEPTED_ENCODINGS, decodedBody, decodedStream } from './content-encoding';
import { headersOf, toResponse, type Answer } from './response';
import { streamedChunks, timeLimit, wholeBody, type TimeLimit } from './response-stream';
import { outcomeOf, runEndedBeforeAnswer, toNamedError } from './request-failure';
import { checkHeaders } from './check-headers';
import { OVERRUN_MS } from '../values/wait-bound';
import { secretsReceived, secretsSent } from '../values/secrets/http-secrets';
import { ATTEMPT_TIMEOUT_MS, MAX_BODY_BYTES, MIN_ATTEMPT_MS, type HttpOptions } from './http-options';
import { asOurCode } from '../process/unhandled-errors';

export type { HttpOptions } from './http-options';

/** Attempts after the first. A 429 counts as an attempt too. */
const RETRIES = 3;
/** Sending one of these twice has the effect of sending it once. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const IDEMPOTENT = ['GET', 'PUT', 'DELETE'];
/** Full jitter: a random wait below `BACKOFF_MS · 2^attempt`, at most {@link MAX_BACKOFF_MS}. */
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

/** How much is read of an error that answers a streamed request. */
const MOST_OF_ERROR_BYTES = 65_536;

/** For requests without a budget, such as those of a sink. */
const tooManyOf = compileTooManyRequests({ limits: [] });

/** One request, ready to be sent. */
interface Asking {
  readonly url: URL;
  readonly agent: Agent;
  readonly request: HttpRequest;
  /** For messages. */
  readonly doing: string;
  /** Time limit of an attempt, unless the run ends earlier. */
  readonly timeoutMs: number;
}

/**
 * Sends every request to vendors and sinks, and is the only place that retries them. See {@link Http} for its contract.
 *
 * Each attempt acquires a permit of the budget, which also waits while the account is paused.
 *
 * p-retry only counts the attempts and stops on `AbortError`; its own delays are zero. They would be fixed before the
 * first attempt and use timers of the process. A wait here is `Retry-After` or full jitter, must end before the run does,
 * and sleeps on the run's clock and signal.
 */
export function createHttp(options: HttpOptions): Http {
  const { clock, deadline, log, signal, who } = options;
  const agentOf = createAgents(options.tls);
  const timeoutMs = Math.min(options.timeoutMs ?? ATTEMPT_TIMEOUT_MS, leftOf(options));

  return {
    async request(request) {
      const url = addressOf(request, options);
      const method = request.method ?? 'GET';
      options.secrets.note(secretsSent(request, url));
      checkHeaders(request, url, options);
      const address = options.secrets.mask(url.origin + url.pathname);
      const doing = `asking ${who} (${method} ${address})`;
      const asking = { url, agent: agentOf(url), request, doing, timeoutMs };
      const repeatable = request.repeatable ?? IDEMPOTENT.includes(method);
      let failed: Error | undefined;

      const patienceMs = options.patienceMs ?? Infinity;
      const giveUpAtMs = Math.min(deadline.getTime(), clock.now().getTime() + patienceMs);
      const once = async (attempt: number): Promise<HttpResponse> => {
        const outcome = await asOurCode(() => attemptWithPermit(asking, options));
        if (!(outcome instanceof Error)) return outcome;
        const isTransient = outcome instanceof UnavailableError && outcome.resumeAt === undefined;
        // When the run's end cut this attempt off, the error of the previous one is more useful.
        if (failed !== undefined && endedWithRun(outcome, clock.now())) throw new AbortError(failed);
        failed = outcome;
        if (!isTransient || !repeatable || attempt > RETRIES) throw new AbortError(outcome);
        const waitMs = outcome.retryAfterMs ?? jitter(attempt, clock);
        if (clock.now().getTime() + waitMs > giveUpAtMs) throw new AbortError(outcome);
        log.warn({ who, attempt, waitMs, reason: outcome.message }, 'retrying after a wait');
        await clock.sleep(waitMs, signal);
        throw outcome;
      };
      return pRetry(once, {
        retries: RETRIES,
        minTimeout: 0,
        maxTimeout: 0,
        shouldRetry: () => !signal.aborted,
      });
    },
  };
}

/** The time in milliseconds that the run leaves for an attempt that starts now. */
function leftOf({ clock, deadline }: HttpOptions): number {
  return Math.max(MIN_ATTEMPT_MS, deadline.getTime() + OVERRUN_MS - clock.now().getTime());
}

/** True for an attempt that the run's end cut off. A refused permit has a `resumeAt` in the future. */
function endedWithRun(outcome: Error, now: Date): boolean {
  return outcome instanceof UnavailableError && outcome.resumeAt !== undefined && outcome.resumeAt <= now;
}

function jitter(attempt: number, clock: Clock): number {
  return Math.round(clock.random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** attempt));
}

/** The address of a request. @throws ContractError when it may not be requested; nothing has been sent then */
function addressOf(request: HttpRequest, { origins, who, variables }: HttpOptions): URL {
  if (!URL.canParse(request.url)) throw new ContractError(`asking ${who}: the address is not a URL.`);
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  if (!origins.includes(url.origin)) {
    throw new ContractError(
      `asking ${who}: ${url.origin} is not an address that it may reach (${origins.join(', ')}). ` +
        `If the vendor has moved, set ${variables.address.join(', ')}.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ContractError(
      `asking ${who}: an address must not hold a name or a password. Use a secret setting.`,
    );
  }
  return url;
}

/**
 * Makes one attempt when the budget grants a permit. The permit is released with the answer, so that "too many requests"
 * pauses the account before the next request is sent.
 * @returns the answer, or the error for it
 * @throws the reason of the run's signal
 */
async function attemptWithPermit(asking: Asking, options: HttpOptions): Promise<HttpResponse | Error> {
  const { budget, clock, deadline, secrets, signal } = options;
  let release: ReleasePermit | undefined;
  try {
    release = await budget?.acquire(deadline, signal);
  } catch (error) {
    signal.throwIfAborted();
    return error as Error;
  }
  let answer: Answer | undefined;
  try {
    const whole = await ofThisAttempt(asking, options);
    if (whole instanceof Error) return whole;
    const outcome = await send(whole, options);
    if (outcome instanceof Error) return outcome;
    answer = outcome;
  } finally {
    if (answer === undefined) await release?.();
  }
  secrets.note(secretsReceived(answer, asking.request, asking.url));
  const content = contentOf(answer, asking.request);
  const reported = typeof content === 'object' ? content : undefined;
  const read = { ...answer, isUnexpected: content === false, error: reported?.error };
  const tooMany = release === undefined ? tooManyOf(read, clock.now()) : await release(read);
  return outcomeOf(answer, { ...asking, tooMany, reported }, options);
}

/** The request with what only this attempt carries. @returns the error for what cannot be made or sent */
async function ofThisAttempt(asking: Asking, options: HttpOptions): Promise<Asking | Error> {
  const { request, url } = asking;
  if (request.perAttempt === undefined) return asking;
  try {
    const { headers, ...own } = await request.perAttempt();
    const whole = { ...request, ...own, headers: { ...request.headers, ...headers } };
    options.secrets.note(secretsSent(whole, url));
    checkHeaders(whole, url, options);
    return { ...asking, request: whole };
  } catch (error) {
    options.signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Checks the content of a 2xx: true if it is as expected, false if it is not, or the error that it reports. */
function contentOf(answer: Answer, { holds }: HttpRequest): boolean | ErrorInBody {
  if (holds === undefined || answer.status < 200 || answer.status > 299) return true;
  try {
    return holds(answer);
  } catch {
    // The reader of the answer reports what is wrong with it.
    return false;
  }
}

/** Sends one attempt. @returns the answer, of any status, or why none came @throws the reason of the run's signal */
async function send(asking: Asking, options: HttpOptions): Promise<Answer | Error> {
  const { doing, request, timeoutMs } = asking;
  const limitMs = Math.min(timeoutMs, leftOf(options));
  const limit = timeLimit(limitMs);
  let streams = false;
  try {
    limit.start();
    if (request.streamed === true) {
      const answer = await sendStreamed(asking, options, limit);
      // Chunks that nobody takes do not hold the connection for ever.
      streams = answer.chunks !== undefined;
      return answer;
    }
    const maxBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    const config = { ...configOf(asking, options, limit.signal), maxContentLength: maxBytes };
    const response = await axios.request<Buffer>({ ...config, responseType: 'arraybuffer' });
    const data = await decodedBody(response, doing, maxBytes);
    return await toResponse({ ...response, data }, doing, decoderOf(request, maxBytes));
  } catch (error) {
    options.signal.throwIfAborted();
    const isTimedOut = limit.signal.aborted;
    if (isTimedOut && limitMs < timeoutMs) return runEndedBeforeAnswer(doing, options.clock.now());
    return toNamedError(error, doing, isTimedOut ? limitMs : undefined, options);
  } finally {
    if (!streams) limit.stop();
  }
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
