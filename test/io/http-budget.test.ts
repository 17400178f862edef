import { UnavailableError } from '../../shared/contract/errors';
import type { Connector } from '../../shared/contract/connector';
import type { RateBudget } from '../../shared/contract/budget';
import { createBudgets, type RunBudget } from '../../shared/io/budget';
import { memoryBudgets } from '../../shared/io/budget-store';
import type { FakeClock } from '../fakes/fake-clock';
import { closeHttpRigs, httpRig } from '../fakes/http-rig';
import { statuses, type Serve } from '../fakes/loopback';

afterEach(closeHttpRigs);

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

test('every attempt takes its turn, retries too', async () => {
  const rig = await httpRig(statuses(503, 503, 200));
  const budget = openBudget(rig.clock, { limits: [{ requests: 1, perMs: 60_000 }] });
  expect(await rig.door({ budget }).request({ url: rig.url })).toMatchObject({ status: 200 });
  expect(rig.clock.waits.reduce((all, ms) => all + ms, 0)).toBeGreaterThanOrEqual(120_000);
  expect(await budget.end()).toMatchObject({ requests: 3 });
});

test('a 429 pauses the whole account, and is asked again after just that wait', async () => {
  const rig = await httpRig(statuses([429, { 'retry-after': '9' }], 200));
  const budget = openBudget(rig.clock);
  const door = rig.door({ budget });
  await door.request({ url: rig.url });
  expect(rig.clock.waits).toEqual([9_000]);
  expect(await budget.end()).toMatchObject({ requests: 2, waitedMs: 0 });
});

/** A 403 as it comes with a limit that is counted apart: something is left of the hour. */
const SECONDARY: Serve = (response) =>
  response
    .writeHead(403, {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4321',
      'x-ratelimit-reset': '1800',
    })
    .end('{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}');

test('a 403 that is a limit in words is nobody’s to act: asked after a minute, two and four, then by another run', async () => {
  const rig = await httpRig(SECONDARY);
  const budget = openBudget(rig.clock);
  const error = await rig
    .door({ budget })
    .request({ url: rig.url })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as Error).message).toMatch(
    /: 403 Forbidden\. It is asked too often, which passes by itself\. The next run goes on from here at 2026-11-21T12:15:00\.000Z\.$/,
  );
  expect([rig.asked.length, rig.clock.waits]).toEqual([4, [60_000, 120_000, 240_000]]);
});

test('a limit that is declared as a code in the body is one in an answer of 200 too', async () => {
  const rig = await httpRig((response, _, call) =>
    response.end(call === 0 ? '{"ok":false,"error":"ratelimited"}' : '{"ok":true}'),
  );
  const budget = openBudget(rig.clock, { limits: [], exceeded: { from: '$.error', is: ['ratelimited'] } });
  const answer = await rig.door({ budget }).request({ url: rig.url });
  expect([answer.json(), rig.clock.waits]).toEqual([{ ok: true }, [60_000]]);
});

test('a 429 that names only its reset is waited for until then', async () => {
  const headers = { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '12' };
  const rig = await httpRig(statuses([429, headers], 200));
  await rig.http.request({ url: rig.url });
  expect(rig.clock.waits).toEqual([12_000]);
});

test('what would wait beyond the deadline ends at once, without a request, and says when to go on', async () => {
  const rig = await httpRig(statuses(200));
  const budget = openBudget(rig.clock, { limits: [{ requests: 1, perMs: 86_400_000 }] });
  const door = rig.door({ budget });
  await door.request({ url: rig.url });
  const error = await door.request({ url: rig.url }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as UnavailableError).resumeAt?.toISOString()).toMatch(/^2026-11-22T12:/);
  expect([rig.asked.length, rig.clock.waits]).toEqual([1, []]);
});

test('a run that ends while it waits for its turn ends with the reason', async () => {
  const rig = await httpRig(statuses(200));
  const abort = new AbortController();
  const budget = openBudget(rig.clock, { limits: [{ requests: 1, perMs: 60_000 }] });
  const door = rig.door({ budget, signal: abort.signal });
  await door.request({ url: rig.url });
  const reason = new Error('the lease is lost');
  const pending = door.request({ url: rig.url });
  abort.abort(reason);
  await expect(pending).rejects.toBe(reason);
  expect(rig.asked).toHaveLength(1);
});

test('an attempt without an answer gives its turn back to nobody, and blocks nobody', async () => {
  const rig = await httpRig((response, _, call) => (call === 0 ? response.destroy() : response.end('{}')));
  const budget = openBudget(rig.clock, { limits: [{ requests: 5, perMs: 1_000 }] });
  expect(await rig.door({ budget }).request({ url: rig.url })).toMatchObject({ status: 200 });
  expect(await budget.end()).toMatchObject({ requests: 2 });
});
