/**
 * How a request authenticates. A `Name` is a setting's name, a `Text` may hold settings as `{name}`; values never stand here.
 */
export type Auth<Name extends string = string, Text extends string = string> =
  /** `Authorization: Bearer <setting>` @see RFC 6750 */
  | { readonly kind: 'bearer'; readonly setting: Name }
  /** `<header>: <prefix><setting>` */
  | { readonly kind: 'header'; readonly header: string; readonly prefix?: string; readonly setting: Name }
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
  /** By headers computed from each request. None of them may be in `headers`. The folder’s `simulator.ts` checks them. */
  | { readonly kind: 'signature'; readonly settings: readonly Name[]; readonly sign: SignRequest };

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
