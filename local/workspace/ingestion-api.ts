import type { IncomingHttpHeaders } from 'node:http';

/** One request, read whole. */
export interface Received {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty when there were more than the limit's bytes. */
  readonly body: Buffer;
  /** What came over the wire, or was announced, beyond the limit too. */
  readonly bytes: number;
  readonly at: Date;
}

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Which of the service's two ways in. */
export type ApiName = 'logs-ingestion' | 'data-collector';

/** One of the service's two ways in, as its documentation and its observed answers describe it. */
export interface IngestionApi {
  readonly name: ApiName;
  /** What is read of a body at most; one byte more is too much. */
  readonly maxBodyBytes: number;
  /** True when a path belongs to this API. */
  serves(path: string): boolean;
  /** The stream or the Log-Type that a request names; empty when it names none. */
  stream(request: Received): string;
  /**
   * Checks a request and stores its rows, but for the first `drop`, which are accepted and then lost.
   * Resolves once the rows are committed. @throws Error when they cannot be; nothing is stored then
   */
  accept(request: Received, drop: number): Promise<Answer>;
  /** What the service answers a request with this status, whatever the request is. */
  refuse(request: Received, status: number, code?: string): Answer;
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonTextAnswer(status, JSON.stringify(body), headers);
}

/** An answer whose body is JSON already. */
export function jsonTextAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}
