/**
 * How a request authenticates. A `Name` is a setting's name, a `Text` may hold settings as `{name}`; values never stand here.
 */
export type Auth<Name extends string = string, Text extends string = string> =
  /** `Authorization: Bearer <setting>` @see RFC 6750 */
  | { readonly kind: 'bearer'; readonly setting: Name }
  /**
   * `<header>: <prefix><setting>`. A vendor that takes a pair of keys has the first one in the prefix.
   * @example { kind: 'header', header: 'X-ApiKeys', prefix: 'accessKey={accessKey};secretKey=', setting: 'secretKey' }
   */
  | { readonly kind: 'header'; readonly header: string; readonly prefix?: Text; readonly setting: Name }
  /** The query parameter `<name>=<setting>`, added to every address, next links too. */
  | { readonly kind: 'query'; readonly name: string; readonly setting: Name }
  /**
   * `Authorization: Basic <user:password>`, in UTF-8. A vendor that takes its key as the user, or a fixed word as one of
   * both, is declared so: `user: '{key}'`, `password: 'X'`.
   * @example { kind: 'basic', user: '{email}/token', password: '{apiToken}' }
   * @see RFC 7617
   */
  | {
      readonly kind: 'basic';
      readonly user: Text;
      /** @default the empty text */
      readonly password?: Text;
    }
  /**
   * HTTP Digest with `qop=auth`, by MD5 or SHA-256. The first request of a process is sent without a credential, to be told the
   * nonce; a nonce that has ended is replaced once. A refused user or password is a `SettingError`.
   * @see RFC 7616
   */
  | {
      readonly kind: 'digest';
      readonly user: Text;
      /** @default the empty text */
      readonly password?: Text;
    }
  /** A bearer token of an OAuth 2.0 token endpoint. */
  | OAuth2<Name, Text>
  /** A session that a login begins. */
  | Session<Name, Text>
  /** By headers computed from each request. None of them may be in `headers`. The folder’s `simulator.ts` checks them. */
  | { readonly kind: 'signature'; readonly settings: readonly Name[]; readonly sign: SignRequest };

/**
 * `Authorization: Bearer <token>`, with a token that an OAuth 2.0 token endpoint gives.
 *
 * A token is asked for once in a process, however many runs use it at a time. It is kept in memory only, masked in everything
 * that is written, renewed in the last fifth of its life (the last minute of a long one), and renewed once when the vendor
 * answers 401. It lives as long as `expires_in` of the answer says, else as `exp` of a token that is a JWT, else `lifetimeMs`.
 *
 * Errors: a refused client, grant or scope is a `SettingError`, as is a second 401; an endpoint that answers 429 or 5xx is
 * unavailable, as any other.
 * @example a vendor with a grant of its own: parameters: { grant_type: 'account_credentials', account_id: '{accountId}' }
 * @see RFC 6749, RFC 6750
 */
export interface OAuth2<Name extends string = string, Text extends string = string> {
  /** OAuth 2.0. */
  readonly kind: 'oauth2';
  /** The token endpoint. */
  readonly token: TokenEndpoint<Name, Text>;
  /** How the client authenticates to the token endpoint. Absent for an endpoint that knows no client. */
  readonly client?: OAuthClient<Name, Text>;
  /** What the token is given for. @default { kind: 'client_credentials' } */
  readonly grant?: OAuthGrant<Name, Text>;
  /** Scopes, separated by blanks. */
  readonly scope?: Text;
  /** The API that the token is for, as the vendor names it. */
  readonly audience?: Text;
  /** Further parameters of the token request. One of the same name replaces a parameter that is sent by itself. */
  readonly parameters?: Readonly<Record<string, Text>>;
  /** How long a token lives whose answer does not say it; milliseconds, at least 1,000. @default 300,000 */
  readonly lifetimeMs?: number;
}

/**
 * A session: a login gives a token, which every request carries.
 *
 * There is one session per account and process, in memory only and masked in everything that is written. It is renewed once
 * when the vendor answers 401, or before a declared lifetime ends. With `logout` it is ended when it is replaced, and behind
 * the last read of a declared source that uses it: a run that reads several windows, or several partitions, one after the other
 * begins one for each. A pull in code keeps its session for the next run.
 *
 * Errors: a login that is refused with 401 or 403 is a `SettingError`, as is a second 401.
 */
export interface Session<Name extends string = string, Text extends string = string> {
  /** A session. */
  readonly kind: 'session';
  /** What begins it. */
  readonly login: SessionLogin<Name, Text>;
  /** Where the answer of the login has the token: a path of its JSON, a header or a cookie. */
  readonly token: { readonly from: string } | { readonly header: string } | { readonly cookie: string };
  /** What each request carries it in: `<name>: <prefix><token>`, or the cookie `<name>=<token>`. */
  readonly send:
    | { readonly in: 'header'; readonly name: string; readonly prefix?: string }
    | { readonly in: 'cookie'; readonly name: string };
  /** How long a session lives, in milliseconds, at least 1,000. @default until the vendor answers 401, a day at most */
  readonly lifetimeMs?: number;
  /** What ends it, below the base address of the login. The request carries the token. */
  readonly logout?: {
    /** Its method. @default 'POST' */
    readonly method?: 'DELETE' | 'GET' | 'POST';
    /** @example '/api/logout' */
    readonly path: Text;
  };
}

/** The request that begins a session: its parameters in the body, or HTTP Basic, or both. */
export interface SessionLogin<Name extends string = string, Text extends string = string> {
  /** The url setting that holds its base address. @default 'url' */
  readonly base?: Name;
  /** Below that address. @example '/api/login' */
  readonly path: Text;
  /** Its method. A GET has no parameters. @default 'POST' */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** The user, the password and what else the vendor asks for, by name. */
  readonly parameters?: Readonly<Record<string, Text>>;
  /** How the parameters are written. @default 'json' */
  readonly body?: 'form' | 'json';
  /** HTTP Basic. */
  readonly basic?: { readonly user: Text; readonly password?: Text };
}

/** The address of a token endpoint, and the form of its body. */
export interface TokenEndpoint<Name extends string = string, Text extends string = string> {
  /** The url setting that holds its base address. @default 'url' */
  readonly base?: Name;
  /** Below that address. @example '/oauth/token' */
  readonly path: Text;
  /** RFC 6749 has a form; some vendors take JSON instead. @default 'form' */
  readonly body?: 'form' | 'json';
}

/** A client, and how it proves who it is. */
export type OAuthClient<Name extends string = string, Text extends string = string> =
  /**
   * By a secret. `body`: as `client_id` and `client_secret` · `header`: by HTTP Basic, both form-encoded first. See the
   * vendor’s documentation: it rarely takes both. @see RFC 6749, section 2.3.1
   */
  | { readonly id: Text; readonly secret: Name; readonly in: 'body' | 'header' }
  /**
   * By a JWT that its private key signs, in `client_assertion`: `private_key_jwt`. Its claims are `iss` and `sub`, the id;
   * `aud`; `iat`, `exp` and `jti`. @see RFC 7523, section 2.2; OpenID Connect Core 1.0, section 9
   */
  | {
      readonly id: Text;
      readonly key: SigningKey<Name, Text>;
      readonly in: 'assertion';
      /** Its `aud`. @default the address of the token endpoint */
      readonly audience?: Text;
    };

/**
 * A private key that signs JWTs, for a minute each. The algorithm follows from the key: RS256 for RSA of 2,048 bits or more, ES256
 * for the curve P-256. @see RFC 7518, section 3.1
 */
export interface SigningKey<Name extends string = string, Text extends string = string> {
  /**
   * A secret setting that holds the key in PEM, not encrypted. Its line ends may be lost, or be written as `\n`: a portal or a
   * shell may have done that.
   */
  readonly setting: Name;
  /** The `kid` of the header, for a vendor that knows several keys. */
  readonly id?: Text;
}

/** What a token is given for. */
export type OAuthGrant<Name extends string = string, Text extends string = string> =
  /** The client itself. @see RFC 6749, section 4.4 */
  | { readonly kind: 'client_credentials' }
  /** A user’s name and password, for a vendor that has nothing better. @see RFC 6749, section 4.3 */
  | { readonly kind: 'password'; readonly user: Text; readonly password: Name }
  /**
   * A refresh token in a secret setting. Nothing that the vendor gives is stored, so that a vendor that replaces the refresh
   * token at each use would refuse it after a restart. A new refresh token in an answer is therefore a `SettingError`, unless
   * the declaration says that the vendor does not revoke the old one: `oldStaysValid`.
   * @see RFC 6749, section 6
   * @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens (does not revoke old ones)
   */
  | { readonly kind: 'refresh_token'; readonly setting: Name; readonly oldStaysValid?: true }
  /**
   * A JWT that a private key signs. `claims` has `iss`, and what else the vendor asks for, such as `sub`; `aud` is the address of
   * the token endpoint unless it says otherwise. `iat`, `exp` (a minute later: Box takes no longer one) and `jti` are set for each
   * attempt.
   * @see RFC 7523, section 2.1
   * @see https://developer.box.com/guides/authentication/jwt/without-sdk/
   */
  | {
      readonly kind: 'jwt_bearer';
      readonly key: SigningKey<Name, Text>;
      readonly claims: Readonly<Record<string, Text>> & { readonly iss: Text };
    }
  /**
   * A service account of Google, by the JSON key in a secret setting, on behalf of `user` where the account has domain-wide
   * delegation. The scope is sent as a claim.
   * @see https://developers.google.com/identity/protocols/oauth2/service-account
   */
  | { readonly kind: 'service_account'; readonly setting: Name; readonly user?: Text };

/** The request as it will be sent: the input of a signature. */
export interface UnsignedRequest {
  /** In upper case. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the port, unless it is the default one. */
  readonly host: string;
  /** Encoded as sent. */
  readonly path: string;
  /** Name and value of each query parameter, not encoded. */
  readonly query: readonly (readonly [string, string])[];
  /** The empty string when there is none. */
  readonly body: string;
  /** The time of the request. A retry sends the headers of the first attempt. */
  readonly at: Date;
}

/** Returns the headers that sign a request, from the values of the named settings. Pure. */
export type SignRequest = (
  request: UnsignedRequest,
  settings: Readonly<Record<string, string>>,
) => Readonly<Record<string, string>>;
