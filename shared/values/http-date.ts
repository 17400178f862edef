import { toIso } from './time';

const CLOCK = String.raw`(\d\d:\d\d:\d\d)`;
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC_850 = new RegExp(String.raw`^[a-z]{3,9}, (\d\d)-([a-z]{3})-(\d\d) ${CLOCK} GMT$`, 'i');
/** `Sun Nov  6 08:49:37 1994`, which is in UTC. */
const ASCTIME = new RegExp(String.raw`^[a-z]{3} ([a-z]{3}) {1,2}(\d{1,2}) ${CLOCK} (\d{4})$`, 'i');
/** A two-digit year that would be further ahead belongs to the previous century (RFC 9110). */
const MAX_YEARS_AHEAD = 50;

/**
 * Parses the date of a header to milliseconds since 1970: an HTTP date in any of its three forms, ISO 8601, and the other
 * formats of {@link toIso}. `undefined` for anything else.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
 */
export function readHttpDate(text: string, now: Date): number | undefined {
  const value = text.trim();
  const iso = toIso(fromRfc850(value, now) ?? fromAsctime(value) ?? value);
  return iso === undefined ? undefined : Date.parse(iso);
}

function fromRfc850(text: string, now: Date): string | undefined {
  const [, day, month, years, time] = RFC_850.exec(text) ?? [];
  if (years === undefined) return undefined;
  const year = 2_000 + Number(years);
  const isAhead = year > now.getUTCFullYear() + MAX_YEARS_AHEAD;
  return `${day} ${month} ${isAhead ? year - 100 : year} ${time} GMT`;
}

function fromAsctime(text: string): string | undefined {
  const [, month, day, time, year] = ASCTIME.exec(text) ?? [];
  return year === undefined ? undefined : `${day} ${month} ${year} ${time} GMT`;
}
