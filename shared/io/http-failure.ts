import { isAxiosError } from 'axios';
import { ContractError, SettingError, UnavailableError } from '../contract/errors';
import type { HttpRequest, HttpResponse } from '../contract/http';
import { readRateHeaders } from '../kit/rate-headers';
import { excerpt, type Answer } from './http-answer';
import { ATTEMPT_TIMEOUT_MS, MAX_BODY_BYTES, type HttpOptions } from './http-options';
import { maskSecrets } from './log';
import { networkFailure } from './network-failure';
import { retryAfterMs } from './retry-after';

const TRANSIENT_STATUS = new Set([408, 425, 429]);

/** True when an answer says that a rate limit is used up: some vendors say so with 403. */
export function isUsedUp({ status, headers }: Answer): boolean {
  if (status === 429) return true;
  return (
    status === 403 &&
    (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining']?.trim() === '0')
  );
}

/** How long the vendor wants to be left alone: as it says, or until a limit of which nothing is left is full again. */
function waitOf(answer: Answer, now: Date): number | undefined {
  const asked = retryAfterMs(answer.headers, now);
  if (asked !== undefined || !isUsedUp(answer)) return asked;
  const resets = readRateHeaders(answer.headers, now).filter(({ remaining }) => remaining === 0);
  return resets.length === 0 ? undefined : Math.max(...resets.map(({ resetMs }) => resetMs));
}

/** What an answer's status means, and who must act. */
export function judge(
  answer: Answer,
  request: HttpRequest,
  doing: string,
  options: HttpOptions,
): HttpResponse | Error {
  const { status } = answer;
  if ((status >= 200 && status < 300) || request.accept?.includes(status) === true) return answer;
  const said = maskSecrets(answer.reason, options.secrets);
  const told = `${doing}: ${status} ${said}${excerpt(answer.body, options.secrets)}`;
  if (status === 401 || (status === 403 && !isUsedUp(answer))) {
    return new SettingError(
      `${told}. Check ${options.variables.credentials.join(', ')} and what it is allowed to do.`,
    );
  }
  if (TRANSIENT_STATUS.has(status) || status === 403 || status >= 500) {
    const wait = waitOf(answer, options.clock.now());
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
  });
}
