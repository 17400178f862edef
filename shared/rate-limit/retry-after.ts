import { readHttpDate } from '../values/http-date';
import { boundedWait } from '../values/wait-bound';

/** True for a status that passes by itself, beside 429: the request was not wrong, and will be answered later. */
export function passesByItself(status: number): boolean {
  return status === 408 || status === 425 || status >= 500;
}

/**
 * How long an answer asks us to wait: `Retry-After` in seconds, or as a date of HTTP or of ISO 8601.
 * @param longestMs what is asked for beyond it is not believed @default an hour
 * @returns milliseconds, from 0 to the longest; `undefined` where the header is absent or malformed
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  now: Date,
  longestMs?: number,
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return boundedWait(Math.round(Number(value) * 1_000), longestMs);
  const date = readHttpDate(value, now);
  return date === undefined ? undefined : boundedWait(date - now.getTime(), longestMs);
}
