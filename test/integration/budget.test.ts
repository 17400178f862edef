import type { ServerResponse } from 'node:http';
import acme from '../fixtures/connectors/acme';
import acmeRules from '../fixtures/connectors/acme/simulator';
import type { Workspace } from '../../local/workspace/workspace';
import type { RateLimit, RequestBudget } from '../../shared/contract/budget';
import type { Connector, PullSource } from '../../shared/contract/connector';
import { createBudgets, type Budgets } from '../../shared/rate-limit/run-budget';
import { createBudgetStore } from '../../shared/storage/state/budget-store';
import { openStorage } from '../../shared/storage/storage';
import { closeVendors, connectors, vendorOfToday } from '../local/vendor-setup';
import { budgetAnswer } from '../fakes/budget-answer';
import { startLoopback } from '../fakes/loopback';
import { createHttp } from '../../shared/http/http';
import { silentLog } from '../fakes/silent-log';
import { virtualClock, type VirtualClock } from '../fakes/virtual-clock';
import { limitsOf } from '../../local/vendor/request-limits';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from './harness';
import { secretsOf } from '../../shared/values/secrets/secrets';

const TEN_A_SECOND = { requests: 10, perMs: 1_000 };
const SECONDS = 12;
const never = new AbortController().signal;

let storage: TestStorage;
let workspace: Workspace;

beforeAll(async () => {
  storage = realStorage();
  workspace = await realWorkspace([acme]);
});
afterEach(closeVendors);
afterAll(async () => {
  await workspace.close();
});

/**
 * A vendor that counts to the millisecond. It counts a request up to 80 ms after it was sent, and answers 100 ms later: the
 * jitter of a busy network.
 */
async function strictVendor(limits: readonly { requests: number; perMs: number }[], clock: VirtualClock) {
  const counter = limitsOf({ limits })!;
  const counts = { fine: 0, tooMany: 0 };
  const answer = async (response: ServerResponse, call: number): Promise<void> => {
    await clock.latency((call * 37) % 81);
    const { isOver, retryMs } = counter.count(clock.now());
    counts[isOver ? 'tooMany' : 'fine']++;
    await clock.latency(100);
    const headers = isOver ? { 'retry-after': String(Math.ceil(retryMs / 1_000)) } : {};
    response.writeHead(isOver ? 429 : 200, headers).end('[]');
  };
  const server = await startLoopback((response, _, call) => void answer(response, call));
  return { server, counts };
}

/** The budgets of one process, in real storage. The clock stands still during a read or a write. */
function budgetsOf(clock: VirtualClock): Budgets {
  const store = createBudgetStore(openStorage({ AzureWebJobsStorage: storage.connectionString }), clock);
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    const end = clock.begin();
    try {
      return await work();
    } finally {
      end();
    }
  };
  return createBudgets(
    {
      read: (account) => during(() => store.read(account)),
      change: (account, next) => during(() => store.change(account, next)),
    },
    clock,
  );
}

/** A budget during whose requests the clock stands still. */
function standingStill(budget: RequestBudget, clock: VirtualClock): RequestBudget {
  return {
    async acquire(deadline, signal) {
      const release = await budget.acquire(deadline, signal);
      const end = clock.begin();
      return (answer) => {
        end();
        return release(answer);
      };
    },
  };
}

/** Six readers in one process, as fast as allowed, until the deadline or a refusal. */
async function readFast(
  url: string,
  name: string,
  limits: readonly RateLimit[],
  clock: VirtualClock,
  deadline: Date,
): Promise<number> {
  const connector = { ...acme, name, budget: { limits }, sources: { logs: {} } } as unknown as Connector;
  const id = { connector: name, instance: 'default', source: 'logs' };
  const budgets = budgetsOf(clock);
  const readers = Array.from({ length: 6 }, async () => {
    const budget = budgets.open({ id, connector, values: { url } });
    const http = createHttp({
      who: name,
      origins: [url],
      variables: { address: [], credentials: [] },
      secrets: secretsOf([]),
      signal: new AbortController().signal,
      clock,
      log: silentLog(),
      deadline,
      budget: standingStill(budget, clock),
    });
    try {
      while (clock.now() < deadline) await http.request({ url });
    } catch (error) {
      expect(error).toMatchObject({ resumeAt: expect.any(Date) as Date });
    }
    return budget.end();
  });
  const uses = await Promise.all(readers);
  return uses.reduce((all, { requests }) => all + requests, 0);
}

function later(clock: VirtualClock, ms: number): Date {
  return new Date(clock.now().getTime() + ms);
}

test.each([
  ['with limits', [TEN_A_SECOND]],
  ['without limits', []],
])('an account %s that asks to wait an hour is paused for the next process', async (_, limits) => {
  const connector = { ...acme, name: `paused-${limits.length}`, budget: { limits }, sources: { logs: {} } };
  const owner = {
    id: { connector: connector.name, instance: 'default', source: 'logs' },
    connector: connector as unknown as Connector,
    values: { url: 'https://a.test' },
  };
  const clock = virtualClock();
  const first = budgetsOf(clock).open(owner);
  const release = await first.acquire(later(clock, 60_000), never);
  expect(await release(budgetAnswer(429, { 'retry-after': '3600' }))).toEqual({ retryAfterMs: 3_600_000 });
  await first.end();
  const next = budgetsOf(clock).open(owner);
  await expect(next.acquire(later(clock, 60_000), never)).rejects.toThrow(/paused until/);
});

test('10 requests a second: at least 90 % of them are used in spite of jitter, without one 429', async () => {
  const clock = virtualClock();
  const { counts, server } = await strictVendor([TEN_A_SECOND], clock);
  const deadline = later(clock, SECONDS * 1_000);
  const requests = await readFast(server.url, 'alone', [TEN_A_SECOND], clock, deadline);
  await server.close();
  expect(counts).toEqual({ fine: requests, tooMany: 0 });
  expect(requests / (SECONDS * 10)).toBeGreaterThanOrEqual(0.9);
});

test('two processes that share an account never exceed it together, and both get a share', async () => {
  const limits = [
    { requests: 20, perMs: 1_000 },
    { requests: 150, perMs: 30_000 },
  ];
  const clock = virtualClock();
  const { counts, server } = await strictVendor(limits, clock);
  const deadline = later(clock, 14_000);
  const first = readFast(server.url, 'shared', limits, clock, deadline);
  await clock.sleep(1_000);
  const requests = await Promise.all([first, readFast(server.url, 'shared', limits, clock, deadline)]);
  await server.close();
  expect(counts.tooMany).toBe(0);
  expect(counts.fine).toBeLessThanOrEqual(150);
  expect(Math.min(...requests)).toBeGreaterThan(10);
});

test('a run that used up its budget ends out of time, says until when, and is triggered again only for a short wait', async () => {
  const budget = { limits: [{ requests: 3, perMs: 86_400_000 }] };
  const source = { ...(acme.sources['systemLog'] as PullSource), budget };
  const small: Connector = { ...acme, sources: { systemLog: source } };
  const simulated = connectors
    .filter(({ connector }) => connector === acme)
    .map((each) => ({ ...each, connector: small, rules: acmeRules }));
  const vendor = await vendorOfToday({ connectors: simulated, pageSize: 2, limits: true });
  const env = {
    ...variablesFor(storage, workspace),
    ...variablesOf('acme', vendor.settings('acme')),
    ACME_START: '2020-01-01T00:00:00Z',
  };
  const id = { connector: 'acme', instance: 'default', source: 'systemLog' };
  const report = await appWith(env, [small]).pullSource(id, keptLines());
  expect(report).toMatchObject({ outcome: 'out-of-time', pages: 3, fetched: 6, accepted: 6 });
  expect(report.error).toBeUndefined();
  expect(report.budget).toMatchObject({ requests: 3, usedShare: 1 });
  expect(Date.parse(report.resumeAt!) - Date.now()).toBeGreaterThan(86_000_000);
  const again = await appWith(env, [small]).pullSource(id, keptLines());
  expect(again).toMatchObject({ outcome: 'out-of-time', pages: 0, withoutProgress: 1 });
  const third = await appWith(env, [small]).pullSource(id, keptLines());
  expect(third).toMatchObject({ withoutProgress: 2 });
  expect([vendor.requests.length, vendor.tooMany]).toEqual([3, 0]);
  const [row] = await workspace.query(
    'SELECT "BudgetRequests", "BudgetUsedShare" FROM "ConnectorHealth_CL" WHERE "BudgetRequests" = 3',
  );
  expect(row).toMatchObject({ BudgetUsedShare: 1 });
});
