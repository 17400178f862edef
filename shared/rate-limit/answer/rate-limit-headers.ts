import { readHttpDate } from '../../values/http-date';

/** What the headers of an answer say about one limit. */
export interface RateHeader {
  /** How many requests are left. */
  readonly remaining: number;
  /** How many requests the limit has; absent if the answer does not say. */
  readonly limit?: number;
  /** How long until all of them are free again. */
  readonly resetMs: number;
}

type Headers = Readonly<Record<string, string>>;

/** Vendors spell the three headers with one of these beginnings, and the third with one of these endings. */
const BEGINNINGS = ['x-rate-limit-', 'x-ratelimit-', 'ratelimit-', 'rate-limit-'];
const RESETS = ['reset', 'retryafter'];
/** A reset below it is seconds from now; above it, seconds since 1970. */
const MAX_SPAN_S = 100_000_000;

/**
 * Reads every limit that the headers name, in any common spelling: `X-Rate-Limit-*`, `X-RateLimit-*`, `RateLimit-*`, with
 * a reset in seconds from now, in seconds or milliseconds since 1970, or as a date; the list form
 * `RateLimit: "minute";r=4;t=12` with `RateLimit-Policy: "minute";q=100;w=60`; and `limit=100, remaining=4, reset=12`.
 * A reset at a moment is compared with the vendor's own clock if the answer has a `Date`.
 * @see https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.txt
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-07
 */
export function readRateHeaders(headers: Headers, now: Date): RateHeader[] {
  const nowMs = readHttpDate(headers['date'] ?? '', now) ?? now.getTime();
  const single = BEGINNINGS.map((beginning) => readThree(headers, beginning, nowMs));
  return [...single, ...readList(headers)].filter((limit) => limit !== undefined);
}

/** Milliseconds until a reset; `undefined` for any other value. */
function resetMs(text: string | undefined, nowMs: number): number | undefined {
  const value = text?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(value) && Number(value) < MAX_SPAN_S) return Math.ceil(Number(value) * 1_000);
  const at = readHttpDate(value, new Date(nowMs));
  return at === undefined ? undefined : Math.max(0, at - nowMs);
}

function readThree(headers: Headers, beginning: string, nowMs: number): RateHeader | undefined {
  const remaining = firstNumber(headers[`${beginning}remaining`]);
  const limit = firstNumber(headers[`${beginning}limit`]);
  const resets = RESETS.map((end) => resetMs(headers[beginning + end], nowMs));
  const reset = resets.find((ms) => ms !== undefined);
  if (remaining === undefined || reset === undefined) return undefined;
  return { remaining, resetMs: reset, ...(limit === undefined ? {} : { limit }) };
}

/** `1620, 1620;w=60` begins with the limit that applies now. */
function firstNumber(text: string | undefined): number | undefined {
  const digits = /^\s*(\d+)/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function readList(headers: Headers): (RateHeader | undefined)[] {
  const { ratelimit = '' } = headers;
  const whole = numbersOf(ratelimit.split(/[,;]/));
  if (whole['remaining'] !== undefined && whole['reset'] !== undefined) {
    const { limit, remaining, reset } = whole;
    return [{ remaining, resetMs: reset * 1_000, ...(limit === undefined ? {} : { limit }) }];
  }
  const quotas = new Map(itemsOf(headers['ratelimit-policy'] ?? '').map(([name, { q }]) => [name, q]));
  return itemsOf(ratelimit).map(([name, { r, t }]) => {
    const limit = quotas.get(name);
    if (r === undefined || t === undefined) return undefined;
    return { remaining: r, resetMs: t * 1_000, ...(limit === undefined ? {} : { limit }) };
  });
}

/** The items of a structured field (RFC 9651), each a name with parameters. */
function itemsOf(text: string): (readonly [string, Readonly<Record<string, number>>])[] {
  const items = text.match(/(?:"[^"]*"|[^",])+/g) ?? [];
  return items.map((item) => {
    const [name = '', ...parameters] = item.trim().match(/(?:"[^"]*"|[^";])+/g) ?? [];
    return [name.trim(), numbersOf(parameters)] as const;
  });
}

function numbersOf(pairs: readonly string[]): Record<string, number> {
  const read = pairs.flatMap((pair) => {
    const [, name = '', digits = ''] = /^\s*([a-z]+)\s*=\s*(\d+)\s*$/.exec(pair) ?? [];
    return name === '' ? [] : [[name, Number(digits)] as const];
  });
  return Object.fromEntries(read);
}
