import type { ReleasePermit, RateBudget } from '../../shared/contract/budget';
import type { Connector } from '../../shared/contract/connector';
import { UnavailableError } from '../../shared/contract/errors';
import { createBudgets, type RunBudget } from '../../shared/rate-limit/run-budget';
import { memoryBudgets } from '../../shared/storage/state/budget-store';
import { leastBackfillMs } from '../../shared/rate-limit/low-priority';
import { windowsOf } from '../../shared/rate-limit/declared-limits';
import { budgetAnswer } from '../fakes/budget-answer';
import { fakeClock, type FakeClock } from '../fakes/fake-clock';
import type { BudgetStore } from '../../shared/rate-limit/stored-budget';

const TEN_A_SECOND = { requests: 10, perMs: 1_000 };
const never = new AbortController().signal;

interface ConnectorHarness {
  readonly clock: FakeClock;
  readonly store: BudgetStore;
  /** How often the store was written. */
  writes(): number;
  open(source?: string, values?: Readonly<Record<string, string>>, share?: number): RunBudget;
  /** Low priority, as a backfill has. */
  openBackfill(): RunBudget;
  later(ms: number): Date;
}

function harness(budget: RateBudget, own?: RateBudget, shared?: BudgetStore): ConnectorHarness {
  const clock = fakeClock();
  const memory = shared ?? memoryBudgets();
  let writes = 0;
  const store: BudgetStore = {
    read: (account) => memory.read(account),
    change: (account, next) => {
      writes++;
      return memory.change(account, next);
    },
  };
  const settings = { url: { kind: 'url', help: 'h' }, tenant: { kind: 'text', help: 'h' } } as const;
  const sources = { alerts: {}, users: {}, logs: own === undefined ? {} : { budget: own } };
  const connector = { name: 'acme', title: 'Acme', settings, budget, sources } as unknown as Connector;
  const budgets = createBudgets(store, clock);
  return {
    clock,
    store,
    writes: () => writes,
    open: (source = 'alerts', values = { url: 'https://a.test', tenant: 'x' }, share) =>
      budgets.open({ id: { connector: 'acme', instance: 'default', source }, connector, values, share }),
    openBackfill: () =>
      budgets.open({
        id: { connector: 'acme', instance: 'default', source: 'alerts' },
        connector,
        values: { url: 'https://a.test', tenant: 'x' },
        isLowPriority: true,
      }),
    later: (ms) => new Date(clock.now().getTime() + ms),
  };
}

/** Sends requests one after another. @returns the time of each, in ms since the first */
async function ask(
  { clock, later }: ConnectorHarness,
  budget: RunBudget,
  times: number,
  latencyMs = 0,
): Promise<number[]> {
  const begin = clock.now().getTime();
  const at: number[] = [];
  for (let i = 0; i < times; i++) {
    const release = await budget.acquire(later(3_600_000), never);
    at.push(clock.now().getTime() - begin);
    clock.advance(latencyMs);
    await release(budgetAnswer(200));
  }
  return at;
}

test('10 a second: the eleventh waits, and in a minute 97 % of the limit is used', async () => {
  const all = harness({ limits: [TEN_A_SECOND] });
  const at = await ask(all, all.open(), 600);
  expect([at[9], at[10]]).toEqual([0, 1_010]);
  expect(at[599]).toBeLessThan(60_000 / 0.97);
});

test('all of several limits hold', async () => {
  const all = harness({ limits: [TEN_A_SECOND, { requests: 30, perMs: 60_000 }] });
  const at = await ask(all, all.open(), 61);
  expect(at[29]).toBeLessThan(4_000);
  expect([at[30]! >= 60_000, at[30]! < 63_000, at[60]! >= 120_000]).toEqual([true, true, true]);
});

test('the store is written once for seconds of requests, not for each', async () => {
  const all = harness({ limits: [TEN_A_SECOND, { requests: 30_000, perMs: 3_600_000 }] });
  await ask(all, all.open(), 600, 50);
  expect(all.writes()).toBeLessThan(25);
});

test('a live request is sent before backfill requests that have waited longer', async () => {
  const all = harness({ limits: [{ requests: 1, perMs: 1_000 }] });
  const [live, backfill, order] = [all.open(), all.openBackfill(), [] as string[]];
  const take = async (name: string, budget: RunBudget): Promise<void> => {
    const release = await budget.acquire(all.later(60_000), never);
    order.push(name);
    await release();
  };
  await Promise.all([
    take('old 1', backfill),
    take('old 2', backfill),
    take('old 3', backfill),
    take('live 1', live),
    take('live 2', live),
  ]);
  expect(order).toEqual(['live 1', 'live 2', 'old 1', 'old 2', 'old 3']);
});

test('a backfill spreads its requests, so that a live one waits only for one step, and uses the whole limit', async () => {
  const all = harness({ limits: [TEN_A_SECOND] });
  const [live, backfill] = [all.open(), all.openBackfill()];
  const at = await ask(all, backfill, 300);
  expect([at[9], at[10]]).toEqual([0, 1_010]);
  expect(at[299]).toBeLessThan(30_000 / 0.96);
  const gaps = at.slice(11).map((ms, index) => ms - at[index + 10]!);
  expect(Math.max(...gaps)).toBeLessThan(250);
  for (let i = 0; i < 20; i++) {
    await ask(all, backfill, 7);
    const before = all.clock.now().getTime();
    await ask(all, live, 1);
    expect(all.clock.now().getTime() - before).toBeLessThan(250);
  }
});

test('of a limit with a long window a backfill leaves a fifth to live collection', async () => {
  const all = harness({ limits: [{ requests: 60, perMs: 3_600_000 }] });
  expect((await ask(all, all.openBackfill(), 48))[47]).toBeLessThan(60_000);
  await expect(ask(all, all.openBackfill(), 1)).rejects.toThrow(/used up until 2026-11-21T13:00/);
  expect((await ask(all, all.open(), 12))[11]).toBeLessThan(60_000);
  await expect(ask(all, all.open(), 1)).rejects.toThrow(/used up until 2026-11-21T13:00/);
});

test.each([
  [{ requests: 60, perMs: 3_600_000 }, 48, 49],
  [{ requests: 10, perMs: 1_000 }, 10, 21],
  [{ requests: 600, perMs: 3_600_000, burst: 10 }, 8, 20],
])('with %j a backfill takes no less time than was estimated', async (limit, atOnce, calls) => {
  const windows = windowsOf([limit], 1);
  expect(leastBackfillMs(windows, atOnce)).toBe(0);
  expect(leastBackfillMs(windows, atOnce + 1)).toBeGreaterThan(0);
  const all = harness({ limits: [limit] });
  const budget = all.openBackfill();
  const begin = all.clock.now().getTime();
  for (let i = 0; i < calls; i++) await (await budget.acquire(all.later(86_400_000), never))();
  const tookMs = all.clock.now().getTime() - begin;
  expect(tookMs).toBeGreaterThanOrEqual(leastBackfillMs(windows, calls));
  expect(tookMs).toBeLessThan(1.1 * leastBackfillMs(windows, calls));
});

test('requests are sent first come, first served; a cancelled request leaves the queue', async () => {
  const all = harness({ limits: [{ requests: 1, perMs: 1_000 }] });
  const [budget, abort, order] = [all.open(), new AbortController(), [] as string[]];
  const gone = new Error('gone');
  const takes = ['a', 'b', 'c'].map(async (name) => {
    const release = await budget.acquire(all.later(60_000), name === 'b' ? abort.signal : never);
    order.push(name);
    await release();
  });
  abort.abort(gone);
  const ended = await Promise.allSettled(takes);
  expect([order, ended[1]]).toEqual([['a', 'c'], { status: 'rejected', reason: gone }]);
});

test('a permit that would come after the deadline is refused at once, with its time', async () => {
  const all = harness({ limits: [{ requests: 3, perMs: 86_400_000 }] });
  const budget = all.open();
  await ask(all, budget, 3);
  const before = all.clock.now();
  const refused = await budget.acquire(all.later(60_000), never).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnavailableError);
  const at = (refused as UnavailableError).resumeAt!.getTime() - before.getTime();
  expect([at >= 86_400_000, at < 87_900_000]).toEqual([true, true]);
  expect((refused as Error).message).toMatch(
    /^asking acme: its rate budget is used up until 2026-11-22T12:\d\d:\d\d\.000Z\. The next run goes on then\.$/,
  );
  expect(all.clock.now()).toEqual(before);
});

test('the usage of a rolling day survives a restart', async () => {
  const before = harness({ limits: [{ requests: 5, perMs: 86_400_000 }] });
  const ran = before.open();
  await ask(before, ran, 4);
  expect(await ran.end()).toMatchObject({ requests: 4, waitedMs: 0, usedShare: 0.8 });
  const after = harness({ limits: [{ requests: 5, perMs: 86_400_000 }] }, undefined, before.store);
  const budget = after.open();
  await ask(after, budget, 1);
  await expect(budget.acquire(after.later(3_600_000), never)).rejects.toThrow(UnavailableError);
  const { fullAt, usedShare } = await budget.end();
  expect([usedShare, fullAt?.slice(0, 13)]).toEqual([1, '2026-11-22T12']);
});

describe('one account', () => {
  const budget = { limits: [{ requests: 2, perMs: 86_400_000 }] };
  const taken = async (first: RunBudget, second: RunBudget, all: ConnectorHarness): Promise<number> => {
    await ask(all, first, 2);
    await first.end();
    await second.acquire(all.later(1_000), never).catch(() => undefined);
    return (await second.end()).requests;
  };

  test('shares its budget among its sources', async () => {
    const all = harness(budget);
    expect(await taken(all.open('alerts'), all.open('users'), all)).toBe(0);
  });

  test('does not share it with a source with its own budget, or with another tenant', async () => {
    const all = harness(budget, budget);
    expect(await taken(all.open('alerts'), all.open('logs'), all)).toBe(1);
    const scoped = harness({ ...budget, scope: ['tenant'] });
    const other = scoped.open('alerts', { url: 'https://a.test', tenant: 'y' });
    expect(await taken(scoped.open('alerts'), other, scoped)).toBe(1);
  });

  const tooOften = (headers: Readonly<Record<string, string>> = {}) => budgetAnswer(429, headers);
  const fine = budgetAnswer(200);
  const send = async (all: ConnectorHarness, budget: RunBudget): Promise<ReleasePermit> =>
    budget.acquire(all.later(7_200_000), never);

  test('that answers 429 is paused for all of its sources', async () => {
    const all = harness({ limits: [] });
    const [one, other] = [all.open('alerts'), all.open('users')];
    expect(await (await send(all, one))(tooOften({ 'retry-after': '7' }))).toEqual({ retryAfterMs: 7_000 });
    expect(await ask(all, other, 1)).toEqual([7_000]);
    expect(await other.end()).toMatchObject({ requests: 1, waitedMs: 7_000 });
  });

  test.each([
    ['with limits', [TEN_A_SECOND]],
    ['with long limits only', [{ requests: 1_000, perMs: 3_600_000 }]],
    ['without limits', []],
  ])('%s is paused for later processes too', async (_, limits) => {
    const here = harness({ limits });
    const paused = here.open();
    await (
      await send(here, paused)
    )(tooOften({ 'retry-after': '3600' }));
    await paused.end();
    const there = harness({ limits }, undefined, here.store);
    const late = there.open();
    await expect(late.acquire(there.later(240_000), never)).rejects.toMatchObject({
      name: 'UnavailableError',
      message:
        'asking acme: the account is paused until 2026-11-21T13:00:00.000Z, because the vendor answered that it is asked too often or is not ready. The next run goes on then.',
    });
    expect(await ask(there, late, 1)).toEqual([3_600_000]);
  });

  test.each([
    ['with limits', [TEN_A_SECOND]],
    ['without limits', []],
  ])('%s is paused for a process that already runs', async (_, limits) => {
    const here = harness({ limits });
    const there = harness({ limits }, undefined, here.store);
    await ask(there, there.open(), 1);
    await (
      await send(here, here.open())
    )(tooOften({ 'retry-after': '3600' }));
    const until = here.clock.now().getTime() + 3_600_000;
    there.clock.advance(10_000);
    await ask(there, there.open(), 1);
    expect(there.clock.now().getTime()).toBe(until);
  });

  test.each([408, 425, 500, 503])(
    'that answers %i with Retry-After is paused for the next process, within limits',
    async (status) => {
      const here = harness({ limits: [] });
      const end = await send(here, here.open());
      expect(await end(budgetAnswer(status, { 'retry-after': '86400' }))).toBeUndefined();
      const there = harness({ limits: [] }, undefined, here.store);
      await expect(there.open().acquire(there.later(240_000), never)).rejects.toThrow(/paused until/);
      expect(await ask(there, there.open('users'), 1)).toEqual([3_600_000]);
    },
  );

  test.each<[number, Readonly<Record<string, string>>]>([
    [503, {}],
    [200, { 'retry-after': '3600' }],
    [404, { 'retry-after': '3600' }],
  ])('that answers %i with %j is not paused', async (status, headers) => {
    const all = harness({ limits: [] });
    await (
      await send(all, all.open())
    )(budgetAnswer(status, headers));
    expect(await ask(all, all.open('users'), 1)).toEqual([0]);
  });

  test('that gives no wait is paused for a minute, then for two, in every process', async () => {
    const here = harness({ limits: [] });
    expect(await (await send(here, here.open()))(tooOften())).toEqual({ retryAfterMs: 60_000 });
    const there = harness({ limits: [] }, undefined, here.store);
    const again = await send(there, there.open());
    expect(there.clock.waits).toEqual([60_000]);
    expect(await again(tooOften())).toEqual({ retryAfterMs: 120_000 });
    await (
      await send(there, there.open())
    )(fine);
    expect(await (await send(there, there.open()))(tooOften())).toEqual({ retryAfterMs: 60_000 });
  });

  test('whose pause cannot be stored is still paused for this process', async () => {
    const gone = new UnavailableError('storage answers 503.');
    const memory = memoryBudgets();
    const all = harness({ limits: [] }, undefined, { ...memory, change: () => Promise.reject(gone) });
    expect(await (await send(all, all.open()))(tooOften({ 'retry-after': '30' }))).toEqual({
      retryAfterMs: 30_000,
    });
    expect(await ask(all, all.open('users'), 1)).toEqual([30_000]);
  });
});

describe('an answer', () => {
  const answer = (headers: Readonly<Record<string, string>>, body = '{}') => budgetAnswer(200, headers, body);

  test('that leaves only the reserve makes all wait until the reset', async () => {
    const all = harness({ limits: [], reserve: 0.5 });
    const release = await all.open().acquire(all.later(60_000), never);
    await release(
      answer({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '20' }),
    );
    expect(await ask(all, all.open('users'), 1)).toEqual([20_000]);
  });

  test.each([
    ['2', '20', 20_000],
    ['3', '20', 0],
    ['2', '5', 0],
  ])(
    'that leaves %s of 10 for %s s makes a backfill wait %i ms, and no live request',
    async (left, reset, waitMs) => {
      const all = harness({ limits: [] });
      const release = await all.open().acquire(all.later(60_000), never);
      const headers = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': left };
      await release(answer({ ...headers, 'x-ratelimit-reset': reset }));
      expect(await ask(all, all.open('users'), 1)).toEqual([0]);
      expect(await ask(all, all.openBackfill(), 1)).toEqual([waitMs]);
    },
  );

  test('may state in its body how long to wait', async () => {
    const all = harness({ limits: [], wait: { from: '$.wait_time' } });
    const release = await all.open().acquire(all.later(60_000), never);
    await release(answer({}, '{"wait_time":30}'));
    expect(await ask(all, all.open(), 1)).toEqual([30_000]);
  });

  test('whose body is not JSON states no wait', async () => {
    const all = harness({ limits: [], wait: { from: '$.wait_time' } });
    const release = await all.open().acquire(all.later(60_000), never);
    await release(answer({}, '<html>'));
    expect(await ask(all, all.open(), 1)).toEqual([0]);
  });
});

test('an operator’s share overrides the declared reserve', async () => {
  const all = harness({ limits: [TEN_A_SECOND], reserve: 0.5 });
  expect((await ask(all, all.open(), 6)).at(-1)).toBe(1_010);
  const other = harness({ limits: [TEN_A_SECOND], reserve: 0.5 });
  expect((await ask(other, other.open('alerts', {}, 0.8), 8)).at(-1)).toBe(0);
});

test('without the store no permit is given', async () => {
  const gone = new UnavailableError('reserving requests: storage answers 503.');
  const all = harness({ limits: [TEN_A_SECOND] }, undefined, {
    read: () => Promise.reject(gone),
    change: () => Promise.reject(gone),
  });
  const budget = all.open();
  await expect(budget.acquire(all.later(60_000), never)).rejects.toBe(gone);
  expect(await budget.end()).toEqual({ requests: 0, waitedMs: 0, usedShare: 0 });
});

describe('a clock that jumped, or a store with impossible values', () => {
  const YEAR_9999 = Date.parse('9999-12-31T23:59:59Z');
  const asked = budgetAnswer(429, { 'retry-after': '999999999' });

  test.each([
    ['no limit', { limits: [] }],
    ['limits', { limits: [TEN_A_SECOND, { requests: 1_000, perMs: 3_600_000 }] }],
  ])('a pause of years delays no request for longer than an hour (%s)', async (_, budget) => {
    const all = harness(budget);
    const release = await all.open().acquire(all.later(60_000), never);
    expect(await release(asked)).toEqual({ retryAfterMs: 3_600_000 });
    // Another process, and this one again with its stored state: the end does not move.
    for (const passedMs of [0, 1_800_000, 1_700_000]) {
      all.clock.advance(passedMs);
      const refused = await harness(budget, undefined, all.store)
        .open()
        .acquire(all.later(1_000), never)
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UnavailableError);
    }
    all.clock.advance(100_001);
    await expect(all.open().acquire(all.later(1_000), never)).resolves.toBeInstanceOf(Function);
  });

  test.each([
    ['no limit', { limits: [] }],
    ['limits', { limits: [TEN_A_SECOND, { requests: 1_000, perMs: 3_600_000 }] }],
  ])('a time stored for the year 9999 delays no request (%s)', async (_, budget) => {
    const store = memoryBudgets();
    // By any name of the account.
    const read: BudgetStore = {
      read: async (account) => ({ ...(await store.read(account)), pausedUntilMs: YEAR_9999 }),
      change: (account, next) =>
        store.change(account, (state) => next({ ...state, pausedUntilMs: YEAR_9999 })),
    };
    const all = harness(budget, undefined, read);
    expect((await ask(all, all.open(), 5)).every((ms) => ms < 60_000)).toBe(true);
  });

  test.each([
    ['no limit', { limits: [] }],
    ['limits', { limits: [TEN_A_SECOND, { requests: 100, perMs: 3_600_000 }] }],
  ])('a clock that was five days ahead and is set back blocks no request (%s)', async (_, budget) => {
    const all = harness(budget);
    const open = all.open();
    await ask(all, open, 1);
    all.clock.advance(5 * 86_400_000);
    await ask(all, open, 20);
    await (
      await open.acquire(all.later(60_000), never)
    )({ ...asked, headers: { 'retry-after': '1800' } });
    all.clock.advance(-5 * 86_400_000);
    const began = all.clock.now().getTime();
    await ask(all, open, 3);
    expect(all.clock.now().getTime() - began).toBeLessThanOrEqual(3_600_000);
  });
});
