import { ContractError, SettingError, UnavailableError } from '../../shared/contract/errors';
import type { HttpResponse } from '../../shared/contract/http';
import type { Json } from '../../shared/contract/json';
import type { Connector } from '../../shared/contract/connector';
import type { RateBudget } from '../../shared/contract/budget';
import { createBudgets, type RunBudget } from '../../shared/rate-limit/run-budget';
import { memoryBudgets } from '../../shared/storage/state/budget-store';
import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest/rest';
import { secretsOf } from '../../shared/values/secrets/secrets';
import type { FakeClock } from '../fakes/fake-clock';
import { closeHttpHarnesses, httpHarness } from '../fakes/http-harness';
import { statuses, type Serve } from '../fakes/loopback';
import { pullContext, readAll } from '../fakes/scripted-http';

afterEach(closeHttpHarnesses);

function openBudget(clock: FakeClock, budget: RateBudget = { limits: [] }): RunBudget {
  const connector = {
    name: 'acme',
    title: 'Acme',
    settings: {},
    sources: {},
    budget,
  } as unknown as Connector;
  const id = { connector: 'acme', instance: 'default', source: 'alerts' };
  return createBudgets(memoryBudgets(), clock).open({ id, connector, values: {} });
}

test('every attempt takes a permit, including retries', async () => {
  const harness = await httpHarness(statuses(503, 503, 200));
  const budget = openBudget(harness.clock, { limits: [{ requests: 1, perMs: 60_000 }] });
  expect(await harness.door({ budget }).request({ url: harness.url })).toMatchObject({ status: 200 });
  expect(harness.clock.waits.reduce((all, ms) => all + ms, 0)).toBeGreaterThanOrEqual(120_000);
  expect(await budget.end()).toMatchObject({ requests: 3 });
});

test('a 429 pauses the whole account, and the request is repeated after exactly that wait', async () => {
  const harness = await httpHarness(statuses([429, { 'retry-after': '9' }], 200));
  const budget = openBudget(harness.clock);
  const door = harness.door({ budget });
  await door.request({ url: harness.url });
  expect(harness.clock.waits).toEqual([9_000]);
  expect(await budget.end()).toMatchObject({ requests: 2, waitedMs: 0 });
});

const pull = rest({
  base: 'url',
  path: '/alerts',
  auth: { kind: 'bearer', setting: 'token' },
  records: '$.items[*]',
  next: { kind: 'cursor', from: '$.cursor', send: { in: 'query', name: 'cursor' } },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'since' },
});

/** What a declared source reads if the first answer is this 200, and the next one has a record. */
async function readAfter(body: string, headers: Readonly<Record<string, string>> = {}, from = pull) {
  const good = '{"stat":"OK","items":[{"id":"1","at":"2026-11-21T11:00:00Z"}]}';
  const harness = await httpHarness((response, _, call) =>
    call === 0 ? response.writeHead(200, headers).end(body) : response.writeHead(200).end(good),
  );
  const budget = openBudget(harness.clock);
  const settings = { url: harness.url, token: 'local' };
  const pages = await readAll(from, { ...pullContext(harness.door({ budget })), settings }).catch(
    (error: unknown) => error,
  );
  return { pages, waits: harness.clock.waits };
}

test.each([
  '{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}',
  '{"error":{"code":"rate_limited","message":"slow down"}}',
  '{"stat":"FAIL","code":42901,"message":"Too Many Requests"}',
  '{"items":{"error":"Request limit exceeded"}}',
  '<html><body>Too many requests</body></html>',
])('a 200 without records that reports a rate limit is repeated after a minute: %s', async (body) => {
  const { pages, waits } = await readAfter(body);
  expect(pages).toMatchObject([{ records: [{ id: '1' }] }]);
  expect(waits).toEqual([60_000]);
  expect((await readAfter(body, { 'retry-after': '7' })).waits).toEqual([7_000]);
});

test.each([
  '{"error":{"code":"invalid_filter","message":"The filter names an unknown field."}}',
  '{"error":"You have no permission: the rate limit of your plan is exceeded"}',
  '<html><body>Sign in</body></html>',
  '',
])('a 200 without records that reports no rate limit is a ContractError: %s', async (body) => {
  const { pages, waits } = await readAfter(body);
  expect(pages).toBeInstanceOf(ContractError);
  expect(waits).toEqual([]);
});

test('the text of a page with records is never taken for a rate limit', async () => {
  const { pages, waits } = await readAfter(
    '{"items":[{"id":"0","at":"2026-11-21T11:00:00Z","m":"Rate limit exceeded"}]}',
  );
  expect(pages).toMatchObject([{ records: [{ id: '0' }] }]);
  expect(waits).toEqual([]);
});

const NO_END = /A 2xx answer that reports an error does not end a read\. The next run requests it again\.$/;

test.each([
  '{"items":[],"error":{"code":"TOO_MANY_REQUESTS","message":"Rate limit exceeded, retry in 60 seconds"},"page":{}}',
  '{"items":null,"error":"rate limit exceeded"}',
  '{"items":[],"code":429,"msg":"too many requests"}',
  '{"items":[],"errors":[{"type":"RATE_LIMITED"}],"cursor":"2"}',
])(
  'a rate limit reported beside an empty list pauses the account for a minute, then the request is repeated: %s',
  async (body) => {
    const { pages, waits } = await readAfter(body);
    expect(pages).toMatchObject([{ records: [{ id: '1' }] }]);
    expect(waits).toEqual([60_000]);
    expect((await readAfter(body, { 'retry-after': '7' })).waits).toEqual([7_000]);
  },
);

test.each([
  '{"items":null,"errors":[{"message":"Something went wrong while executing your query"}]}',
  '{"items":[],"errors":[{"message":"internal timeout"}],"page":{}}',
  '{"success":false,"error":"internal error","items":null}',
])(
  'another error beside an empty list does not end the read: it is repeated, then an UnavailableError: %s',
  async (body) => {
    expect((await readAfter(body)).pages).toMatchObject([{ records: [{ id: '1' }] }]);
    const harness = await httpHarness((response) => response.writeHead(200).end(body));
    const settings = { url: harness.url, token: 'local' };
    const budget = openBudget(harness.clock);
    const door = harness.door({ budget, secrets: secretsOf(['internal', 'wrong']) });
    const error = await readAll(pull, { ...pullContext(door), settings }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(harness.asked).toHaveLength(4);
    expect((error as Error).message).toMatch(NO_END);
    expect((error as Error).message).toMatch(/: 200 OK: \{.*error/);
    expect((error as Error).message).not.toMatch(/internal|wrong/);
  },
);

test('a page that reports a rate limit is delivered; then the account is paused', async () => {
  const items = [{ id: '0', at: '2026-11-21T11:00:00Z' }];
  const errors = [{ message: 'API rate limit exceeded' }];
  const harness = await httpHarness((response) => response.end(JSON.stringify({ items, errors })));
  const budget = openBudget(harness.clock);
  const door = harness.door({ budget });
  const holds = (): { error: Json; isEmpty: boolean } => ({ error: { errors }, isEmpty: false });
  const response = await door.request({ url: harness.url, holds });
  expect(response.json()).toEqual({ items, errors });
  expect(response.failure).toBeInstanceOf(UnavailableError);
  expect(response.failure).toMatchObject({
    retryAfterMs: 60_000,
    message: expect.stringContaining(
      '{"errors":[{"message":"API rate limit exceeded"}]}. It is asked too often',
    ),
  });
  await door.request({ url: harness.url });
  expect(harness.clock.waits).toEqual([60_000]);
});

describe('a vendor that declares where an answer reports success', () => {
  const told = rest({
    ...pull.rest,
    success: { from: 'stat', is: ['OK', 200], denied: ['INVALID_TOKEN'] },
  } as RestSpec);
  const readTold = (body: string): ReturnType<typeof readAfter> => readAfter(body, {}, told);

  test.each([
    '{"stat":"OK","items":[],"errors":["none today"]}',
    '{"stat":"200","items":[],"success":false}',
  ])('delivers the answer: %s', async (body) => {
    const { pages, waits } = await readTold(body);
    expect(pages).toMatchObject([{ records: [] }]);
    expect(waits).toEqual([]);
  });

  test.each([
    '{"stat":"FAIL","items":[]}',
    '{"items":[]}',
    '{"stat":"FAIL","message":"try again"}',
    '{"stat":{},"items":[]}',
  ])('has the request repeated after any other value: %s', async (body) => {
    const { pages, waits } = await readTold(body);
    expect(pages).toMatchObject([{ records: [{ id: '1' }] }]);
    expect(waits).toHaveLength(1);
  });

  test('has a rate limit in that value waited for', async () => {
    expect((await readTold('{"stat":"FAIL","message":"too many requests"}')).waits).toEqual([60_000]);
  });

  test('has a wrong credential in that value reported as a SettingError, as for a 401', async () => {
    const { pages, waits } = await readTold('{"stat":"INVALID_TOKEN"}');
    expect(pages).toBeInstanceOf(SettingError);
    expect(String(pages)).toMatch(/200 OK: \{"stat":"INVALID_TOKEN"\}\. Check /);
    expect(waits).toEqual([]);
  });
});

test('text beside an empty list that is not an error ends the read', async () => {
  const { pages, waits } = await readAfter(
    '{"items":[],"error":null,"errors":[],"code":0,"status":"ok","rateLimit":{"remaining":0},"message":"no events found"}',
  );
  expect(pages).toMatchObject([{ records: [] }]);
  expect(waits).toEqual([]);
});

test('code declares the expected answer with `holds`; without it any 200 is returned unchanged', async () => {
  const harness = await httpHarness((response) => response.end('{"error":"rate_limited"}'));
  expect(await harness.http.request({ url: harness.url })).toMatchObject({ status: 200 });
  const holds = (response: HttpResponse): boolean => Array.isArray(response.json());
  const error = await harness.http.request({ url: harness.url, holds }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as Error).message).toMatch(
    /: 200 OK: .*rate_limited.*asked too often, which passes by itself/,
  );
});

/** A 403 of a limit that is counted separately: its headers say that some of the hourly limit is left. */
const SECONDARY: Serve = (response) =>
  response
    .writeHead(403, {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4321',
      'x-ratelimit-reset': '1800',
    })
    .end('{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}');

test('a 403 whose text reports a rate limit is repeated after a minute, two and four, then by another run', async () => {
  const harness = await httpHarness(SECONDARY);
  const budget = openBudget(harness.clock);
  const error = await harness
    .door({ budget })
    .request({ url: harness.url })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as Error).message).toMatch(
    /: 403 Forbidden\. It is asked too often, which passes by itself\. The next run goes on from here at 2026-11-21T12:15:00\.000Z\.$/,
  );
  expect([harness.asked.length, harness.clock.waits]).toEqual([4, [60_000, 120_000, 240_000]]);
});

test('a rate limit that the budget declares as a code in the body is also recognized in a 200', async () => {
  const harness = await httpHarness((response, _, call) =>
    response.end(call === 0 ? '{"ok":false,"error":"ratelimited"}' : '{"ok":true}'),
  );
  const budget = openBudget(harness.clock, {
    limits: [],
    exceeded: { from: '$.error', is: ['ratelimited'] },
  });
  const answer = await harness.door({ budget }).request({ url: harness.url });
  expect([answer.json(), harness.clock.waits]).toEqual([{ ok: true }, [60_000]]);
});

test('a 429 with only a reset time is repeated at that time', async () => {
  const headers = { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '12' };
  const harness = await httpHarness(statuses([429, headers], 200));
  await harness.http.request({ url: harness.url });
  expect(harness.clock.waits).toEqual([12_000]);
});

test('a wait beyond the deadline fails at once, without a request, and says when to continue', async () => {
  const harness = await httpHarness(statuses(200));
  const budget = openBudget(harness.clock, { limits: [{ requests: 1, perMs: 86_400_000 }] });
  const door = harness.door({ budget });
  await door.request({ url: harness.url });
  const error = await door.request({ url: harness.url }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as UnavailableError).resumeAt?.toISOString()).toMatch(/^2026-11-22T12:/);
  expect([harness.asked.length, harness.clock.waits]).toEqual([1, []]);
});

test('a run that is aborted while it waits for a permit ends with the reason of the abort', async () => {
  const harness = await httpHarness(statuses(200));
  const abort = new AbortController();
  const budget = openBudget(harness.clock, { limits: [{ requests: 1, perMs: 60_000 }] });
  const door = harness.door({ budget, signal: abort.signal });
  await door.request({ url: harness.url });
  const reason = new Error('the lease is lost');
  const pending = door.request({ url: harness.url });
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
  expect(harness.asked).toHaveLength(1);
});

test('an attempt without an answer still counts against the limit, and blocks no other', async () => {
  const harness = await httpHarness((response, _, call) =>
    call === 0 ? response.destroy() : response.end('{}'),
  );
  const budget = openBudget(harness.clock, { limits: [{ requests: 5, perMs: 1_000 }] });
  expect(await harness.door({ budget }).request({ url: harness.url })).toMatchObject({ status: 200 });
  expect(await budget.end()).toMatchObject({ requests: 2 });
});
