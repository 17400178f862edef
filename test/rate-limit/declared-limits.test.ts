import { budgetProblems, windowsOf } from '../../shared/rate-limit/declared-limits';

test.each([
  [{ requests: 10, perMs: 1_000 }, 1, { limit: 1_000, requests: 10, perMs: 1_000 }],
  [{ requests: 10, perMs: 1_000 }, 0.55, { limit: 1_000, requests: 5, perMs: 1_000 }],
  [{ requests: 1, perMs: 60_000 }, 0.5, { limit: 60_000, requests: 1, perMs: 60_000 }],
  [{ requests: 500, perMs: 60_000, burst: 50 }, 1, { limit: 60_000, requests: 50, perMs: 6_000 }],
  [{ requests: 10, perMs: 1_000, burst: 20 }, 0.5, { limit: 1_000, requests: 10, perMs: 2_000 }],
])('%j, of which the share %d may be used', (limit, share, window) => {
  expect(windowsOf([limit], share)).toEqual([window]);
});

test('every problem of a budget is reported', () => {
  const limits = [
    { requests: 10, perMs: 1_000 },
    { requests: 0.5, perMs: 1_000 },
  ];
  expect(budgetProblems({ limits, reserve: 1, scope: ['tenant'] }, () => false)).toEqual([
    'its budget has a limit that is not a whole number of requests in a whole number of ms.',
    'its budget has two limits for one span. Keep the smaller one.',
    'its budget’s reserve must be at least 0 and below 1.',
    'its budget’s scope names tenant, which is not a setting.',
  ]);
});
