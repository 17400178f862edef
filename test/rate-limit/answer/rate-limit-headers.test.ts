import { readRateHeaders } from '../../../shared/rate-limit/answer/rate-limit-headers';
import { observedLimits } from '../../../shared/rate-limit/observed-limits';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const IN_30_S = NOW.getTime() / 1_000 + 30;

test.each([
  [
    'epoch seconds',
    { 'x-rate-limit-limit': '120', 'x-rate-limit-remaining': '7', 'x-rate-limit-reset': `${IN_30_S}` },
  ],
  [
    'epoch ms',
    { 'x-ratelimit-limit': '120', 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': `${IN_30_S}000` },
  ],
  ['seconds from now', { 'ratelimit-limit': '120', 'ratelimit-remaining': '7', 'ratelimit-reset': '30' }],
  [
    'a list of policies',
    { 'x-ratelimit-limit': '120, 120;w=60', 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': '30' },
  ],
  [
    'ISO 8601',
    { 'x-ratelimit-limit': '120', 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': '2026-11-21T12:00:30Z' },
  ],
  [
    'a date',
    {
      'rate-limit-limit': '120',
      'rate-limit-remaining': '7',
      'rate-limit-reset': 'Sat, 21 Nov 2026 12:00:30 GMT',
    },
  ],
  [
    'a date of RFC 850',
    {
      'x-ratelimit-limit': '120',
      'x-ratelimit-remaining': '7',
      'x-ratelimit-reset': 'Saturday, 21-Nov-26 12:00:30 GMT',
    },
  ],
  [
    'a date of asctime, with a Date header in the same format',
    {
      'x-ratelimit-limit': '120',
      'x-ratelimit-remaining': '7',
      'x-ratelimit-reset': 'Sat Nov 21 13:00:30 2026',
      date: 'Sat Nov 21 13:00:00 2026',
    },
  ],
  [
    'retryafter',
    { 'x-ratelimit-limit': '120', 'x-ratelimit-remaining': '7', 'x-ratelimit-retryafter': `${IN_30_S}` },
  ],
  ['draft 07', { ratelimit: 'limit=120, remaining=7, reset=30', 'ratelimit-policy': '120;w=60' }],
  [
    'draft 10',
    { ratelimit: '"minute";r=7;t=30', 'ratelimit-policy': '"hour";q=5000;w=3600, "minute";q=120;w=60' },
  ],
])('%s is read', (_, headers) => {
  expect(readRateHeaders(headers, NOW)).toEqual([{ limit: 120, remaining: 7, resetMs: 30_000 }]);
});

test('each of several limits is read', () => {
  const headers = { ratelimit: '"a, b";r=0;t=5, "day";r=90;t=600', 'ratelimit-policy': '"a, b";q=10;w=60' };
  expect(readRateHeaders(headers, NOW)).toEqual([
    { limit: 10, remaining: 0, resetMs: 5_000 },
    { remaining: 90, resetMs: 600_000 },
  ]);
});

test('a reset at a moment is converted with the vendor’s clock', () => {
  const headers = {
    date: 'Sat, 21 Nov 2026 11:59:00 GMT',
    'x-ratelimit-remaining': '1',
    'x-ratelimit-reset': `${IN_30_S - 60}`,
  };
  expect(readRateHeaders(headers, NOW)).toEqual([{ remaining: 1, resetMs: 30_000 }]);
});

test.each([
  {},
  { 'x-ratelimit-remaining': 'many', 'x-ratelimit-reset': '5' },
  { 'x-ratelimit-remaining': '5' },
  { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': 'soon' },
  { ratelimit: '"a";r=x;t=1' },
  { ratelimit: ';;,,"' },
])('%j contains no limit', (headers) => {
  expect(readRateHeaders(headers, NOW)).toEqual([]);
});

describe('observed limits', () => {
  const headers = (remaining: number, resetMs = 30_000) => [{ limit: 100, remaining, resetMs }];

  test('is used down to the reserve, and then waited for', () => {
    const observed = observedLimits(0.2);
    observed.observe(headers(21), 0);
    expect(observed.nextAt(0, 0)).toBe(0);
    observed.observe(headers(20), 0);
    expect([observed.nextAt(0, 0), observed.nextAt(0, 29_999), observed.nextAt(0, 30_000)]).toEqual([
      30_000, 30_000, 30_000,
    ]);
  });

  test('counts requests in flight as used', () => {
    const observed = observedLimits(0);
    observed.observe(headers(3), 0);
    expect([observed.nextAt(2, 0), observed.nextAt(3, 0)]).toEqual([0, 30_000]);
  });

  test('is the lowest of one window, even if answers arrive out of order', () => {
    const observed = observedLimits(0);
    observed.observe(headers(0), 0);
    observed.observe(headers(5, 29_000), 100);
    expect(observed.nextAt(0, 100)).toBe(30_000);
    observed.observe(headers(99, 60_000), 30_000);
    expect(observed.nextAt(0, 30_000)).toBe(30_000);
  });
});
