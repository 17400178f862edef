import { createHash } from 'node:crypto';
import type { Auth } from '../../contract/auth';
import type { SettingValues } from '../../contract/connector';
import { SettingError } from '../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../contract/http';
import { AccountMap } from './account-map';
import { answerChallenge, readChallenge, type Challenge } from './digest';
import { addressSent, filled } from './credential';

/** The last challenge of each account. A nonce in use saves the request that asks for one. */
const kept = new AccountMap<Challenge>();

/** An answer or a refusal of an attempt, and the challenge in it. */
interface Outcome {
  readonly answer: HttpResponse | SettingError;
  readonly next: Challenge | undefined;
}

/** An HTTP client that answers the vendor's challenge. The first request of a process is sent twice: without a credential first. */
export function withDigest(
  http: Http,
  auth: Extract<Auth, { readonly kind: 'digest' }>,
  settings: SettingValues,
): Http {
  const user = filled(auth.user, settings, 'auth.user');
  const password = filled(auth.password ?? '', settings, 'auth.password');
  return {
    async request(request) {
      const key = keyOf([new URL(request.url).origin, user, password]);
      const send = (challenge: Challenge | undefined): Promise<Outcome> =>
        sendOnce(http, challenge === undefined ? request : challenged(request, challenge, user, password));
      let outcome = await send(kept.get(key));
      // A kept nonce may have ended, and a new one while the request waited for its turn.
      for (let tries = 0; tries < 2; tries++) {
        const { next } = outcome;
        if (next === undefined || (tries > 0 && !next.isStale)) break;
        kept.set(key, next);
        outcome = await send(next);
      }
      const { answer } = outcome;
      if (answer.status === 401) kept.delete(key);
      if (answer instanceof SettingError) throw answer;
      return answer;
    },
  };
}

async function sendOnce(http: Http, request: HttpRequest): Promise<Outcome> {
  const found: { next?: Challenge | undefined } = {};
  const look = ({ headers, status }: HttpResponse): void => {
    if (status === 401) found.next = readChallenge(headers['www-authenticate'] ?? '');
  };
  const refuses = (response: HttpResponse): string | undefined => {
    look(response);
    return request.refuses?.(response);
  };
  try {
    const answer = await http.request({ ...request, refuses });
    look(answer);
    return { answer, next: found.next };
  } catch (error) {
    if (error instanceof SettingError && error.status === 401) return { answer: error, next: found.next };
    throw error;
  }
}

/** The request with the answer to a challenge. Each attempt counts the nonce on. */
function challenged(request: HttpRequest, challenge: Challenge, user: string, password: string): HttpRequest {
  const { pathname, search } = addressSent(request);
  const of = { method: request.method ?? 'GET', uri: pathname + search };
  const perAttempt = async (): Promise<Pick<HttpRequest, 'body' | 'headers'>> => {
    const own = await request.perAttempt?.();
    const authorization = answerChallenge(challenge, of, user, password);
    return { ...own, headers: { ...own?.headers, authorization } };
  };
  return { ...request, perAttempt };
}

/** Holds no value: only a hash. */
function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Drops every challenge: for tests, where one process plays many. */
export function dropChallenges(): void {
  kept.clear();
}
