import type { UnavailableError } from './errors';
import type { Json } from './json';

/** One request to a vendor or a sink. */
export interface HttpRequest {
  /**
   * What is done. Many vendors answer a DELETE whose first attempt had worked with 404 or 410: `accept` them, because its
   * answer may have been lost and the request repeated.
   * @default 'GET'
   */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute; its origin must be one that the connector's settings or its declaration name. */
  readonly url: string;
  /** Added to the query that `url` already has; `undefined` members are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /**
   * Beside those that every request has, each once. A value is visible ASCII with blanks and tabs between; what else the
   * vendor wants in one is encoded as it says. What belongs to the connection, such as `content-length`, is sent by itself.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. Set the content type in `headers`. */
  readonly body?: string | Uint8Array;
  /**
   * True when asking twice has the effect of asking once, so that it may be retried. RFC 9110, section 9.2.2, says so of
   * GET, PUT and DELETE alone; a vendor may say it of a POST that only asks, or that has an idempotency key.
   * @default true for GET, PUT and DELETE, false for POST and PATCH
   */
  readonly repeatable?: boolean;
  /** Statuses beside 2xx that the caller reads itself instead of having them thrown. */
  readonly accept?: readonly number[];
  /**
   * True for an answer of 2xx that holds what was asked for, such as its list of records. One that does not, and whose body
   * says in words or by a code that its caller asks too often, means what a 429 with that body means; any other is
   * given back as it is. It may also return the error that the answer tells beside its list. With an empty list, that
   * error is thrown as a 429 or a 503 is; with records, it is the `failure` of the response. A declared source has it by its `records`.
   * @default no answer of 2xx is looked at so
   * @example (response) => Array.isArray(response.json()['items'])
   */
  readonly holds?: (response: HttpResponse) => boolean | ErrorInBody;
}

/** What an answer of 2xx says went wrong, beside the list that was asked for. */
export interface ErrorInBody {
  /** Its words and codes. Messages quote 200 characters, every secret masked. */
  readonly error: Json;
  /** True where the list has no records. */
  readonly isEmpty: boolean;
}

/** An answer that was read whole, within the size limit. */
export interface HttpResponse {
  /** 200 to 299, or one that was accepted. */
  readonly status: number;
  /** Names in lower case; a repeated header joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its bytes, unpacked where it was sent packed. */
  readonly body: Uint8Array;
  /** The error that the answer tells beside its records, as `holds` found it: what to throw where nothing more is to be read. */
  readonly failure?: UnavailableError;
  /**
   * The body as JSON, integers beyond 2^53 as `bigint`, other numbers that a double does not hold as text. A byte that is
   * not UTF-8 is a lone surrogate, U+DC80 to U+DCFF, and the record that holds it becomes a dead letter.
   * @throws ContractError when it is not JSON
   */
  json(): Json;
}

/**
 * The only way out. Retries what time may mend, obeys `Retry-After`, follows no redirect and reaches
 * no origin that was not declared.
 */
export interface Http {
  /**
   * Asks, waits for its turn in the rate budget, and repeats what failed and may be repeated.
   * @throws SettingError for 401 and 403, naming the settings that hold the credentials; and where a setting has what a header cannot hold
   * @throws UnavailableError for network failures, 408, 425, 429, 5xx and an error in a 2xx without records, once the retries or the run's time are used up
   * @throws ContractError for any other status outside 2xx, a redirect, an undeclared origin, a header that cannot be sent as it is given, an answer over the size limit
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}
