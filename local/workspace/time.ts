const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const RFC_1123 = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (?:GMT|[+-]\d{4})$/;

const MICROS_PER_MS = 1000n;
const MICROS_PER_MINUTE = 60_000_000n;
const MICROS_PER_DAY = 1440n * MICROS_PER_MINUTE;

/**
 * How far `TimeGenerated` may lie from the time of receipt before the service replaces it.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns#timegenerated
 */
const OLDEST_DAYS = 2n;
const NEWEST_DAYS = 1n;

/** Microseconds since 1970, UTC. */
export function toMicros(date: Date): bigint {
  return BigInt(date.getTime()) * MICROS_PER_MS;
}

/**
 * Parses ISO 8601 (UTC by default) or an RFC 1123 date. @returns microseconds since 1970. The service keeps a seventh digit of
 * a second; the database does not, so it is dropped.
 */
export function readTime(text: string): bigint | undefined {
  const iso = ISO.exec(text);
  if (!iso) return RFC_1123.test(text) ? toMicros(new Date(text)) : undefined;
  const [, day = '', minute = '00:00', second = '00', fraction = '', zone = 'Z'] = iso;
  const date = new Date(`${day}T${minute}:${second}Z`);
  if (!isDay(day) || Number.isNaN(date.getTime())) return undefined;
  return toMicros(date) + BigInt(fraction.slice(0, 6).padEnd(6, '0')) - offsetMicros(zone);
}

/** The stored `TimeGenerated`: unchanged, or the time of receipt if it is missing, too old or too far ahead. */
export function clampTime(micros: bigint | undefined, receivedAt: Date): bigint {
  const received = toMicros(receivedAt);
  if (micros === undefined) return received;
  const isTooOld = micros < received - OLDEST_DAYS * MICROS_PER_DAY;
  const isTooNew = micros > received + NEWEST_DAYS * MICROS_PER_DAY;
  return isTooOld || isTooNew ? received : micros;
}

/** False for 30 February, which `Date` would read as 2 March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function offsetMicros(zone: string): bigint {
  if (zone.toUpperCase() === 'Z') return 0n;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const minutes = BigInt(digits.slice(0, 2)) * 60n + BigInt(digits.slice(2));
  return (zone.startsWith('-') ? -minutes : minutes) * MICROS_PER_MINUTE;
}
