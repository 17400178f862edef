import pRetry, { AbortError } from 'p-retry';
import { ContractError, UnavailableError } from '../contract/errors';
import type { ReleasePermit } from '../contract/budget';
import type { Http, HttpRequest, HttpResponse, ErrorInBody } from '../contract/http';
import type { Clock } from '../contract/run';
import { compileTooManyRequests } from '../rate-limit/answer/too-many-requests';
import { createAgents } from './agents';
import type { Answer } from './response';
import { outcomeOf } from './request-failure';
import { leftOf, send, type Asking } from './send';
import { checkHeaders } from './check-headers';
import { secretsReceived, secretsSent } from '../values/secrets/http-secrets';
import { ATTEMPT_TIMEOUT_MS, type HttpOptions } from './http-options';
import { asOurCode } from '../process/unhandled-errors';

export type { HttpOptions } from './http-options';

/** Attempts after the first. A 429 counts as an attempt too. */
const RETRIES = 3;
/** Sending one of these twice has the effect of sending it once. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const IDEMPOTENT = ['GET', 'PUT', 'DELETE'];
/** Full jitter: a random wait below `BACKOFF_MS · 2^attempt`, at most {@link MAX_BACKOFF_MS}. */
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

/** For requests without a budget, such as those of a sink. */
const tooManyOf = compileTooManyRequests({ limits: [] });

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
