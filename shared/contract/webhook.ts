/** Where a request carries something. Names of headers are written in lower case. */
export interface PostParameter {
  /** A header, or a parameter of the address. */
  readonly in: 'header' | 'query';
  /** Of a header in lower case. */
  readonly name: string;
}

/**
 * By a keyed hash of the body's bytes. Without a `timestamp` a post that someone recorded is as good later: its id must
 * tell it apart. @see https://www.rfc-editor.org/rfc/rfc2104
 */
export interface HmacVerification<Name extends string = string> {
  /** A keyed hash. */
  readonly kind: 'hmac';
  /** The hash function. */
  readonly hash: 'sha1' | 'sha256';
  /** Secret settings of the source; any that is set may have signed, so that one can be replaced by the next. */
  readonly secrets: readonly Name[];
  /** The header that holds the signature. */
  readonly header: string;
  /** What stands before the signature in its header. @example 'sha256=' */
  readonly prefix?: string;
  /** How the signature is written. @default 'hex' */
  readonly encoding?: 'hex' | 'base64';
  /** What is signed: `{body}` stands for the body's bytes, `{timestamp}` for the text of its header. @default '{body}' */
  readonly signs?: string;
  /** The header that says when it was signed, in epoch seconds, and how far from now that may be, either way. */
  readonly timestamp?: { readonly header: string; readonly windowMs: number };
}

/** By a secret that the post carries as it is. */
export interface TokenVerification<Name extends string = string> extends PostParameter {
  /** The secret itself. */
  readonly kind: 'token';
  /** Secret settings of the source; any that is set is taken. */
  readonly secrets: readonly Name[];
  /** What stands before the token. @example 'Bearer ' */
  readonly prefix?: string;
}

/** By a name and a password. @see https://www.rfc-editor.org/rfc/rfc7617 */
export interface BasicVerification<Name extends string = string> {
  /** `Authorization: Basic …`. */
  readonly kind: 'basic';
  /** The setting that holds the name. */
  readonly user: Name;
  /** Secret settings of the source that may be the password; any that is set is taken. */
  readonly secrets: readonly Name[];
}

/** By a key of the function app, which Azure Functions itself asks for: for vendors that sign nothing. */
export interface FunctionKeyVerification {
  /** A key in the header `x-functions-key` or the parameter `code`. */
  readonly kind: 'function-key';
}

/** How a post shows that it is the vendor's. Settings are named, never given: they are the source's own. */
export type Verification<Name extends string = string> =
  HmacVerification<Name> | TokenVerification<Name> | BasicVerification<Name> | FunctionKeyVerification;

/** A post that asks for an answer in place of bringing records: how a vendor makes sure of an address. Verified like any other. */
export interface Challenge {
  /** A body is one where this text stands at this path. */
  readonly when: { readonly from: string; readonly is: string };
  /** Where the text stands that is to be answered. */
  readonly text: string;
  /** The members of the JSON answer: that text, or its HMAC-SHA256 in hex under the secret that verified the post. */
  readonly answer: Readonly<Record<string, 'text' | 'hmac-sha256'>>;
}

/** What a vendor posts to us, and how we know that it is the vendor. */
export interface Receive<Name extends string = string> {
  /** Looked at before anything of the body is read. */
  readonly verify: Verification<Name>;
  /** Posts that only want an answer; they are kept nowhere. */
  readonly challenge?: Challenge;
  /** Headers that say something of the records: each record has them as members of `@headers`, by lower-case name. */
  readonly headers?: readonly string[];
  /** The field of an HTML form that holds the JSON, where a post may be one: `payload`. */
  readonly form?: string;
}

/** The member of a received record that holds the headers that its source names. */
export const HEADERS_MEMBER = '@headers';
/** The path of the time of receipt, ISO 8601 in UTC: for records without a time of their own. */
export const RECEIVED_AT = '@received';
