import { isAxiosError } from 'axios';
import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import type { HttpRequest, HttpResponse } from '../contract/http';
import type { LimitMet } from '../kit/limit-met';
import { excerpt, type Answer } from './http-answer';
import { ATTEMPT_TIMEOUT_MS, MAX_BODY_BYTES, type HttpOptions } from './http-options';
import { maskSecrets } from './log';
import { networkFailure } from './network-failure';
import { retryAfterMs } from '../kit/retry-after';

const TRANSIENT_STATUS = new Set([408, 425]);

/**
 * What an answer means, and who must act.
 * @param limit how the answer says that its vendor is asked too often, where it does; a caller that reads the status itself is given it all the same
 */
export function judge(
  answer: Answer,
  { doing, limit, request }: { doing: string; limit: LimitMet | undefined; request: HttpRequest },
  options: HttpOptions,
): HttpResponse | Error {
  const { status } = answer;
  const isFine = status >= 200 && status < 300;
  if ((isFine && limit === undefined) || request.accept?.includes(status) === true) return answer;
  const said = maskSecrets(answer.reason, options.secrets);
  const told = `${doing}: ${status} ${said}${excerpt(answer.body, options.secrets)}`;
  if (limit !== undefined) {
    // Nobody has to act: neither the credential nor the request is wrong.
    const goesOn = `from here${atTime(limit, options.clock.now())}`;
    return new UnavailableError(
      `${told}. It is asked too often, which passes by itself. The next run goes on ${goesOn}.`,
      {
        retryAfterMs: limit.waitMs,
      },
    );
  }
  if (status === 401 || status === 403) {
    return new SettingError(
      `${told}. Check ${options.variables.credentials.join(', ')} and what it is allowed to do.`,
    );
  }
  if (TRANSIENT_STATUS.has(status) || status >= 500) {
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

function atTime({ waitMs }: LimitMet, now: Date): string {
  return waitMs === undefined ? '' : ` at ${new Date(now.getTime() + waitMs).toISOString()}`;
}

/** Its cause has no more than the words: an error of axios holds the request with its credentials. */
export function translate(error: unknown, doing: string, timedOut: boolean, options: HttpOptions): Error {
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
    address: options.variables.address,
  });
}
