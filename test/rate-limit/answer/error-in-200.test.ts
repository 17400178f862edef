import type { Json } from '../../../shared/contract/json';
import { answerError, saysLimit } from '../../../shared/rate-limit/answer/error-in-200';

const EMPTY = { member: 'alerts', isEmpty: true };
const FULL = { member: 'alerts', isEmpty: false };

test.each<readonly [string, Json]>([
  ['a code and words', { alerts: [], error: { code: 'TOO_MANY_REQUESTS', message: 'Retry in 60 seconds' } }],
  ['words where the list is null', { alerts: null, error: 'rate limit exceeded', page: {} }],
  ['an HTTP status in the body', { alerts: [], code: 429, msg: 'wait' }],
  ['an HTTP status in the body, as text', { alerts: [], status: '429' }],
  ['words beside an empty list', { alerts: [], code: 1302, msg: 'too many requests', page: {} }],
  ['a code beside an empty list', { alerts: [], code: 'rate_limit_exceeded' }],
  // @see https://spec.graphql.org/October2021/#sec-Errors
  [
    'GraphQL',
    {
      data: { events: { nodes: null, pageInfo: null } },
      errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' }],
    },
  ],
  [
    'GraphQL, only in its extensions',
    { data: null, errors: [{ message: 'no', extensions: { http_code: 429 } }] },
  ],
  // @see https://github.com/slackhq/slack-api-docs/blob/master/index_web.md
  ['ok is false', { ok: false, alerts: [], error: 'rate limit exceeded' }],
  // @see https://developers.ashbyhq.com/docs/responses
  ['success is false', { success: false, errorInfo: { code: 'rate_limited' } }],
  // @see https://developer.foursquare.com/overview/responses (always 200 with JSONP)
  ['within meta', { meta: { code: 429, errorType: 'rate_limit_exceeded' }, alerts: [] }],
  ['only a number', { alerts: [], error: 429 }],
])('a rate limit: %s', (_, body) => {
  const error = answerError(body, EMPTY);
  expect(error).toBeDefined();
  expect(saysLimit(error ?? null)).toBe(true);
});

test.each<readonly [string, Json]>([
  ['GraphQL', { alerts: null, errors: [{ message: 'Something went wrong while executing your query' }] }],
  ['errors', { alerts: [], errors: [{ message: 'internal timeout' }], page: {} }],
  ['success: false and an error', { success: false, error: 'internal error', alerts: null }],
  ['only success: false', { success: false, alerts: [] }],
  // @see https://github.com/omniti-labs/jsend
  ['JSend', { status: 'error', message: 'Unable to communicate with database', alerts: [] }],
  // @see https://techdocs.akamai.com/prolexic/reference/api-errors
  ['status is false', { status: false, statusMsg: 'Description of failure', alerts: [] }],
  // @see https://www.mimecast.com/tech-connect/documentation/api-overview/response-code/
  [
    'fail',
    { meta: { status: 200 }, alerts: [], fail: [{ errors: [{ code: 'err_search', retryable: true }] }] },
  ],
  ['unusual punctuation and case', { alerts: [], Error_Message: 'shard 3 did not answer', ErrorCode: 17 }],
  ['an error that says true', { alerts: [], error: true }],
  ['an error that is nested too deep', { alerts: [], error: [[[[[[['']]]]]]] }],
])('an error that is not a rate limit: %s', (_, body) => {
  const error = answerError(body, EMPTY);
  expect(error).toBeDefined();
  expect(saysLimit(error ?? null)).toBe(false);
});

test.each<Json>([
  { alerts: [], error: null },
  { alerts: null, errors: [] },
  { alerts: [], error: '' },
  { alerts: [], error: {} },
  { alerts: [], error: false, errorCode: 0, errorMessage: 'OK' },
  { alerts: [], error: { code: 0, message: '', details: [] } },
  { alerts: [], error: 'none', errors: [null] },
  { alerts: [], code: 0 },
  { alerts: [], code: '0', msg: 'success' },
  { alerts: [], code: 200, status: 'OK' },
  { alerts: [], code: 'OK', success: true, ok: true },
  { alerts: [], status: 'ok' },
  { alerts: [], status: 'success', fail: [] },
  { alerts: [], rateLimit: { remaining: 0, cost: 1 } },
  { alerts: [], limit: 100, x_rate_limit_remaining: 0 },
  { alerts: [], message: 'no events found' },
  { alerts: [], message: 'Your plan allows 429 requests; the limit is 100 a minute' },
  { alerts: [], warnings: ['API rate limit exceeded for a shard'] },
  { alerts: [], query: { name: 'rate limit exceeded' }, title: 'Too many requests' },
  { alerts: [], meta: { code: 200, message: 'OK', errors: [] } },
  { alerts: [], meta: 'rate limit exceeded' },
  [],
  null,
  'rate limit exceeded',
])('no error: %j', (body) => {
  expect(answerError(body, EMPTY)).toBeUndefined();
});

test('text inside records is not an error, even where their list is named like one', () => {
  const alerts = [{ error: 'rate limit exceeded', code: 429 }];
  expect(answerError({ alerts }, FULL)).toBeUndefined();
  expect(answerError({ errors: alerts }, { member: 'errors', isEmpty: false })).toBeUndefined();
  expect(answerError({ errors: alerts }, FULL)).toEqual({ errors: alerts });
});

test('a message counts only beside an empty list, and is quoted with an error', () => {
  expect(answerError({ alerts: [{}], message: 'too many requests', code: 429 }, FULL)).toBeUndefined();
  expect(answerError({ alerts: [], error: 'E17', message: 'shard 3 is away', page: {} }, EMPTY)).toEqual({
    error: 'E17',
    message: 'shard 3 is away',
  });
});

test('records are not searched, and at most ten errors are', () => {
  const untouched = (): never => {
    throw new Error('a record was looked at');
  };
  const record = Object.defineProperty({}, 'id', { get: untouched, enumerable: true }) as Json;
  const errors = Array.from({ length: 100_000 }, (_, at) => ({ message: `field ${at} is missing` }));
  const error = answerError({ alerts: [record], errors }, FULL);
  expect(error).toEqual({ errors: errors.slice(0, 10) });
});
