import type { RateBudget, RateLimit } from '../../shared/contract/budget';
import type { VendorQuota } from '../../shared/contract/simulator';

/** Counts the requests of one account as its vendor would, and refuses those over the limit. */
export interface Limits {
  /** `isOver`: the request is refused and not counted. `quota` describes the limit with the fewest remaining requests. */
  count(now: Date): { readonly isOver: boolean; readonly retryMs: number; readonly quota: VendorQuota };
}

interface Counter {
  readonly limit: number;
  left(nowMs: number): number;
  /** When the next request is accepted. */
  nextMs(nowMs: number): number;
  take(nowMs: number): void;
}

/** A vendor that enforces a budget exactly; `undefined` for a budget without limits. */
export function limitsOf(budget: RateBudget | undefined): Limits | undefined {
  if (budget === undefined || budget.limits.length === 0) return undefined;
  const counters = budget.limits.map((limit) => (limit.burst === undefined ? span(limit) : bucket(limit)));
  return {
    count(now) {
      const nowMs = now.getTime();
      const isOver = counters.some((counter) => counter.left(nowMs) < 1);
      if (!isOver) for (const counter of counters) counter.take(nowMs);
      const nextMs = Math.max(...counters.map((counter) => counter.nextMs(nowMs)));
      const [least] = [...counters].sort((a, b) => a.left(nowMs) / a.limit - b.left(nowMs) / b.limit);
      const remaining = Math.floor(least?.left(nowMs) ?? 0);
      const quota = { limit: least?.limit ?? 0, remaining, resetAt: new Date(Math.max(nextMs, nowMs)) };
      return { isOver, retryMs: Math.max(0, nextMs - nowMs), quota };
    },
  };
}

/** A limit for every span, exact to the millisecond. */
function span({ requests, perMs }: RateLimit): Counter {
  let taken: number[] = [];
  const inSpan = (nowMs: number): number[] => (taken = taken.filter((at) => at + perMs > nowMs));
  return {
    limit: requests,
    left: (nowMs) => requests - inSpan(nowMs).length,
    nextMs: (nowMs) => (inSpan(nowMs)[0] ?? nowMs) + perMs,
    take: (nowMs) => void taken.push(nowMs),
  };
}

/** A token bucket. */
function bucket({ burst = 1, perMs, requests }: RateLimit): Counter {
  let [level, atMs] = [burst, 0];
  const fill = (nowMs: number): number => {
    level = Math.min(burst, level + (Math.max(0, nowMs - atMs) * requests) / perMs);
    atMs = nowMs;
    return level;
  };
  return {
    limit: burst,
    left: fill,
    nextMs: (nowMs) => nowMs + Math.ceil((Math.max(0, 1 - fill(nowMs)) * perMs) / requests),
    take: (nowMs) => void (level = fill(nowMs) - 1),
  };
}
