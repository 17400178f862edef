import { jsonAnswer, type Answer } from './exchange';

/**
 * The documented error codes and what the documentation says of each. Where no message was ever seen on the wire
 * the sentence of the documentation stands in; `InvalidDataFormat` was seen with none.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#return-codes
 */
const REFUSALS = {
  InactiveCustomer: [400, 'The workspace has been closed.'],
  InvalidApiVersion: [400, "The API version that you specified wasn't recognized by the service."],
  InvalidCustomerId: [400, 'The specified workspace ID is invalid.'],
  InvalidDataFormat: [400, null],
  InvalidLogType: [400, 'The specified log type contained special characters or numerics.'],
  MissingApiVersion: [400, "The API version wasn't specified."],
  MissingContentType: [400, "The content type wasn't specified."],
  MissingLogType: [400, "The required value log type wasn't specified."],
  UnsupportedContentType: [400, "The content type wasn't set to application/json."],
  InvalidAuthorization: [403, 'An invalid signature was specified in the Authorization header'],
  UnspecifiedError: [500, 'The service encountered an internal error. Retry the request.'],
  ServiceUnavailable: [503, 'The service currently is unavailable to receive requests. Retry your request.'],
} as const;

/** A documented error code. */
export type Refusal = keyof typeof REFUSALS;

export const NO_AUTHORIZATION = 'No Authorization header was specified';
export const WRONG_SCHEME = 'An invalid scheme was specified in the Authorization header';

export const accepted: Answer = { status: 200 };

/** Both an unknown address and a body over the limit; the documentation names no body for it. */
export const notFound: Answer = { status: 404 };

/** The error body, its two members in capital initials as on the wire. */
export function refusal(code: Refusal, message: string | null = REFUSALS[code][1]): Answer {
  return jsonAnswer(REFUSALS[code][0], { Error: code, Message: message });
}

/** The documented answer for a status, or for one of the codes where a status has several; 404 and 429 have no body. */
export function answerFor(status: number, code: string | undefined): Answer {
  const codes = Object.keys(REFUSALS) as Refusal[];
  const found = codes.find((each) => (code === undefined ? REFUSALS[each][0] === status : each === code));
  return found ? { ...refusal(found), status } : { status };
}
