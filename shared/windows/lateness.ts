import type { LatenessHistogram, WindowSpec } from '../contract/windows';
import { pauseMeter } from '../values/cooperative';

/** The weight of an event halves in this time. */
const HALF_LIFE_MS = 3 * 24 * 3_600_000;
/** Buckets with less weight are dropped. */
const LEAST_WEIGHT = 0.01;
const SHARE = 0.999;

/**
 * Adds observed lags to the histogram of a source, and decays the older ones. Yields in between.
 * @param lagsMs in milliseconds; `undefined` and NaN are skipped
 * @returns `known` when there was no lag to add
 */
export function* learnLateness(
  known: LatenessHistogram | undefined,
  lagsMs: Iterable<number | undefined>,
  now: string,
): Generator<undefined, LatenessHistogram | undefined, undefined> {
  const isPauseDue = pauseMeter();
  const passedMs = Math.max(0, Date.parse(now) - Date.parse(known?.at ?? now));
  const fade = 0.5 ** (passedMs / HALF_LIFE_MS);
  const weights = new Map<string, number>();
  for (const [bucket, weight] of Object.entries(known?.weights ?? {})) weights.set(bucket, weight * fade);
  let isAny = false;
  for (const lagMs of lagsMs) {
    if (isPauseDue(0)) yield;
    if (lagMs === undefined || Number.isNaN(lagMs)) continue;
    isAny = true;
    const bucket = String(bucketOf(lagMs));
    weights.set(bucket, (weights.get(bucket) ?? 0) + 1);
  }
  if (!isAny) return known;
  const kept = [...weights]
    .filter(([, weight]) => weight >= LEAST_WEIGHT)
    .map(([bucket, weight]) => [bucket, Number(weight.toPrecision(6))] as const);
  return { at: now, weights: Object.fromEntries(kept) };
}

/**
 * How far back a recheck must read to find 99.9 % of the events, in milliseconds, within the source's `lag`. `lag.maxMs`
 * while nothing is known.
 */
export function overlapOf(known: LatenessHistogram | undefined, { lag }: WindowSpec): number {
  const buckets = Object.entries(known?.weights ?? {})
    .map(([bucket, weight]) => [Number(bucket), weight] as const)
    .sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return lag.maxMs;
  let sum = 0;
  const found = buckets.find(([, weight]) => (sum += weight) >= SHARE * total);
  const lagMs = limitOf(found?.[0] ?? 0);
  return Math.min(lag.maxMs, Math.max(lag.minMs, lagMs));
}

/** The upper limit of each bucket is √2 times the previous one. The first is one second. */
function bucketOf(lagMs: number): number {
  return Math.max(0, Math.ceil(2 * Math.log2(lagMs / 1_000)));
}

function limitOf(bucket: number): number {
  return Math.round(2 ** (bucket / 2) * 1_000);
}
