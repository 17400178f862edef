import { jsonAnswer, type Answer } from '../ingestion-api';

/**
 * The limit of one call, compressed or not. @see
 * https://learn.microsoft.com/azure/azure-monitor/service-limits#logs-ingestion-api
 */
export const MAX_CALL_BYTES = 1_048_576;

export const accepted: Answer = { status: 204 };

/** Observed for an empty body: no body, no code. */
export const internal: Answer = { status: 500 };

/** The service's error format; the code is in a header too. @see https://learn.microsoft.com/rest/api/monitor/logs-ingestion */
function failure(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, { error: { code, message } }, { 'x-ms-error-code': code });
}

/** The service's body for 401 is not documented; this one is a guess. */
export const unauthenticated = failure(
  401,
  'InvalidAuthenticationToken',
  'The authentication token is missing or invalid.',
);

// The service's codes for these four are not documented; these are guesses.
export const methodNotAllowed = failure(405, 'MethodNotAllowed', 'Only POST is allowed.');
export const unknownApiVersion = failure(
  400,
  'InvalidApiVersion',
  'The api-version is missing or not supported.',
);
export const unknownContentType = failure(
  415,
  'UnsupportedMediaType',
  'The content type must be application/json.',
);
export const unknownEncoding = failure(
  400,
  'InvalidContentEncoding',
  'The body is not what Content-Encoding says.',
);

export function forbidden(rule: string): Answer {
  return failure(
    403,
    'OperationFailed',
    `The authentication token provided does not have access to ingest data for the data collection rule with immutable Id '${rule}'.`,
  );
}

export function ruleNotFound(rule: string): Answer {
  return failure(404, 'NotFound', `Data collection rule with immutable Id '${rule}' not found.`);
}

/** The service's code for an unknown stream is not documented; this is the resource manager's. */
export function streamNotFound(rule: string, stream: string): Answer {
  return failure(
    400,
    'InvalidStream',
    `Data collection rule with immutable Id '${rule}' has no stream '${stream}'.`,
  );
}

export function tooLarge(bytes: number): Answer {
  return failure(
    413,
    'ContentLengthLimitExceeded',
    `Maximum allowed content length: ${MAX_CALL_BYTES} bytes (1 MB). Provided content length: ${bytes} bytes.`,
  );
}

/** The documented answer for a status; without one, the status as words. */
export function answerFor(status: number, code: string | undefined, rule: string): Answer {
  if (code !== undefined) return failure(status, code, `Answered by a fault rule.`);
  const answers: Readonly<Record<number, Answer>> = {
    401: unauthenticated,
    403: forbidden(rule),
    404: ruleNotFound(rule),
    413: tooLarge(MAX_CALL_BYTES + 1),
    429: failure(
      429,
      'TooManyRequests',
      'The rate limit of the data collection rule was exceeded. Retry later.',
    ),
    500: internal,
    503: failure(503, 'ServiceUnavailable', 'The service is not available now. Retry later.'),
  };
  return answers[status] ?? failure(status, 'InvalidRequest', 'The request is invalid.');
}
