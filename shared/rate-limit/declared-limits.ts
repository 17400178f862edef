import type { RateBudget, RateLimit } from '../contract/budget';

/** At most `requests` in any span of `perMs`; `limit` is the declared span, and stays the same whatever the share. */
export interface RateWindow {
  readonly limit: number;
  readonly requests: number;
  readonly perMs: number;
}

/**
 * The windows that keep a share of some limits. A bucket of depth b, filled at r a millisecond, takes b + r·t in any
 * time t; b requests in any b/r milliseconds never are more than that, and no fewer in the long run.
 * @param share above 0 and at most 1; of each limit at least one request is left
 */
export function windowsOf(limits: readonly RateLimit[], share: number): RateWindow[] {
  return limits.map(({ requests, perMs, burst }) => {
    const depth = Math.max(1, Math.floor((burst ?? requests) * share));
    const spanMs = burst === undefined ? perMs : Math.ceil((depth * perMs) / (requests * share));
    return { limit: perMs, requests: depth, perMs: spanMs };
  });
}

/** What is wrong with a budget, a sentence each. */
export function budgetProblems(budget: RateBudget, isSetting: (name: string) => boolean): string[] {
  const problems: string[] = [];
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  for (const { requests, perMs, burst = 1 } of budget.limits) {
    if (!whole(requests) || !whole(perMs) || !whole(burst))
      problems.push('its budget has a limit that is no whole number of requests in a whole number of ms.');
  }
  if (new Set(budget.limits.map(({ perMs }) => perMs)).size < budget.limits.length)
    problems.push('its budget has two limits for one span. Keep the smaller one.');
  const { reserve = 0 } = budget;
  if (!(reserve >= 0 && reserve < 1)) problems.push('its budget’s reserve must be at least 0 and below 1.');
  for (const name of budget.scope ?? []) {
    if (!isSetting(name)) problems.push(`its budget’s scope names ${name}, which is no setting.`);
  }
  return problems;
}
