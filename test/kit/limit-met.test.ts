import { compileLimit } from '../../shared/kit/limit-met';
import { budgetAnswer } from '../fakes/budget-answer';

const NOW = new Date('2026-11-21T12:00:00Z');
const limitOf = compileLimit({ limits: [] });

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return budgetAnswer(status, headers, body);
}

/** As vendors write them; the status, the body. */
const LIMITS: readonly (readonly [number, string])[] = [
  [
    403,
    '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}',
  ],
  [403, '{"message":"You have triggered an abuse detection mechanism. Please wait a few minutes."}'],
  [403, '[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'],
  [
    403,
    '{"error":{"code":403,"message":"Quota exceeded for quota group","errors":[{"reason":"rateLimitExceeded"}]}}',
  ],
  [
    403,
    '{"error":{"errors":[{"domain":"usageLimits","reason":"userRateLimitExceeded","message":"User Rate Limit Exceeded"}]}}',
  ],
  [403, '{"error":{"errors":[{"reason":"quotaExceeded","message":"The request cannot be completed."}]}}'],
  [403, '{"error":{"errors":[{"reason":"dailyLimitExceeded"}]}}'],
  [403, '{"error":{"code":"AF429","message":"Too many requests. Method=GetBlob, PublisherId=0000"}}'],
  [400, '{"__type":"com.amazonaws.x#ThrottlingException","message":"Rate exceeded"}'],
  [400, '{"__type":"TooManyRequestsException"}'],
  [400, '{"ok":false,"error":"rate_limited"}'],
  [403, '<html><body>Error 1015: You are being rate limited</body></html>'],
  [403, 'API calls quota exceeded! maximum admitted 50 per minute.'],
  [
    503,
    '<Error><Code>SlowDown</Code><Message>Reduce your request rate: request limit exceeded.</Message></Error>',
  ],
  [420, '{"message":"API usage limit reached for this account"}'],
  [409, '{"message":"This endpoint has been throttled"}'],
];

test.each(LIMITS)('%i %s is a limit', (status, body) => {
  expect(limitOf(answer(status, body), NOW)).toEqual({});
});

/** What an operator or an author must look at. */
const OTHERS: readonly (readonly [number, string])[] = [
  [403, '{"message":"Resource not accessible by personal access token"}'],
  [
    403,
    '{"message":"Not allowed","documentation_url":"https://docs.example.com/rate-limits#too-many-requests"}',
  ],
  [403, '{"message":"Your token has no permission to change the rate limits that are exceeded."}'],
  [403, '{"error":"missing_scope","needed":"rate_limit:read"}'],
  [403, '{"needed":"ThrottlingPolicy.Read.All"}'],
  [403, '{"rateLimitExceeded":false,"message":"no access"}'],
  [403, '<html><head><title>403 Forbidden</title></head><body>nginx</body></html>'],
  [403, ''],
  [400, '{"message":"limit must be at most 100"}'],
  [400, '{"message":"The page size limit is exceeded."}'],
  [400, '{"message":"exceeded the maximum range of 30 days"}'],
  [401, '{"message":"rate limit exceeded"}'],
  [500, '{"message":"internal error"}'],
  [200, '[{"event":"system.rate_limit.violation","message":"Too many requests: rate limit exceeded"}]'],
];

test.each(OTHERS)('%i %s is none', (status, body) => {
  expect(limitOf(answer(status, body), NOW)).toBeUndefined();
});

test('429 is one whatever it says; 403 is by its headers, and by them alone where they say so', () => {
  expect(limitOf(answer(429, ''), NOW)).toEqual({});
  expect(limitOf(answer(403, '', { 'retry-after': '7' }), NOW)).toEqual({ waitMs: 7_000 });
  for (const name of ['x-ratelimit-remaining', 'x-rate-limit-remaining', 'ratelimit-remaining'])
    expect(limitOf(answer(403, '', { [name]: '0' }), NOW)).toEqual({});
  expect(limitOf(answer(403, '', { 'x-ratelimit-remaining': '3' }), NOW)).toBeUndefined();
});

test('a reset is waited for only where nothing is left until then', () => {
  const reset = { 'x-ratelimit-reset': String(NOW.getTime() / 1_000 + 1_800) };
  const body = '{"message":"You have exceeded a secondary rate limit."}';
  expect(limitOf(answer(403, body, { ...reset, 'x-ratelimit-remaining': '4321' }), NOW)).toEqual({});
  expect(limitOf(answer(403, body, { ...reset, 'x-ratelimit-remaining': '0' }), NOW)).toEqual({
    waitMs: 1_800_000,
  });
});

test('a code that the budget declares is a limit whatever the status, with the wait of its body', () => {
  const declared = compileLimit({
    limits: [],
    exceeded: { from: '$.error', is: ['ratelimited', 42901] },
    wait: { from: '$.retry_in' },
  });
  expect(declared(answer(200, '{"ok":false,"error":"ratelimited"}'), NOW)).toEqual({});
  expect(declared(answer(200, '{"ok":false,"error":"ratelimited","retry_in":30}'), NOW)).toEqual({
    waitMs: 30_000,
  });
  expect(declared(answer(400, '{"error":42901}'), NOW)).toEqual({});
  expect(declared(answer(200, '{"ok":true,"error":"other"}'), NOW)).toBeUndefined();
  expect(declared(answer(200, 'no JSON'), NOW)).toBeUndefined();
});

test('a long answer is not parsed a second time for what the budget declares', () => {
  const declared = compileLimit({
    limits: [],
    exceeded: { from: '$.error', is: ['ratelimited'] },
    wait: { from: '$.retry_in' },
  });
  const parsed = { error: 'ratelimited', retry_in: 30 };
  const long = { status: 200, headers: {}, body: Buffer.from('not read again'), json: () => parsed };
  expect(declared(long, NOW)).toEqual({ waitMs: 30_000 });
});
