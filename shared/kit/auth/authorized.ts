import type { Auth, OAuth2 } from '../../contract/auth';
import type { PullContext, SettingValues } from '../../contract/connector';
import { ContractError, SettingError } from '../../contract/errors';
import type { Http, HttpRequest, HttpResponse } from '../../contract/http';
import type { SettingsIn } from '../rest/placeholder-types';
import { checkAuth } from './check-auth';
import { credentialOf, type Credential } from './credential';
import { readToken, tokenKey, tokenRequest } from './oauth2';
import { dropToken, takeToken, type NewToken, type TakenToken } from './tokens';

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
  if (auth.kind === 'oauth2') return withToken(context, auth);
  return {
    request: async (request) => http.request(sealed(request, credentialOf(auth, settings, request, now()))),
  };
}

/** Sends a token with each request, and once more with another when the vendor does not take it. */
function withToken(context: AuthContext, auth: OAuth2): Http {
  const { http, secret, settings, signal, startedAt, now = () => startedAt } = context;
  const key = tokenKey(auth, settings);
  const ask = async (): Promise<NewToken> =>
    readToken(auth, settings, await http.request(tokenRequest(auth, settings, { now, secret })));
  const take = async (refused?: string): Promise<TakenToken> => {
    const token = await takeToken(key, { ask, now, signal }, refused);
    secret(token.value);
    return token;
  };
  const send = async (request: HttpRequest, { value }: TakenToken): Promise<HttpResponse | SettingError> => {
    const headers = { authorization: `Bearer ${value}` };
    try {
      return await http.request(sealed(request, { headers }));
    } catch (error) {
      if (error instanceof SettingError && error.status === 401) return error;
      throw error;
    }
  };
  return {
    async request(request) {
      let token = await take();
      let answer = await send(request, token);
      // A token may end while a request waits for its turn. One that was just issued and lives is refused for another reason.
      const isEnded = !token.isFresh || now().getTime() >= token.endsMs;
      if (answer.status === 401 && isEnded) {
        token = await take(token.value);
        answer = await send(request, token);
      }
      if (answer.status === 401) dropToken(key, token.value);
      if (answer instanceof SettingError) throw answer;
      return answer;
    },
  };
}

/** The request with its credential. */
function sealed(request: HttpRequest, { headers = {}, query }: Credential): HttpRequest {
  const sent = new Set(Object.keys(request.headers ?? {}).map((name) => name.toLowerCase()));
  const twice = Object.keys(headers).find((name) => sent.has(name));
  if (twice !== undefined) {
    throw new ContractError(
      `building a request: auth gives the header ${twice}, which headers declares too. Send it once.`,
    );
  }
  return {
    ...request,
    headers: { ...request.headers, ...headers },
    ...(query === undefined ? {} : { query: { ...request.query, ...query } }),
  };
}
