import { setTimeout as wait } from 'node:timers/promises';
import acme from '../fixtures/connectors/acme';
import acmeRules from '../fixtures/connectors/acme/simulator';
import type { Azurite } from '../../local/storage/azurite';
import type { Workspace } from '../../local/workspace/workspace';
import type { Connector, PullSource } from '../../shared/contract/connector';
import { clock } from '../../shared/process/clock';
import { createBudgets } from '../../shared/rate-limit/run-budget';
import { createBudgetStore } from '../../shared/storage/state/budget-store';
import { openStorage } from '../../shared/storage/storage';
import { closeVendors, connectors, vendorOfToday } from '../local/vendor-setup';
import { budgetAnswer } from '../fakes/budget-answer';
import { startLoopback } from '../fakes/loopback';
import { createHttp } from '../../shared/http/http';
import { silentLog } from '../fakes/silent-log';
import { limitsOf } from '../../local/vendor/request-limits';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, variablesOf } from './rig';
import { secretsOf } from '../../shared/values/secrets/secrets';

const TEN_A_SECOND = { requests: 10, perMs: 1_000 };
const SECONDS = 12;

let storage: Azurite;
let workspace: Workspace;

beforeAll(async () => {
  storage = await realStorage();
  workspace = await realWorkspace([acme]);
});
afterEach(closeVendors);
afterAll(async () => {
  await workspace.close();
  await storage.stop();
});

/** A vendor that keeps its limits to the millisecond and takes 100 ms for an answer. */
async function strictVendor(limits: readonly { requests: number; perMs: number }[]) {
  const counter = limitsOf({ limits })!;
  const counts = { fine: 0, tooMany: 0 };
  const server = await startLoopback((response) => {
    const { isOver, retryMs } = counter.count(new Date());
    counts[isOver ? 'tooMany' : 'fine']++;
    const status = isOver ? 429 : 200;
    const headers = isOver ? { 'retry-after': String(Math.ceil(retryMs / 1_000)) } : {};
    setTimeout(() => response.writeHead(status, headers).end('[]'), 100);
  });
  return { server, counts };
}

/** Six readers of one process, as fast as they may until the deadline. */
async function readFast(url: string, name: string, limits: Connector['budget'], deadline: Date) {
  const store = createBudgetStore(openStorage({ AzureWebJobsStorage: storage.connectionString }), clock);
  const connector = { ...acme, name, budget: limits, sources: { logs: {} } } as unknown as Connector;
  const id = { connector: name, instance: 'default', source: 'logs' };
  const budgets = createBudgets(store, clock);
  const readers = Array.from({ length: 6 }, async () => {
    const budget = budgets.open({ id, connector, values: { url } });
    const { signal } = new AbortController();
    const variables = { address: [], credentials: [] };
    const common = {
      who: name,
      origins: [url],
      variables,
      secrets: secretsOf([]),
      signal,
      clock,
      log: silentLog(),
    };
    const http = createHttp({ ...common, deadline, budget });
    while (clock.now() < deadline) await http.request({ url }).catch(() => undefined);
    return budget.end();
  });
  const uses = await Promise.all(readers);
  return uses.reduce((all, { requests }) => all + requests, 0);
}

test.each([
  ['with limits', [TEN_A_SECOND]],
  ['without limits', []],
])('an account %s that asked for an hour is left alone by the next process', async (name, limits) => {
  const connector = { ...acme, name: `paused-${limits.length}`, budget: { limits }, sources: { logs: {} } };
  const owner = {
    id: { connector: connector.name, instance: 'default', source: 'logs' },
    connector: connector as unknown as Connector,
    values: { url: 'https://a.test' },
  };
  const open = () =>
    createBudgets(
      createBudgetStore(openStorage({ AzureWebJobsStorage: storage.connectionString }), clock),
      clock,
    ).open(owner);
  const { signal } = new AbortController();
  const soon = new Date(Date.now() + 60_000);
  const first = open();
  const end = await first.acquire(soon, signal);
  const answer = budgetAnswer(429, { 'retry-after': '3600' });
  expect(await end(answer)).toMatchObject({ waitMs: expect.closeTo(3_600_000, -3) as number });
  await first.end();
  await expect(open().acquire(soon, signal)).rejects.toThrow(/left alone until/);
});

test('10 requests a second: at least 90 % of them used on a busy machine too, and not one 429', async () => {
  const { counts, server } = await strictVendor([TEN_A_SECOND]);
  const deadline = new Date(Date.now() + SECONDS * 1_000);
  const requests = await readFast(server.url, 'alone', { limits: [TEN_A_SECOND] }, deadline);
  await server.close();
  expect(counts).toEqual({ fine: requests, tooMany: 0 });
  expect(requests / (SECONDS * 10)).toBeGreaterThanOrEqual(0.9);
});

test('two processes share one account: together they never exceed it, and both get their part', async () => {
  const limits = [
    { requests: 20, perMs: 1_000 },
    { requests: 150, perMs: 30_000 },
  ];
  const { counts, server } = await strictVendor(limits);
  const deadline = new Date(Date.now() + 14_000);
  const first = readFast(server.url, 'shared', { limits }, deadline);
  await wait(1_000);
  const requests = await Promise.all([first, readFast(server.url, 'shared', { limits }, deadline)]);
  await server.close();
  expect(counts.tooMany).toBe(0);
  expect(counts.fine).toBeLessThanOrEqual(150);
  expect(Math.min(...requests)).toBeGreaterThan(10);
});

test('a run that used up its budget ends out of time, says until when, and is woken when it is not long', async () => {
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
