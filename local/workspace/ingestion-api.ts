import type { IncomingHttpHeaders } from 'node:http';

/** A request with its complete body. */
export interface Received {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty if the body exceeded the limit. */
  readonly body: Buffer;
  /** The bytes received or announced, also beyond the limit. */
  readonly bytes: number;
  readonly at: Date;
}

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The two ingestion APIs of the service. */
export type ApiName = 'logs-ingestion' | 'data-collector';

/** One ingestion API, as documented and as observed. */
export interface IngestionApi {
  readonly name: ApiName;
  /** The largest body that is accepted. */
  readonly maxBodyBytes: number;
  /** True if a path belongs to this API. */
  serves(path: string): boolean;
  /** The stream or Log-Type that a request names; empty if it names none. */
  stream(request: Received): string;
  /**
   * Checks a request and stores its rows, except for the first `drop` rows, which are accepted and then lost.
   * Resolves once the rows are committed. @throws Error if they cannot be committed; then nothing is stored
   */
  accept(request: Received, drop: number): Promise<Answer>;
  /** The service's answer with this status, to any request. */
  refuse(request: Received, status: number, code?: string): Answer;
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonTextAnswer(status, JSON.stringify(body), headers);
}

/** An answer whose body is JSON text already. */
export function jsonTextAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}
