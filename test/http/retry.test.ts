import { ContractError, SettingError, UnavailableError } from '../../shared/contract/errors';
import type { HttpRequest } from '../../shared/contract/http';
import { ATTEMPT_TIMEOUT_MS } from '../../shared/http/http-options';
import { fakeClock } from '../fakes/fake-clock';
import { closeHttpHarnesses, httpHarness, type HttpHarness } from '../fakes/http-harness';
import { statuses } from '../fakes/loopback';

afterEach(closeHttpHarnesses);

/** The result of a request, and the waits before it. */
async function ask(harness: HttpHarness, parts: Partial<HttpRequest> = {}): Promise<unknown> {
  return harness.http.request({ url: harness.url, ...parts }).then(
    ({ status }) => status,
    (error: unknown) => error,
  );
}

describe('statuses', () => {
  test.each([408, 425, 429, 500, 502, 503, 504, 599])('%i is retried', async (status) => {
    const harness = await httpHarness(statuses(status, 200));
    expect([await ask(harness), harness.asked.length]).toEqual([200, 2]);
  });

  test.each([400, 404, 405, 409, 410, 413, 418, 422])(
    '%i is not retried, and is a ContractError',
    async (status) => {
      const harness = await httpHarness(statuses(status));
      expect(await ask(harness)).toBeInstanceOf(ContractError);
      expect([harness.asked.length, harness.clock.waits]).toEqual([1, []]);
    },
  );

  test.each([401, 403])('the body of a %i is not quoted', async (status) => {
    const harness = await httpHarness(
      (response) =>
        void response.writeHead(status).end('{"you sent":"aHVz aC1o dXNo","error":{"code":"aHVzaC1odXNo1"}}'),
    );
    expect(((await ask(harness)) as Error).message).not.toMatch(/you sent|aHVz/);
  });

  test.each([401, 403])(
    '%i is not retried, and is a SettingError that names the variables',
    async (status) => {
      const harness = await httpHarness(statuses(status));
      const error = await ask(harness);
      expect(error).toBeInstanceOf(SettingError);
      expect((error as Error).message).toMatch(
        /^asking acme\/alerts \(GET .*\): 40\d .*Check ACME_TOKEN, ACME_USER/,
      );
      expect([harness.asked.length, harness.clock.waits]).toEqual([1, []]);
    },
  );
});

describe('a header that belongs to one attempt', () => {
  test('is requested before each attempt, and sent with it', async () => {
    const harness = await httpHarness(statuses(503, 200));
    let count = 0;
    const perAttempt = async () => ({ headers: { 'x-nonce': `n-${++count}` }, body: `b-${count}` });
    expect(await ask(harness, { method: 'POST', repeatable: true, perAttempt })).toBe(200);
    expect(harness.asked.map(({ body, headers }) => [headers['x-nonce'], String(body)])).toEqual([
      ['n-1', 'b-1'],
      ['n-2', 'b-2'],
    ]);
  });

  test('is checked like any header, and its failure fails the request', async () => {
    const harness = await httpHarness(statuses(200));
    const split = async () => ({ headers: { 'x-nonce': 'a\nb' } });
    expect(await ask(harness, { perAttempt: split })).toBeInstanceOf(ContractError);
    const failure = new SettingError('no key');
    expect(await ask(harness, { perAttempt: () => Promise.reject(failure) })).toBe(failure);
    expect(harness.asked).toEqual([]);
  });
});

describe('a missing plan, licence or right', () => {
  const needs = 'the Enterprise plan';

  test('is mentioned for a 404, beside a wrong name', async () => {
    const error = await ask(await httpHarness(statuses(404)));
    expect(error).toBeInstanceOf(ContractError);
    expect((error as Error).message).toMatch(
      /: 404 .*The vendor has nothing there for ACME_TOKEN, ACME_USER: ACME_URL or a name in the path may be wrong, or the plan, the licence or the rights do not include it/,
    );
  });

  test('is a SettingError where the source declares what it needs', async () => {
    for (const [status, words] of [
      [
        404,
        /Check ACME_URL, ACME_TOKEN, ACME_USER and the names in its path: .* needs, the Enterprise plan\.$/,
      ],
      [403, /Check ACME_TOKEN, ACME_USER and what it is allowed to do\. It needs the Enterprise plan\.$/],
    ] as const) {
      const error = await ask(await httpHarness(statuses(status), { needs }));
      expect(error).toBeInstanceOf(SettingError);
      expect((error as Error).message).toMatch(words);
    }
  });

  test('is a SettingError for a 402 that says so', async () => {
    const error = await ask(await httpHarness(statuses(402)));
    expect(error).toBeInstanceOf(SettingError);
    expect((error as Error).message).toContain('The plan or the licence of ACME_TOKEN, ACME_USER');
  });
});

describe('a 403 that reports a used-up rate limit', () => {
  test.each([{ 'retry-after': '7' }, { 'x-ratelimit-remaining': '0' }])(
    'with %j is retried',
    async (headers) => {
      const harness = await httpHarness(statuses([403, headers], 200));
      expect([await ask(harness), harness.asked.length]).toEqual([200, 2]);
    },
  );

  test('becomes an UnavailableError, not a SettingError', async () => {
    const harness = await httpHarness(statuses([403, { 'x-ratelimit-remaining': '0' }]));
    expect(await ask(harness)).toBeInstanceOf(UnavailableError);
  });

  test('is not a rate limit while some of it remains', async () => {
    const harness = await httpHarness(statuses([403, { 'x-ratelimit-remaining': '12' }]));
    expect(await ask(harness)).toBeInstanceOf(SettingError);
  });
});

describe('the retry time of a request', () => {
  test('counts from its first attempt: no wait begins that would end later', async () => {
    const harness = await httpHarness(statuses([503, { 'retry-after': '6' }]), { patienceMs: 10_000 });
    expect(await ask(harness)).toBeInstanceOf(UnavailableError);
    expect(harness.clock.waits).toEqual([6_000]);
    harness.clock.advance(60_000);
    await ask(harness);
    expect(harness.clock.waits).toEqual([6_000, 6_000]);
  });
});

describe('the number of retries', () => {
  test('is at most three, and then the request is an UnavailableError', async () => {
    const harness = await httpHarness(statuses(503));
    const error = await ask(harness);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toMatch(
      /: 503 Service Unavailable: \{"ok":true\}\. The next run goes on from here\.$/,
    );
    expect([harness.asked.length, harness.clock.waits.length]).toEqual([4, 3]);
  });

  test('starts anew with each request', async () => {
    const harness = await httpHarness(statuses(503, 503, 503, 200, 503, 200));
    expect([await ask(harness), await ask(harness), harness.asked.length]).toEqual([200, 200, 6]);
  });

  test('is logged with one warning each, without the query', async () => {
    const harness = await httpHarness(statuses(503, 200));
    await ask(harness, { url: `${harness.url}/v1?key=hush` });
    expect(harness.log.lines).toMatchObject([
      { level: 'warn', fields: { who: 'acme/alerts', attempt: 1 }, sentence: 'retrying after a wait' },
    ]);
    expect(JSON.stringify(harness.log.lines)).not.toContain('hush');
  });
});

describe.each(['POST', 'PATCH'] as const)('a %s', (method) => {
  test('is not retried, because the vendor may have done it', async () => {
    const harness = await httpHarness(statuses(503));
    expect(await ask(harness, { method, body: '{}' })).toBeInstanceOf(UnavailableError);
    expect(harness.asked).toHaveLength(1);
  });

  test('that is repeatable is retried with the same body', async () => {
    const harness = await httpHarness(statuses(503, 200));
    expect(await ask(harness, { method, body: '{"a":1}', repeatable: true })).toBe(200);
    expect(harness.asked.map(({ body }) => body.toString())).toEqual(['{"a":1}', '{"a":1}']);
  });

  test('without an answer is not retried either', async () => {
    const harness = await httpHarness((response) => response.destroy());
    expect(await ask(harness, { method })).toBeInstanceOf(UnavailableError);
    expect(harness.asked).toHaveLength(1);
  });
});

describe.each(['GET', 'PUT', 'DELETE'] as const)('a %s', (method) => {
  test('has the same effect when it is sent twice, so it is retried', async () => {
    const harness = await httpHarness(statuses(503, 204));
    expect(await ask(harness, { method, body: '' })).toBe(204);
    expect(harness.asked.map((asked) => asked.method)).toEqual([method, method]);
  });

  test('that must not be repeated is not retried', async () => {
    const harness = await httpHarness(statuses(503));
    await ask(harness, { method, repeatable: false });
    expect(harness.asked).toHaveLength(1);
  });
});

test('a DELETE whose answer was lost is repeated, and a 404 then counts as done', async () => {
  let isDeleted = false;
  const harness = await httpHarness((response) => {
    if (isDeleted) response.writeHead(404).end();
    else response.destroy();
    isDeleted = true;
  });
  expect(await ask(harness, { method: 'DELETE', accept: [404, 410] })).toBe(404);
  expect(harness.asked.map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
});

describe('the wait before a retry', () => {
  test.each([
    ['seconds', '7', 7_000],
    ['zero', '0', 0],
    ['a date', 'Sat, 21 Nov 2026 12:00:42 GMT', 42_000],
    ['a date that is past', 'Sat, 21 Nov 2026 11:00:00 GMT', 0],
  ])('is exactly the Retry-After in %s, without jitter', async (_, retryAfter, waitMs) => {
    const harness = await httpHarness(statuses([429, { 'retry-after': retryAfter }], 200));
    expect([await ask(harness), harness.clock.waits]).toEqual([200, [waitMs]]);
  });

  test.each([
    [0, [0, 0, 0]],
    [0.5, [1_000, 2_000, 4_000]],
    [0.999999, [2_000, 4_000, 8_000]],
  ])('uses full jitter otherwise: a random number of %f', async (random, waits) => {
    const clock = fakeClock(undefined, random);
    const harness = await httpHarness(statuses(503), { clock });
    await ask(harness);
    expect(clock.waits).toEqual(waits);
  });

  test('is never longer than the run, which ends at once and says how long the wait would be', async () => {
    const clock = fakeClock();
    const deadline = new Date(clock.now().getTime() + 59_999);
    const harness = await httpHarness(statuses([429, { 'retry-after': '60' }]), { clock, deadline });
    expect(await ask(harness)).toMatchObject({ name: 'UnavailableError', retryAfterMs: 60_000 });
    expect([harness.asked.length, clock.waits]).toEqual([1, []]);
  });

  test('may end exactly with the run', async () => {
    const clock = fakeClock();
    const deadline = new Date(clock.now().getTime() + 60_000);
    const harness = await httpHarness(statuses([429, { 'retry-after': '60' }], 200), { clock, deadline });
    expect(await ask(harness)).toBe(200);
  });

  test('ignores a malformed Retry-After', async () => {
    const harness = await httpHarness(statuses([503, { 'retry-after': '-5' }], 200));
    await ask(harness);
    expect(harness.clock.waits).toEqual([1_000]);
  });
});

describe('a connection', () => {
  test('that ends before the headers is retried', async () => {
    const harness = await httpHarness((response, _, call) =>
      call === 0 ? response.destroy() : response.end('{}'),
    );
    expect([await ask(harness), harness.asked.length]).toEqual([200, 2]);
  });

  test('that ends after the headers is retried', async () => {
    const harness = await httpHarness((response, _, call) => {
      response.writeHead(200, { 'content-length': '100' });
      if (call === 0) response.write('{"half":', () => response.destroy());
      else response.end('x'.repeat(100));
    });
    expect([await ask(harness), harness.asked.length]).toEqual([200, 2]);
  });

  test('that is refused is an UnavailableError with the reason', async () => {
    const harness = await httpHarness(statuses(200));
    await harness.close();
    const error = await ask(harness);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toMatch(/: ECONNREFUSED\. Check that the address can be reached/);
    expect(harness.clock.waits).toHaveLength(3);
  });

  test('that is too slow is cancelled and retried', async () => {
    const harness = await httpHarness(
      (response, _, call) => {
        if (call > 0) return void response.end('{}');
        response.writeHead(200).write('{"slow":');
      },
      { timeoutMs: 100 },
    );
    expect([await ask(harness), harness.asked.length]).toEqual([200, 2]);
  });

  test('whose answer would come after the run is cancelled at most 30 s after the deadline, and the run does not fail', async () => {
    const clock = fakeClock();
    const deadline = new Date(clock.now().getTime() + 60_000);
    const harness = await httpHarness(() => undefined, { clock, deadline, timeoutMs: 5_000 });
    clock.advance(89_960);
    const error = await ask(harness);
    expect(error).toMatchObject({ name: 'UnavailableError', resumeAt: clock.now() });
    expect((error as Error).message).toMatch(/: the run ended before the answer came\. The next run goes on/);
    expect(harness.asked).toHaveLength(1);
  });

  test('that begins long after the deadline gets two seconds, so that a run that got its permit late reads a page', async () => {
    const clock = fakeClock();
    const deadline = new Date(clock.now().getTime() - 3_600_000);
    const harness = await httpHarness((response) => setTimeout(() => response.end('{}'), 50), {
      clock,
      deadline,
    });
    expect([await ask(harness), harness.asked.length]).toEqual([200, 1]);
  });

  test('that never answers fails the run, even where the run has no time for a whole second attempt', async () => {
    const clock = fakeClock();
    const deadline = new Date(clock.now().getTime() + 60_000);
    const harness = await httpHarness(
      (response, _, call) => {
        if (call > 0) return;
        clock.advance(59_000);
        response.writeHead(503).end();
      },
      { clock, deadline, timeoutMs: 5_000 },
    );
    const sleep = async (): Promise<void> => clock.advance(30_960);
    const http = harness.door({ clock: { ...clock, sleep } });
    const error = await http.request({ url: harness.url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UnavailableError', resumeAt: undefined });
    expect((error as Error).message).toContain('503');
    expect(harness.asked).toHaveLength(2);
  });

  test('may take a hundred seconds, unless the source declares otherwise', () => {
    expect(ATTEMPT_TIMEOUT_MS).toBe(100_000);
  });

  test('that stays too slow is an UnavailableError, which says how long it waited', async () => {
    const harness = await httpHarness(() => undefined, { timeoutMs: 30 });
    const error = await ask(harness);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toMatch(/: no whole answer within 30 ms\. The next run/);
    expect(harness.clock.waits).toHaveLength(3);
  });
});
