import type { RateBudget, RateLimit } from '../contract/budget';

/** The longest span of a short limit. Short limits are shared by rate, long ones are counted. */
const SHORT_MS = 10_000;

/** At most `requests` in any span of `perMs`. */
export interface RateWindow {
  /** The declared span, which names the limit. It does not change with the share. */
  readonly limit: number;
  readonly requests: number;
  readonly perMs: number;
}

/** True for a limit of which each process has a rate; false for one whose requests are counted. */
export function isShort({ perMs }: Pick<RateWindow, 'perMs'>): boolean {
  return perMs <= SHORT_MS;
}

/**
 * The windows that keep a share of some limits. A token bucket of depth b that fills at r per ms lets b + r·t pass in any
 * time t; b requests in any b/r ms never exceed that, and are as many in the long run.
 * @param share above 0 and at most 1; each limit keeps at least one request
 */
export function windowsOf(limits: readonly RateLimit[], share: number): RateWindow[] {
  return limits.map(({ requests, perMs, burst }) => {
    const depth = Math.max(1, Math.floor((burst ?? requests) * share));
    const spanMs = burst === undefined ? perMs : Math.ceil((depth * perMs) / (requests * share));
    return { limit: perMs, requests: depth, perMs: spanMs };
  });
}

/** The problems of a declared budget, a sentence each. */
export function budgetProblems(budget: RateBudget, isSetting: (name: string) => boolean): string[] {
  const problems: string[] = [];
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  for (const { requests, perMs, burst = 1 } of budget.limits) {
    if (!whole(requests) || !whole(perMs) || !whole(burst))
      problems.push('its budget has a limit that is not a whole number of requests in a whole number of ms.');
  }
  if (new Set(budget.limits.map(({ perMs }) => perMs)).size < budget.limits.length)
    problems.push('its budget has two limits for one span. Keep the smaller one.');
  const { reserve = 0 } = budget;
  if (!(reserve >= 0 && reserve < 1)) problems.push('its budget’s reserve must be at least 0 and below 1.');
  for (const name of budget.scope ?? []) {
    if (!isSetting(name)) problems.push(`its budget’s scope names ${name}, which is not a setting.`);
  }
  return problems;
}
