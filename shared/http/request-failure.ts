import { isAxiosError } from 'axios';
import type { TooManyRequests } from '../contract/budget';
import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import type { HttpRequest, HttpResponse, ErrorInBody } from '../contract/http';
import { stringifyJson } from '../values/json/json';
import { excerpt, type Answer } from './response';
import { MAX_BODY_BYTES, type HttpOptions } from './http-options';
import { networkFailure } from './network-failure';
import { refusalWord } from './refusal-code';
import { isTransientStatus, retryAfterMs } from '../rate-limit/answer/retry-after';

/** The request, and what was found in its answer. */
interface Asked {
  readonly doing: string;
  /** Present if the answer means "too many requests". */
  readonly tooMany: TooManyRequests | undefined;
  readonly request: HttpRequest;
  /** The error that a 2xx reports beside its list. */
  readonly reported: ErrorInBody | undefined;
}

/** The code by which an answer refuses the credentials; `undefined` for any other answer. */
function refusedBy(answer: Answer, { request, tooMany }: Asked): string | undefined {
  if (tooMany !== undefined || request.refuses === undefined) return undefined;
  try {
    return request.refuses(answer);
  } catch {
    // The reader of the answer reports what is wrong with it.
    return undefined;
  }
}

/**
 * Returns the answer, or the error that names who must act. A status that the caller accepts is always returned as an
 * answer. A 2xx with records and an error is returned with that `failure`.
 */
export function outcomeOf(answer: Answer, asked: Asked, options: HttpOptions): HttpResponse | Error {
  const { reported, request, tooMany } = asked;
  const { status } = answer;
  const isFine = status >= 200 && status < 300;
  const refused = refusedBy(answer, asked);
  const isGood = isFine && tooMany === undefined && reported === undefined && refused === undefined;
  if (isGood || request.accept?.includes(status) === true) return answer;
  const failure =
    refused === undefined ? failureOf(answer, asked, options) : refusal(answer, refused, asked, options);
  return isFine && reported?.isEmpty === false && failure instanceof UnavailableError
    ? { ...answer, failure }
    : failure;
}

/** The error for an answer that refuses the credentials. */
function refusal(answer: Answer, code: string, { doing }: Asked, options: HttpOptions): SettingError {
  const { credentials } = options.variables;
  return new SettingError(
    `${doing}: ${answer.status} ${options.secrets.mask(answer.reason)}: ${code}. Check ${credentials.join(', ')} and what it is allowed to do.`,
    { status: answer.status },
  );
}

/** The error for an answer. */
function failureOf(answer: Answer, { doing, reported, tooMany }: Asked, options: HttpOptions): Error {
  const { status } = answer;
  const reason = options.secrets.mask(answer.reason);
  const quoted = quoteOf(answer, reported, options);
  const said = `${doing}: ${status} ${reason}${quoted}`;
  if (tooMany !== undefined) {
    // Nobody has to act: neither the credential nor the request is wrong.
    const { retryAfterMs: ms } = tooMany;
    const at = ms === undefined ? '' : ` at ${new Date(options.clock.now().getTime() + ms).toISOString()}`;
    return new UnavailableError(
      `${said}. It is asked too often, which passes by itself. The next run goes on from here${at}.`,
      tooMany,
    );
  }
  const lacking = whatLacks(reported?.isDenied === true ? 401 : status, said, options);
  if (lacking !== undefined) return lacking;
  const retry = { retryAfterMs: retryAfterMs(answer.headers, options.clock.now()) };
  if (reported !== undefined) {
    return new UnavailableError(
      `${said}. A 2xx answer that reports an error does not end a read. The next run requests it again.`,
      retry,
    );
  }
  if (isTransientStatus(status)) {
    return new UnavailableError(`${said}. The next run goes on from here.`, retry);
  }
  if (status >= 300 && status < 400) {
    return new ContractError(
      `${doing}: ${status} redirects to another address, which is not followed, so that no credential is sent there. ` +
        `Set ${options.variables.address.join(', ')} to the address that answers without a redirect.`,
    );
  }
  return new ContractError(`${said}. The request is not what the vendor expects.`, { status });
}

/** The part of an answer that a message quotes. */
function quoteOf(answer: Answer, reported: ErrorInBody | undefined, { secrets }: HttpOptions): string {
  // The body of a 401 or 403 often repeats the credential: only its error code is quoted.
  if (answer.status === 401 || answer.status === 403) return refusalWord(answer).replace(/^./, ': $&');
  return excerpt(reported === undefined ? answer.body : Buffer.from(stringifyJson(reported.error)), secrets);
}

/** The error for 401 to 404, where a credential, permission, plan or path is wrong; `undefined` for any other status. */
function whatLacks(
  status: number,
  said: string,
  { needs, variables: { address, credentials } }: HttpOptions,
): Error | undefined {
  if (status === 401 || (status === 403 && needs === undefined)) {
    return new SettingError(`${said}. Check ${credentials.join(', ')} and what it is allowed to do.`, {
      status,
    });
  }
  if (status === 403) {
    return new SettingError(
      `${said}. Check ${credentials.join(', ')} and what it is allowed to do. It needs ${needs}.`,
      { status },
    );
  }
  if (status === 402) {
    return new SettingError(
      `${said}. The plan or the licence of ${credentials.join(', ')} does not include it.`,
      { status },
    );
  }
  if (status !== 404) return undefined;
  if (needs === undefined) {
    return new ContractError(
      `${said}. The vendor has nothing there for ${credentials.join(', ')}: ${address.join(', ')} or a name in the path may be wrong, ` +
        'or the plan, the licence or the rights do not include it, or the vendor has moved it.',
    );
  }
  return new SettingError(
    `${said}. Check ${[...address, ...credentials].join(', ')} and the names in its path: ` +
      `the vendor also answers like this without what the source needs, ${needs}.`,
    { status },
  );
}

/** The error for an attempt that the run's end cut off before its own time limit. */
export function runEndedBeforeAnswer(doing: string, now: Date): UnavailableError {
  return new UnavailableError(
    `${doing}: the run ended before the answer came. The next run goes on from here.`,
    {
      resumeAt: now,
    },
  );
}

/** The error for an answer that is larger than a run may hold. */
export function tooLarge(doing: string, maxBytes: number, cause: unknown): ContractError {
  return new ContractError(
    `${doing}: the answer is larger than ${maxBytes} bytes. Ask for smaller pages, or declare answer.maxBytes.`,
    { cause },
  );
}

/** The error for a failed attempt. Its cause has only the message: an axios error holds the request with its credentials. */
export function toNamedError(
  error: unknown,
  doing: string,
  timedOutMs: number | undefined,
  options: HttpOptions,
): Error {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  const cause = new Error(options.secrets.mask(message));
  if (timedOutMs !== undefined) {
    return new UnavailableError(
      `${doing}: no whole answer within ${timedOutMs} ms. The next run goes on from here.`,
      { cause },
    );
  }
  if (!isAxiosError(error)) return error as Error;
  if (message.startsWith('maxContentLength')) {
    return tooLarge(doing, options.maxBodyBytes ?? MAX_BODY_BYTES, cause);
  }
  return networkFailure({
    doing,
    code,
    message: cause.message,
    source: error.cause,
    tls: options.tls?.variables,
    address: options.variables.address,
  });
}
