import { compileTooManyRequests } from '../../../shared/rate-limit/answer/too-many-requests';
import { budgetAnswer } from '../../fakes/budget-answer';

const NOW = new Date('2026-11-21T12:00:00Z');
const tooManyOf = compileTooManyRequests({ limits: [] });

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return budgetAnswer(status, headers, body);
}

test('text reports a rate limit in any error but a 401, and in no other status', () => {
  const body = '{"message":"Rate limit exceeded"}';
  for (const status of [400, 403, 409, 420, 500, 503])
    expect(tooManyOf(answer(status, body), NOW)).toEqual({});
  for (const status of [200, 302, 401]) expect(tooManyOf(answer(status, body), NOW)).toBeUndefined();
});

test('429 is always a rate limit; 403 is one by its headers, and by nothing else where they say so', () => {
  expect(tooManyOf(answer(429, ''), NOW)).toEqual({});
  expect(tooManyOf(answer(403, '', { 'retry-after': '7' }), NOW)).toEqual({ retryAfterMs: 7_000 });
  for (const name of [
    'x-ratelimit-remaining',
    'x-rate-limit-remaining',
    'ratelimit-remaining',
    'x-ratelimit-remaining-minute',
    'x-ratelimit-requests-remaining',
  ]) {
    expect(tooManyOf(answer(403, '', { [name]: '0' }), NOW)).toEqual({});
    expect(tooManyOf(answer(403, '', { [name]: '3' }), NOW)).toBeUndefined();
  }
  expect(tooManyOf(answer(403, '', { 'rows-remaining': '0' }), NOW)).toBeUndefined();
  const list = (left: number): Record<string, string> => ({
    ratelimit: `"day";r=9;t=60, "default";r=${left};t=30`,
  });
  expect(tooManyOf(answer(403, '', list(0)), NOW)).toEqual({ retryAfterMs: 30_000 });
  expect(tooManyOf(answer(403, '', list(1)), NOW)).toBeUndefined();
});

test('a reset is waited for only where nothing is left until then', () => {
  const reset = { 'x-ratelimit-reset': String(NOW.getTime() / 1_000 + 1_800) };
  const body = '{"message":"You have exceeded a secondary rate limit."}';
  expect(tooManyOf(answer(403, body, { ...reset, 'x-ratelimit-remaining': '4321' }), NOW)).toEqual({});
  expect(tooManyOf(answer(403, body, { ...reset, 'x-ratelimit-remaining': '0' }), NOW)).toEqual({
    retryAfterMs: 1_800_000,
  });
});

test('a code that the budget declares is a rate limit whatever the status, with the wait in its body', () => {
  const declared = compileTooManyRequests({
    limits: [],
    exceeded: { from: '$.error', is: ['ratelimited', 42901] },
    wait: { from: '$.retry_in' },
  });
  expect(declared(answer(200, '{"ok":false,"error":"ratelimited"}'), NOW)).toEqual({});
  expect(declared(answer(200, '{"ok":false,"error":"ratelimited","retry_in":30}'), NOW)).toEqual({
    retryAfterMs: 30_000,
  });
  expect(declared(answer(400, '{"error":42901}'), NOW)).toEqual({});
  expect(declared(answer(200, '{"ok":true,"error":"other"}'), NOW)).toBeUndefined();
  expect(declared(answer(200, 'no JSON'), NOW)).toBeUndefined();
});

test('a long answer is not parsed a second time for what the budget declares', () => {
  const declared = compileTooManyRequests({
    limits: [],
    exceeded: { from: '$.error', is: ['ratelimited'] },
    wait: { from: '$.retry_in' },
  });
  const parsed = { error: 'ratelimited', retry_in: 30 };
  const long = { status: 200, headers: {}, body: Buffer.from('not read again'), json: () => parsed };
  expect(declared(long, NOW)).toEqual({ retryAfterMs: 30_000 });
});
