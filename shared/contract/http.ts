import type { UnavailableError } from './errors';
import type { Json } from './json';

/** One request to a vendor or a sink. */
export interface HttpRequest {
  /**
   * The method. `accept` 404 and 410 for a DELETE: when the answer of a successful attempt was lost, many vendors answer the
   * repeated one with them.
   * @default 'GET'
   */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** An absolute address. Its origin must be in the connector's settings or its declaration. */
  readonly url: string;
  /** Added to the query that `url` already has; `undefined` members are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /**
   * Headers to send, each once, beside those of every request. A value has visible ASCII, blanks and tabs; encode anything
   * else as the vendor's documentation says. Headers of the connection, such as `content-length`, are set automatically.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. Set the content type in `headers`. */
  readonly body?: string | Uint8Array;
  /**
   * True when the request is idempotent and may be retried. RFC 9110, section 9.2.2, promises this for GET, PUT and DELETE
   * only. A vendor may promise it for a POST that only reads, or that has an idempotency key.
   * @default true for GET, PUT and DELETE, false for POST and PATCH
   */
  readonly repeatable?: boolean;
  /**
   * Returns what only one attempt may carry, such as a nonce or the time that its signature covers. Called for each attempt
   * right before it is sent, after any wait. `body` replaces that of the request, `headers` are added.
   */
  readonly perAttempt?: () => Promise<Pick<HttpRequest, 'body' | 'headers'>>;
  /** Statuses outside 2xx that are returned to the caller instead of thrown. */
  readonly accept?: readonly number[];
  /**
   * Checks a 2xx for the expected content, such as its list of records. Return true if it has it. If it does not, and its
   * body reports too many requests in words or by a code, it is handled as a 429; otherwise it is returned unchanged.
   * Return the error that the answer reports beside its list, if there is one. With an empty list that error is thrown as a
   * 429 or a 503 would be; with records it is the `failure` of the response. A declared source checks its `records`.
   * @default no check
   * @example (response) => Array.isArray(response.json()['items'])
   */
  readonly holds?: (response: HttpResponse) => boolean | ErrorInBody;
  /**
   * Returns the code by which an answer of any status refuses the credentials, such as `invalid_client` of a token endpoint. It
   * is then a `SettingError` that quotes the code. Return only codes of a fixed list: an answer may repeat a secret.
   * @default none: only 401 and 403 refuse them
   */
  readonly refuses?: (response: HttpResponse) => string | undefined;
  /**
   * True for a body of any size: the response of a 2xx comes with its headers, and `chunks` has the body. Retries end there.
   * `timeoutMs` of the source limits the wait for each chunk, `maxBytes` nothing.
   */
  readonly streamed?: true;
  /** Reads the body of a 2xx in a format other than JSON. Its result is `json()` of the response. @default JSON */
  readonly decode?: BodyDecoder;
}

/**
 * Makes a JSON value of a whole body.
 * @throws SyntaxError when the body is not whole, or of another format; its message says why, as in "its last line is cut off"
 */
export type BodyDecoder = (
  body: Uint8Array,
  about: {
    /** The answer's `Content-Type`; the empty string without one. */
    readonly contentType: string;
    /** The size limit of the body, which it must also keep after it is decompressed. */
    readonly maxBytes: number;
  },
) => Promise<Json>;

/** An error that a 2xx reports beside its list. */
export interface ErrorInBody {
  /** The error's text and codes. Messages quote 200 characters with secrets masked. */
  readonly error: Json;
  /** True when the list has no records. */
  readonly isEmpty: boolean;
  /** True if it means what 401 means: the credentials are wrong or may not do this. @default false */
  readonly isDenied?: boolean;
}

/** A complete response within the size limit. */
export interface HttpResponse {
  /** 200 to 299, or a status in `accept`. */
  readonly status: number;
  /** By lower-case name. The values of a repeated header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes, decompressed. Empty for a streamed 2xx. */
  readonly body: Uint8Array;
  /**
   * The body of a streamed 2xx, decompressed as its `Content-Encoding` says. To be read once, in one loop; leaving it ends the
   * connection. Throws UnavailableError when the body ends before it is whole.
   */
  readonly chunks?: AsyncIterable<Uint8Array>;
  /** The error beside its records that `holds` returned. Throw it once no more records can be read. */
  readonly failure?: UnavailableError;
  /**
   * The body as JSON, or what `decode` of the request made of it. Integers beyond 2^53 are `bigint`; other numbers that a double does not hold are text. A byte that is
   * not UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, and its record becomes a dead letter.
   * @throws ContractError when it is not JSON, or not in the format that `decode` reads
   */
  json(): Json;
}

/**
 * The only HTTP client. Retries transient failures, obeys `Retry-After`, follows no redirects and reaches declared origins
 * only.
 */
export interface Http {
  /**
   * Waits for a permit of the rate budget, sends the request, and retries it if it is repeatable.
   * @throws SettingError for 401 and 403, naming the settings of the credentials; and for a setting with a character that a header cannot hold
   * @throws UnavailableError for network failures, 408, 425, 429, 5xx and an error in a 2xx without records, once the retries or the run's time are used up
   * @throws ContractError for any other status outside 2xx, a redirect, an undeclared origin, a header that cannot be sent as it is given, an answer over the size limit
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}
