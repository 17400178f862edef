import { saysRateLimit } from '../../../shared/rate-limit/answer/rate-limit-words';

const says = (status: number, body: unknown): boolean =>
  saysRateLimit(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

const PAGE =
  '<!DOCTYPE html>\n<html><head><style>p { width: 80% }</style></head><body class="role"><main role="main">' +
  '<h1>Whoa there!</h1>\n<p>You&#39;ve exceeded a <b>secondary</b>\n rate limit.<br>Please wait a few minutes.</p></main></body></html>';

/**
 * Limits as vendors tell them: the status, the body.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 * @see https://github.com/facert/github_search/issues/2 the page that tells of a secondary limit
 * @see https://gist.github.com/rickysaltzer/4542457 TotalRequests Limit exceeded, with 403
 * @see https://gist.github.com/ndabAP/2ae90f3b871403d822ec2de0bcffb5b0 the same in SOAP
 * @see https://github.com/boto/boto3/blob/develop/docs/source/guide/retries.rst the codes of throttling
 * @see https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/bridgehead_1525252812.html 400 with a code
 * @see https://developers.google.com/google-ads/api/reference/rpc/v20/QuotaErrorEnum.QuotaError RESOURCE_EXHAUSTED
 * @see https://developers.google.com/workspace/drive/api/guides/handle-errors 403 with userRateLimitExceeded
 * @see https://dnschkr.com/cloudflare-errors/1015 the page of a limit before the vendor
 * @see https://techdocs.akamai.com/mtls-edge-truststore/reference/429
 */
const LIMITS: readonly (readonly [number, unknown])[] = [
  [403, { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' }],
  [403, { message: 'You have triggered an abuse detection mechanism. Please wait a few minutes.' }],
  [403, { message: "API rate limit exceeded for 192.0.2.7. (Here's the good news: sign in for more.)" }],
  [403, PAGE],
  [403, [{ message: 'TotalRequests Limit exceeded.', errorCode: 'X' }]],
  [403, [{ message: 'x', errorCode: 'REQUEST_LIMIT_EXCEEDED' }]],
  [500, '<faultstring>ConcurrentRequests (Concurrent API Requests) Limit exceeded.</faultstring>'],
  [500, '<faultcode>sf:REQUEST_LIMIT_EXCEEDED</faultcode>'],
  [403, { error: { message: 'Quota exceeded for quota group', errors: [{ reason: 'rateLimitExceeded' }] } }],
  [403, { error: { errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }] } }],
  [403, { error: { errors: [{ reason: 'quotaExceeded', message: 'The request cannot be completed.' }] } }],
  [403, { error: { errors: [{ reason: 'dailyLimitExceeded' }] } }],
  [403, { error: { message: "Quota exceeded for quota metric 'Read requests' of service 'x'" } }],
  [403, { message: 'Rate limit exceeded. Your project does not have permission to exceed 100 QPS.' }],
  [403, { error: { status: 'RESOURCE_EXHAUSTED' } }],
  [403, { error: { message: 'Resource has been exhausted (e.g. check quota).' } }],
  [403, { quotaError: 'RESOURCE_TEMPORARILY_EXHAUSTED' }],
  [403, { status: 'OVER_QUERY_LIMIT' }],
  [403, { error: { code: 'AF429', message: 'Too many requests. Method=GetBlob, PublisherId=0000' } }],
  [403, { error: { code: 'activityLimitReached', message: 'The app or user has been throttled.' } }],
  [400, { __type: 'com.amazonaws.x#ThrottlingException', message: 'x' }],
  [400, { __type: 'x', message: 'Rate exceeded' }],
  [400, { __type: 'TooManyRequestsException' }],
  [400, { __type: 'ProvisionedThroughputExceededException' }],
  [400, { __type: 'LimitExceededException' }],
  [400, { __type: 'EC2ThrottledException' }],
  [400, { message: 'The request was denied due to request throttling.' }],
  [400, '<Error><Code>Throttling</Code><Message>x</Message></Error>'],
  [400, { Code: 'Throttling.User' }],
  [503, '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'],
  [400, { code: 'EXCEEDED_REQUEST_LIMIT' }],
  [400, { code: 'SSS_REQUEST_LIMIT_EXCEEDED' }],
  [400, { code: 'EXCEEDED_CONCURRENCY_LIMIT_BY_INTEGRATION' }],
  [400, { message: 'Too many concurrent exports. Try later.' }],
  [400, { ok: false, error: 'rate_limited' }],
  [403, { ok: false, error: 'ratelimited' }],
  [403, { errors: [{ code: 'TOOMANYREQUESTS' }] }],
  [403, { code: 'APIRateLimitExceeded' }],
  [403, { error: 'over_rate_limit' }],
  [403, { code: 'ReadRequestLimitExceeded' }],
  [403, { code: 'WriteRequestsThrottled' }],
  [403, { errorCode: 'E0000047', errorSummary: 'API call exceeded rate limit due to too many requests.' }],
  [403, 'error code: 1015'],
  [403, '<html><body><h1>Error 1015</h1><h2>You are being rate limited</h2></body></html>'],
  [413, { overLimit: { message: 'This request was rate-limited.', code: 413 } }],
  [403, { detail: 'Too many overall requests to the service.' }],
  [403, { message: "Max rate limit '100' exceeded within '20' secs" }],
  [403, { message: 'Maximum number of requests per minute exceeded' }],
  [403, { message: 'You have exceeded the limit of 100 requests per minute.' }],
  [403, { message: 'You have exceeded the maximum number of requests allowed.' }],
  [403, { message: 'The number of requests exceeds the limit.' }],
  [403, { message: 'The limit on the number of requests per second was exceeded' }],
  [403, { message: 'Exceeded 2 calls per second for api client.' }],
  [403, 'API calls quota exceeded! maximum admitted 50 per minute.'],
  [403, { message: 'Daily quota reached' }],
  [403, { message: 'API quota exhausted for today' }],
  [403, { message: 'You have reached your secondly limit.' }],
  [403, { message: 'Concurrent access limit reached' }],
  [403, { message: 'Rate limit has been hit' }],
  [403, { message: 'Rate limit exceeded for scope tenant. Retry later.' }],
  [403, { message: 'Too many requests for this role.' }],
  [403, { message: 'Please slow down' }],
  [403, { message: 'You are sending requests too quickly.' }],
  [403, { message: 'Requests are too frequent, please try again in 60 seconds.' }],
  [420, { message: 'API usage limit reached for this account' }],
  [409, { message: 'This endpoint has been throttled' }],
];

test.each(LIMITS)('%i %j is a rate limit', (status, body) => {
  expect(says(status, body)).toBe(true);
});

/** Errors that an operator or an author must handle. */
const OTHERS: readonly (readonly [number, unknown])[] = [
  [400, { message: 'The requested time range exceeds the request limit of 7 days' }],
  [400, { message: 'limit exceeds the API limit of 1000' }],
  [400, { message: 'page_size: value 5000 is over the request limit (1000)' }],
  [400, { message: 'The page size limit is exceeded.' }],
  [400, { message: 'exceeded the maximum range of 30 days' }],
  [400, { message: 'limit must be at most 100' }],
  [400, { message: 'Too many requests in the batch: 20 at most' }],
  [400, { code: 'RequestSizeLimitExceeded' }],
  [400, { code: 'QUERY_LENGTH_LIMIT_EXCEEDED' }],
  [413, { message: 'Request size exceeds the request limit of 1 MB' }],
  [414, { message: 'URL exceeded request limit' }],
  [422, { message: 'The request exceeds the maximum that a call may ask for' }],
  [400, { message: 'Unknown filter: event_type eq "rate limit exceeded"' }],
  [400, { message: 'Unknown filter: event_type eq rate limit exceeded' }],
  [400, { message: "Invalid value 'throttled' for parameter outcome" }],
  [400, { message: 'bad filter', errors: [{ field: 'filter', value: 'rate_limit_exceeded' }] }],
  [400, { message: 'bad filter', errors: [{ text: 'system.org.rate_limit.exceeded' }] }],
  [400, '<p>No such event: &quot;rate limit exceeded&quot;</p>'],
  [403, { message: 'Unauthenticated requests are rate limited; supply a valid API key.' }],
  [403, { message: 'Invalid API key. Anonymous usage limit reached.' }],
  [403, { message: 'Your API key is not valid. See limits of anonymous requests: rate limited to 0.' }],
  [403, { message: 'Storage quota exceeded. Delete data or upgrade.' }],
  [403, { message: 'User quota exceeded: your plan allows 5 users' }],
  [403, { message: 'The number of API tokens exceeds the maximum' }],
  [403, { message: 'The licensed API limit is exceeded' }],
  [403, { message: 'Your trial is over; API limit: 0' }],
  [403, { code: 'DiskQuotaExceeded' }],
  [403, { message: 'Account locked: too many failed login requests' }],
  [403, { message: 'Your IP address is blocked because you exceeded the number of failed logins' }],
  [403, { message: 'Configure rate limiting before using the audit API' }],
  [403, { message: 'Your token has no permission to change the rate limits that are exceeded.' }],
  [403, { message: 'Resource not accessible by personal access token' }],
  [403, { message: 'Forbidden', documentation: 'Rate limit exceeded and other errors' }],
  [403, { message: 'Forbidden. See "Rate limit exceeded" in the manual' }],
  [403, { message: 'Not allowed', more: 'https://docs.example.com/rate-limit-exceeded#too-many-requests' }],
  [403, { error: 'missing_scope', needed: 'rate_limit:read' }],
  [403, { needed: 'ThrottlingPolicy.Read.All' }],
  [403, { rateLimitExceeded: false, message: 'no access' }],
  [403, '<html><head><script>if (a < b) say("rate limit exceeded")</script></head><body>nginx</body></html>'],
  [403, ''],
  [500, { message: 'internal error' }],
];

test.each(OTHERS)('%i %j is not a rate limit', (status, body) => {
  expect(says(status, body)).toBe(false);
});

test('nested JSON is read; text far into a body is not, and costs no time', () => {
  const deep = (text: string, levels: number): string => '['.repeat(levels) + text + ']'.repeat(levels);
  expect(says(403, deep('{"a":["Rate limit exceeded"]}', 90))).toBe(true);
  expect(says(403, `${' '.repeat(16_384)}Rate limit exceeded`)).toBe(false);
  const before = process.cpuUsage();
  for (const piece of [
    '<',
    '"',
    "'",
    "' ",
    '&#',
    'A',
    'aA',
    'too many ',
    '<script',
    '[',
    'http:',
    '. ',
    'remaining',
  ])
    expect(says(403, piece.repeat(Math.ceil(29_000_000 / piece.length)))).toBe(false);
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});
