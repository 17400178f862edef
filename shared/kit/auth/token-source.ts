import { createHash } from 'node:crypto';
import type { Auth } from '../../contract/auth';
import type { SettingValues } from '../../contract/connector';
import type { HttpRequest, HttpResponse } from '../../contract/http';
import type { AskingRun } from './assertion';
import { settingsOfAuth } from './auth-settings';
import { settingOf, type Credential } from './credential';
import { readToken, tokenRequest } from './oauth2';
import { loginRequest, logoutRequest, readSession, sessionCredential } from './session';
import type { NewToken } from './tokens';

/** A declaration whose credential a request gives. */
export type TokenAuth = Extract<Auth, { readonly kind: 'oauth2' | 'session' }>;

/** How a token is asked for, sent and ended. */
export interface TokenSource {
  /** Names the account and how its token is asked for. Holds no value: only a hash. */
  readonly key: string;
  request(run: AskingRun): HttpRequest;
  /** @throws ContractError when the answer has no token */
  read(response: HttpResponse): NewToken;
  credential(value: string): Credential;
  /** The request that ends a token; `undefined` for one that ends by itself. */
  end(value: string): HttpRequest | undefined;
}

export function asksForToken(auth: Auth): auth is TokenAuth {
  return auth.kind === 'oauth2' || auth.kind === 'session';
}

export function tokenSourceOf(auth: TokenAuth, settings: SettingValues): TokenSource {
  const key = tokenKey(auth, settings);
  if (auth.kind === 'oauth2') {
    return {
      key,
      request: (run) => tokenRequest(auth, settings, run),
      read: (response) => readToken(auth, settings, response),
      credential: (value) => ({ headers: { authorization: `Bearer ${value}` } }),
      end: () => undefined,
    };
  }
  return {
    key,
    request: () => loginRequest(auth, settings),
    read: (response) => readSession(auth, response),
    credential: (value) => sessionCredential(auth, value),
    end: (value) => logoutRequest(auth, settings, value),
  };
}

function tokenKey(auth: TokenAuth, settings: SettingValues): string {
  const values = settingsOfAuth(auth).map((name) => [name, settingOf(settings, name, 'auth')]);
  return createHash('sha256')
    .update(JSON.stringify([auth, values]))
    .digest('hex');
}
