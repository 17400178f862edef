import type { Auth } from '../../contract/auth';
import type { PullContext, SettingValues } from '../../contract/connector';
import { ContractError, SettingError, UnavailableError } from '../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../contract/http';
import type { SettingsIn } from '../rest/placeholder-types';
import { checkAuth } from './check-auth';
import { credentialOf, type Credential } from './credential';
import { asksForToken, tokenSourceOf, type TokenSource } from './token-source';
import { withDigest } from './with-digest';
import { dropToken, takeToken, useToken, type NewToken, type TakenToken } from './tokens';

/** The part of a pull's context that a credential needs. */
export type AuthContext<S extends SettingValues = SettingValues> = Pick<
  PullContext,
  'http' | 'now' | 'secret' | 'signal' | 'startedAt'
> & { readonly settings: S };

/** An error for the compiler where a text names a setting that the context does not have. */
type Known<Text extends string, S> = [SettingsIn<Text>] extends [keyof S]
  ? unknown
  : { readonly noSuchSetting: Exclude<SettingsIn<Text>, keyof S> };

/**
 * An HTTP client whose requests carry a credential, for a pull in code. `rest()` takes the same declaration as its `auth`.
 * Ask for it once in each pull. Everything that `http` promises stays as it is.
 * @example const http = authorized(context, { kind: 'bearer', setting: 'token' })
 * @throws ContractError when the declaration cannot work; the message names the member
 */
export function authorized<S extends SettingValues, Text extends string>(
  context: AuthContext<S>,
  auth: Auth<NoInfer<keyof S & string>, Text> & Known<Text, S>,
): Http {
  checkAuth(auth);
  return withCredential(context, auth);
}

/** The same without the checks, which a declaration of `rest()` passes when it is loaded. */
export function withCredential(context: AuthContext, auth: Auth | undefined): Http {
  const { http, settings, startedAt, now = () => startedAt } = context;
  if (auth === undefined) return http;
  if (auth.kind === 'digest') return withDigest(http, auth, settings);
  if (asksForToken(auth)) return withToken(context, tokenSourceOf(auth, settings));
  return {
    request: async (request) => http.request(sealed(request, credentialOf(auth, settings, request, now()))),
  };
}

/**
 * The pages of a read. A session with a `logout` is ended behind the last of the reads that use it at a time, unless the run was
 * cut off: then the vendor ends it.
 */
export function inSession<T>(
  context: AuthContext,
  auth: Auth | undefined,
  pages: AsyncIterable<T>,
): AsyncIterable<T> {
  if (auth?.kind !== 'session' || auth.logout === undefined) return pages;
  return endedBehind(pages, context, tokenSourceOf(auth, context.settings));
}

async function* endedBehind<T>(
  pages: AsyncIterable<T>,
  { http, secret, signal }: AuthContext,
  source: TokenSource,
): AsyncGenerator<T> {
  const leave = useToken(source.key);
  try {
    yield* pages;
  } finally {
    const last = leave();
    if (last !== undefined && !signal.aborted) await endToken(http, source, secret(last));
  }
}

/** Ends a token at the vendor. A failure costs nothing: the vendor ends it later by itself. */
async function endToken(http: Http, source: TokenSource, value: string): Promise<void> {
  const request = source.end(value);
  if (request !== undefined) await http.request(request).catch(() => undefined);
}

/** How often a token is renewed for one request, where one after the other ends before its turn. */
const MOST_RENEWALS = 4;

/** Sends a token with each request, and once more with another where it ended or the vendor ended it. */
function withToken(context: AuthContext, source: TokenSource): Http {
  const { http, secret, signal, startedAt, now = () => startedAt } = context;
  const { key } = source;
  const ask = async (old?: string): Promise<NewToken> => {
    if (old !== undefined) await endToken(http, source, old);
    return source.read(await http.request(source.request({ now, secret })));
  };
  const take = async (refused?: string): Promise<TakenToken> => {
    const token = await takeToken(key, { ask, now, signal }, refused);
    secret(token.value);
    return token;
  };
  const send = async (request: HttpRequest, { value }: TakenToken): Promise<HttpResponse | SettingError> => {
    try {
      return await http.request(sealed(request, source.credential(value)));
    } catch (error) {
      if (error instanceof SettingError && error.status === 401) return error;
      throw error;
    }
  };
  return {
    async request(request) {
      let token = await take();
      let answer = await send(request, token);
      for (let renewed = 0; answer.status === 401; renewed++) {
        // A token may end while a request waits for its turn. One that was just issued and lives is refused for another reason.
        const hasEnded = now().getTime() >= token.endsMs;
        if (!hasEnded && (token.isFresh || renewed > 0)) break;
        if (renewed === MOST_RENEWALS) throw endedInWaiting(request);
        token = await take(token.value);
        answer = await send(request, token);
      }
      if (answer.status === 401) dropToken(key, token.value);
      if (answer instanceof SettingError) throw answer;
      return answer;
    },
  };
}

function endedInWaiting({ url }: HttpRequest): UnavailableError {
  const { origin, pathname } = new URL(url);
  return new UnavailableError(
    `requesting ${origin}${pathname}: each of ${MOST_RENEWALS + 1} tokens expired while the request waited for a permit. The next run goes on. If it stays so, ask the vendor for tokens that live longer, or for a larger limit.`,
  );
}

/** The request with its credential. */
function sealed(request: HttpRequest, { headers = {}, query }: Credential): HttpRequest {
  const sent = new Set(Object.keys(request.headers ?? {}).map((name) => name.toLowerCase()));
  const twice = Object.keys(headers).find((name) => sent.has(name));
  if (twice !== undefined) {
    throw new ContractError(
      `building a request: auth sets the header ${twice}, and headers declares it too. Send it once.`,
    );
  }
  return {
    ...request,
    headers: { ...request.headers, ...headers },
    ...(query === undefined ? {} : { query: { ...request.query, ...query } }),
  };
}
