/** A header or a query parameter of a request. */
export interface PostParameter {
  /** Where it is. */
  readonly in: 'header' | 'query';
  /** Its name; in lower case for a header. */
  readonly name: string;
}

/**
 * Verification by an HMAC of the body's bytes. Without a `timestamp` a recorded post stays valid, so that only the ids of
 * its records reveal a replay. @see https://www.rfc-editor.org/rfc/rfc2104
 */
export interface HmacVerification<Name extends string = string> {
  /** A keyed hash. */
  readonly kind: 'hmac';
  /** The hash function. */
  readonly hash: 'sha1' | 'sha256';
  /** Secret settings of the source. A signature by any of them is valid, so that a secret can be rotated. */
  readonly secrets: readonly Name[];
  /** The header that holds the signature. */
  readonly header: string;
  /** The text before the signature in the header. @example 'sha256=' */
  readonly prefix?: string;
  /** The encoding of the signature. @default 'hex' */
  readonly encoding?: 'hex' | 'base64';
  /** The signed text: `{body}` stands for the body's bytes, `{timestamp}` for the value of its header. @default '{body}' */
  readonly signs?: string;
  /** The header with the time of signing in epoch seconds, and its greatest difference from now, in either direction. */
  readonly timestamp?: { readonly header: string; readonly windowMs: number };
}

/** Verification by a secret token in the post. */
export interface TokenVerification<Name extends string = string> extends PostParameter {
  /** The post contains the secret itself. */
  readonly kind: 'token';
  /** Secret settings of the source. Any of them is valid. */
  readonly secrets: readonly Name[];
  /** The text before the token. @example 'Bearer ' */
  readonly prefix?: string;
}

/** Verification by user name and password. @see https://www.rfc-editor.org/rfc/rfc7617 */
export interface BasicVerification<Name extends string = string> {
  /** `Authorization: Basic …`. */
  readonly kind: 'basic';
  /** The setting with the user name. */
  readonly user: Name;
  /** Secret settings of the source with the password. Any of them is valid. */
  readonly secrets: readonly Name[];
}

/** Verification by a function key, which Azure Functions itself checks. For vendors that do not sign. */
export interface FunctionKeyVerification {
  /** A key in the header `x-functions-key` or the parameter `code`. */
  readonly kind: 'function-key';
}

/** How the vendor's posts are verified. Names settings of the source, never their values. */
export type Verification<Name extends string = string> =
  HmacVerification<Name> | TokenVerification<Name> | BasicVerification<Name> | FunctionKeyVerification;

/** A post without records by which a vendor checks the address and expects an answer. Verified like any other post. */
export interface Challenge {
  /** Recognizes a challenge: this text at this path of the body. */
  readonly when: { readonly from: string; readonly is: string };
  /** The path to the text to answer with. */
  readonly text: string;
  /** The members of the JSON answer: the text, or its HMAC-SHA256 in hex under the secret that verified the post. */
  readonly answer: Readonly<Record<string, 'text' | 'hmac-sha256'>>;
}

/** How a webhook's posts are verified and read. */
export interface Receive<Name extends string = string> {
  /** The verification. It happens before the body is parsed. */
  readonly verify: Verification<Name>;
  /** Posts that only expect an answer. They are not stored. */
  readonly challenge?: Challenge;
  /** Headers to keep with the records. Each record has them in `@headers`, by lower-case name. */
  readonly headers?: readonly string[];
  /** The form field with the JSON, for posts of an HTML form: `payload`. */
  readonly form?: string;
}

/** The member of a webhook record with the headers that its source keeps. */
export const HEADERS_MEMBER = '@headers';
/** The path to the time of receipt (ISO 8601, UTC), for records without an event time. */
export const RECEIVED_AT = '@received';
