import type { Auth } from '../../contract/auth';
import type { PullContext, SettingValues } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { Http, HttpRequest } from '../../contract/http';
import type { SettingsIn } from '../rest/placeholder-types';
import { checkAuth } from './check-auth';
import { credentialOf, type Credential } from './credential';

/** The part of a pull's context that a credential needs. */
export type AuthContext<S extends SettingValues = SettingValues> = Pick<
  PullContext,
  'http' | 'now' | 'startedAt'
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
  return {
    request: async (request) => http.request(sealed(request, credentialOf(auth, settings, request, now()))),
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
