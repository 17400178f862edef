import type { Json } from '../contract/json';

const ISO_UTC_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ISO_LIKE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;
const OTHER_TEXT = /^(?:[A-Za-z]{3,9},? |\d{1,2}[/ ]).*\d{4}.*\d:\d\d/;
const HAS_ZONE = /(?:Z|GMT|UTC|[+-]\d\d:?\d\d)(?:\s*\([^)]*\))?$/i;

/**
 * The time a value says, as ISO 8601 in UTC with three digits of a second, or up to seven where it has more
 * (the workspace keeps 100 ns). Reads ISO 8601 and its common relatives (a blank for the `T`, no zone = UTC),
 * RFC 2822-like text, and epoch seconds, milliseconds, microseconds or nanoseconds by their size.
 * `undefined` for anything else.
 */
export function toIso(value: Json | undefined): string | undefined {
  if (typeof value === 'string') {
    if (ISO_UTC_MS.test(value)) return Number.isNaN(Date.parse(value)) ? undefined : value;
    const text = value.trim();
    return (
      fromIsoLike(text) ?? (/^\d{9,19}(?:\.\d+)?$/.test(text) ? fromEpoch(Number(text)) : fromOther(text))
    );
  }
  if (typeof value === 'number' || typeof value === 'bigint') return fromEpoch(Number(value));
  return undefined;
}

function fromIsoLike(text: string): string | undefined {
  const match = ISO_LIKE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  if (Number.isNaN(local)) return undefined;
  const whole = toText(local - offsetMs(zone));
  return whole === undefined ? undefined : `${whole.slice(0, 19)}.${fraction.slice(0, 7).padEnd(3, '0')}Z`;
}

function offsetMs(zone: string): number {
  if (/^(?:z|utc)$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function fromEpoch(value: number): string | undefined {
  const size = Math.abs(value);
  if (size < 1e11) return toText(value * 1e3);
  if (size < 1e14) return toText(value);
  return toText(size < 1e17 ? value / 1e3 : value / 1e6);
}

function fromOther(text: string): string | undefined {
  if (!OTHER_TEXT.test(text)) return undefined;
  return toText(Date.parse(HAS_ZONE.test(text) ? text : `${text} UTC`));
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
