import type { Agent } from 'node:http';
import axios, { isAxiosError, type AxiosResponse } from 'axios';
import pRetry, { AbortError } from 'p-retry';
import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../contract/http';
import type { Clock, Log } from '../contract/run';
import { parseJson } from '../kit/json';
import { createAgents } from './agents';
import { maskSecrets } from './log';
import { networkFailure } from './network-failure';
import { retryAfterMs } from './retry-after';
import type { Tls } from './tls-settings';

/** One attempt, from the first byte sent to the last one read. */
const ATTEMPT_TIMEOUT_MS = 30_000;
/** Attempts after the first. */
const RETRIES = 3;
/** Full jitter: a random wait below `BACKOFF_MS · 2^attempt`, at most {@link MAX_BACKOFF_MS}. */
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** A body over this is no page of events; it is cut off as it comes in. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
/** What of an answer's body an error may quote. */
const EXCERPT_CHARACTERS = 200;
const TRANSIENT_STATUS = new Set([408, 425, 429]);

/** What one run may reach, and how its errors name what must be changed. */
export interface HttpOptions {
  /** Who asks, for messages: `acme/alerts`. */
  readonly who: string;
  /** The only origins that may be reached. */
  readonly origins: readonly string[];
  /** The variables that hold the address and the credentials, for messages. */
  readonly variables: { readonly address: readonly string[]; readonly credentials: readonly string[] };
  /** Masked in every message. */
  readonly secrets: readonly string[];
  /** Whom to trust beside the well-known authorities, and what to show. @default nobody, and nothing */
  readonly tls?: Tls;
  /** No wait and no retry begins that would end after this. */
  readonly deadline: Date;
  /** Ends a request that is on its way. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** @default 30 seconds */
  readonly timeoutMs?: number;
  /** @default 128 MiB */
  readonly maxBodyBytes?: number;
}

/** The only door to vendors and sinks, and the only retry in the house. See {@link Http} for what it promises. */
export function createHttp(options: HttpOptions): Http {
  const { clock, deadline, log, signal, who } = options;
  const agentOf = createAgents(options.tls);

  return {
    async request(request) {
      const url = addressOf(request, options);
      const address = maskSecrets(url.origin + url.pathname, options.secrets);
      const doing = `asking ${who} (${request.method ?? 'GET'} ${address})`;
      const repeatable = request.repeatable ?? (request.method ?? 'GET') === 'GET';
      const agent = agentOf(url);
      let attempt = 0;
      const once = async (): Promise<HttpResponse> => {
        attempt++;
        const outcome = await ask(url, agent, request, doing, options);
        if (!(outcome instanceof Error)) return outcome;
        if (!(outcome instanceof UnavailableError) || !repeatable || attempt > RETRIES)
          throw new AbortError(outcome);
        const waitMs = outcome.retryAfterMs ?? jitter(attempt, clock);
        if (clock.now().getTime() + waitMs > deadline.getTime()) throw new AbortError(outcome);
        log.warn({ who, attempt, waitMs, reason: outcome.message }, 'asking again after a wait');
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

function jitter(attempt: number, clock: Clock): number {
  return Math.round(clock.random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** attempt));
}

/** The request's address, checked before a byte leaves. */
function addressOf(request: HttpRequest, { origins, who, variables }: HttpOptions): URL {
  if (!URL.canParse(request.url)) throw new ContractError(`asking ${who}: what it asks is no address.`);
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

/** One attempt: an answer, or the error it means. Throws only when the run is aborted. */
async function ask(
  url: URL,
  agent: Agent,
  request: HttpRequest,
  doing: string,
  options: HttpOptions,
): Promise<HttpResponse | Error> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? ATTEMPT_TIMEOUT_MS);
  try {
    const response = await axios.request<Buffer>({
      httpAgent: agent,
      httpsAgent: agent,
      url: url.href,
      method: request.method ?? 'GET',
      headers: { 'User-Agent': 'Tributary', ...request.headers },
      ...(request.body === undefined ? {} : { data: bodyOf(request.body) }),
      responseType: 'arraybuffer',
      transformRequest: [(data: unknown) => data],
      maxRedirects: 0,
      maxBodyLength: Infinity,
      maxContentLength: options.maxBodyBytes ?? MAX_BODY_BYTES,
      proxy: false,
      signal: AbortSignal.any([options.signal, timeout]),
      validateStatus: () => true,
    });
    return judge(response, request, doing, options);
  } catch (error) {
    options.signal.throwIfAborted();
    return translate(error, doing, timeout.aborted, options);
  }
}

/** True when an answer says that a rate limit is used up: some vendors say so with 403. */
function isUsedUp(headers: Readonly<Record<string, string>>): boolean {
  return headers['retry-after'] !== undefined || headers['x-ratelimit-remaining']?.trim() === '0';
}

/** What an answer's status means, and who must act. */
function judge(
  response: AxiosResponse<Buffer>,
  request: HttpRequest,
  doing: string,
  options: HttpOptions,
): HttpResponse | Error {
  const { status } = response;
  const answer = toResponse(response, doing);
  if ((status >= 200 && status < 300) || request.accept?.includes(status) === true) return answer;
  const said = maskSecrets(response.statusText, options.secrets);
  const told = `${doing}: ${status} ${said}${excerpt(answer.body, options.secrets)}`;
  if (status === 401 || (status === 403 && !isUsedUp(answer.headers))) {
    return new SettingError(
      `${told}. Check ${options.variables.credentials.join(', ')} and what it is allowed to do.`,
    );
  }
  if (TRANSIENT_STATUS.has(status) || status === 403 || status >= 500) {
    const wait = retryAfterMs(answer.headers, options.clock.now());
    return new UnavailableError(`${told}. The next run goes on from here.`, { retryAfterMs: wait });
  }
  if (status >= 300 && status < 400) {
    return new ContractError(
      `${doing}: ${status} redirects elsewhere, which is not followed, so that no credential travels with it. ` +
        `Set ${options.variables.address.join(', ')} to the address that answers itself.`,
    );
  }
  return new ContractError(`${told}. The request is not what the vendor expects.`);
}

/** Its cause has no more than the words: an error of axios holds the request with its credentials. */
function translate(error: unknown, doing: string, timedOut: boolean, options: HttpOptions): Error {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  const cause = new Error(maskSecrets(message, options.secrets));
  if (timedOut) {
    const limit = options.timeoutMs ?? ATTEMPT_TIMEOUT_MS;
    return new UnavailableError(
      `${doing}: no whole answer within ${limit} ms. The next run goes on from here.`,
      { cause },
    );
  }
  if (!isAxiosError(error)) return error as Error;
  if (message.startsWith('maxContentLength')) {
    const limit = options.maxBodyBytes ?? MAX_BODY_BYTES;
    return new ContractError(`${doing}: the answer is larger than ${limit} bytes. Ask for smaller pages.`, {
      cause,
    });
  }
  return networkFailure({
    doing,
    code,
    message: cause.message,
    source: error.cause,
    tls: options.tls?.variables,
  });
}

/** Of bytes, axios takes only Node's own. */
function bodyOf(body: string | Uint8Array): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function toResponse(response: AxiosResponse<Buffer>, doing: string): HttpResponse {
  const body = response.data;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return {
    status: response.status,
    headers,
    body,
    json() {
      const text = new TextDecoder().decode(body);
      try {
        return parseJson(text);
      } catch (cause) {
        throw new ContractError(`${doing}: ${notJson(text, headers['content-type'])}`, { cause });
      }
    },
  };
}

function notJson(text: string, contentType = 'no content type'): string {
  if (text.trim() === '') return 'the answer is empty where JSON was promised.';
  if (text.trimStart().startsWith('<')) {
    return `the answer is a web page (${contentType}), not JSON. Check that the address is the one of the API.`;
  }
  return `the answer (${contentType}, ${text.length} characters) is not whole JSON. The next run asks for it again.`;
}

function excerpt(body: Uint8Array, secrets: readonly string[]): string {
  const text = maskSecrets(Buffer.from(body).toString('utf8'), secrets).replace(/\s+/g, ' ').trim();
  return text === '' ? '' : `: ${text.slice(0, EXCERPT_CHARACTERS)}`;
}
