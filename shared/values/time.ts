import type { Json } from '../contract/json';

/** As {@link toIso} writes it, on a day of each year's calendar. 29 February takes the longer way. */
const PLAIN =
  /^(?!0000)\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const ISO_LIKE =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/i;
/** The longest text that is parsed as a time. A whole body may be one string, and the patterns would scan it several times. */
const MAX_LENGTH = 256;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** `[Mon, ]4 Apr 2016` or `[Mon ]Apr 4, 2016`, the time, `PM`, and a zone by its offset. */
const TEXT_LIKE =
  /^(?:[a-z]{3,9},? )?(?:(\d{1,2})[ -]([a-z]{3})[a-z]*,?[ -](\d{4})|([a-z]{3})[a-z]* (\d{1,2}),? (\d{4})),? (\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([ap])m)?(?: ?(?:Z|(?:GMT|UTC)?([+-]\d\d:?\d\d)|GMT|UTC)(?: \([^)]*\))?)?$/i;
/** Other spellings of one unambiguous time, each with the one that is parsed. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  // ISO 8601's basic format.
  [/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)((?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)$/i, '$1-$2-$3T$4:$5:$6$7'],
  // The year first, with slashes: nobody writes the day before the month then.
  [/^(\d{4})\/(\d\d)\/(\d\d)(?=[T ]|$)/i, '$1-$2-$3'],
  // An offset, and the zone's name beside it: Java's ZonedDateTime, and Go's Time.String().
  [/(Z|[+-]\d\d:\d\d)\[[\w/+-]+\]$/i, '$1'],
  [/ \+0000 UTC$/, 'Z'],
  // C's asctime, with a zone before or behind the year.
  [
    /^(?:[a-z]{3} )?([a-z]{3}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)(?: (?:UTC|GMT))? (\d{4})(?: (?:UTC|GMT))?$/i,
    '$1 $2, $4 $3',
  ],
  // The Common Log Format of web servers.
  [/^(\d\d)\/([a-z]{3})\/(\d{4})[: ](?=\d\d:)/i, '$1 $2 $3 '],
  [/^([a-z]{3} \d{1,2})(?:st|nd|rd|th),? (?=\d{4})/i, '$1, '],
];
/** ASP.NET's JSON: milliseconds since 1970; an offset says only where it was written. */
const DATE_CALL = /^\/Date\((\d{1,14})(?:[+-]\d{4})?\)\/$/;
/** The latest epoch. A larger number is something else, such as `20261121120000`. Nanoseconds in 64 bits end here too. */
const MAX_EPOCH_SECONDS = Date.UTC(2262, 0) / 1e3;

/**
 * Parses a time to ISO 8601 in UTC with three to seven fractional digits (the workspace keeps 100 ns). Accepts ISO 8601 and
 * common variants (a blank for the `T`, no zone for UTC, the basic format), RFC 2822-like text, the Common Log Format,
 * asctime, `/Date(…)/`, and epoch seconds, milliseconds, microseconds
 * or nanoseconds, distinguished by their size. `undefined` for anything else, including a day that is not in the calendar,
 * an epoch of zero or less, and a text of more than 256 characters.
 */
export function toIso(value: Json | undefined): string | undefined {
  if (typeof value === 'string') {
    if (value.length > MAX_LENGTH) return undefined;
    if (PLAIN.test(value)) return value;
    const text = value.trim();
    return fromText(text) ?? fromOtherSpelling(text);
  }
  return typeof value === 'number' || typeof value === 'bigint' ? fromEpoch(String(value)) : undefined;
}

function fromText(text: string): string | undefined {
  return fromIsoLike(text) ?? (/^\d{9,19}(?:\.\d+)?$/.test(text) ? fromEpoch(text) : fromTextLike(text));
}

function fromOtherSpelling(text: string): string | undefined {
  const [, called] = DATE_CALL.exec(text) ?? [];
  if (called !== undefined) return Number(called) > 0 ? toText(Number(called)) : undefined;
  const spelt = SPELLINGS.reduce((all, [shape, other]) => all.replace(shape, other), text);
  return spelt === text ? undefined : fromText(spelt);
}

function fromIsoLike(text: string): string | undefined {
  const match = ISO_LIKE.exec(text);
  if (match === null) return undefined;
  const [, day = '', minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const localMs = Date.parse(`${day}T${minute}:${second}.000Z`);
  // `Date.parse` turns 30 February into 2 March.
  if (new Date(localMs).getUTCDate() !== Number(day.slice(8))) return undefined;
  return withFraction(localMs - offsetMs(zone), fraction);
}

function offsetMs(zone: string): number {
  if (/^(?:z|utc)$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Works on the digits, because a double cannot hold them all. */
function fromEpoch(text: string): string | undefined {
  const [, whole = '', fraction = ''] = /^(\d{1,19})(?:\.(\d+))?$/.exec(text) ?? [];
  const places = whole.length <= 11 ? 0 : whole.length <= 14 ? 3 : whole.length <= 17 ? 6 : 9;
  const seconds = Number(whole.slice(0, whole.length - places));
  if (seconds <= 0 || seconds > MAX_EPOCH_SECONDS) return undefined;
  return withFraction(seconds * 1e3, whole.slice(whole.length - places) + fraction);
}

function fromTextLike(text: string): string | undefined {
  const match = TEXT_LIKE.exec(text);
  if (match === null) return undefined;
  const [
    ,
    day1,
    month1,
    year1,
    month2,
    day2,
    year2,
    hour = '',
    minute = '',
    second = '00',
    half,
    zone = 'Z',
  ] = match;
  const month = MONTHS.indexOf((month1 ?? month2 ?? '').toLowerCase()) + 1;
  const hours =
    half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const date = `${year1 ?? year2 ?? ''}-${twoDigits(month)}-${twoDigits(day1 ?? day2 ?? '')}`;
  return fromIsoLike(`${date}T${twoDigits(hours)}:${minute}:${second}${zone}`);
}

function twoDigits(value: number | string): string {
  return String(value).padStart(2, '0');
}

function withFraction(ms: number, fraction: string): string | undefined {
  const text = toText(ms);
  return text && `${text.slice(0, 20)}${fraction.slice(0, 7).padEnd(3, '0')}Z`;
}

function toText(ms: number): string | undefined {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return Number.isNaN(year) || year < 1 || year > 9999 ? undefined : date.toISOString();
}

/** Compares two times as {@link toIso} writes them: negative when `a` is earlier. */
export function compareIso(a: string, b: string): number {
  if (a.length === b.length) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [a.slice(0, -1).padEnd(27, '0'), b.slice(0, -1).padEnd(27, '0')];
  return x < y ? -1 : x > y ? 1 : 0;
}
