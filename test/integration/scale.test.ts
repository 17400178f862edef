import { LOCAL_TOKEN, LOCAL_WORKSPACE } from '../../local/start/app-environment';
import { startWorkspace, workspaceTable, type Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Connector } from '../../shared/contract/connector';
import { openStorage } from '../../shared/storage/storage';
import { startLoopback } from '../fakes/loopback';
import { PAGES, PER_PAGE, generate, pageOf, readAsked, startGeneratedVendor, tableOf } from './generated';
import { appWith, keptLines, realStorage, variablesFor, variablesOf, type TestStorage } from './harness';
import { CONTINUE_QUEUE, tablesOf } from '../../shared/admin';

const EVENTS = PAGES * PER_PAGE;
const dcr = (number: number): string => `dcr-${String(number).padStart(32, '0')}`;

let storage: TestStorage;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  storage = realStorage();
});
beforeEach(async () => {
  const { blobs, queue } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  await Promise.all([blobs.deleteIfExists(), queue(CONTINUE_QUEUE).deleteIfExists()]);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

/** Started services, which end after their test. */
async function open<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  opened.push(started);
  return started;
}

function workspaceOf(
  connectors: readonly Connector[],
  dcrImmutableId: string,
  rules?: Readonly<Record<string, readonly string[]>>,
): Promise<Workspace> {
  const { workspaceId, workspaceKey } = LOCAL_WORKSPACE;
  return open(
    startWorkspace({
      databaseFile: ':memory:',
      tables: tablesOf(connectors).map(workspaceTable),
      dcrImmutableId,
      ...(rules === undefined ? {} : { rules }),
      token: LOCAL_TOKEN,
      workspaceId,
      workspaceKeys: [workspaceKey],
    }),
  );
}

/** The origin of each row of a table, and the number of different events. */
async function held(workspace: Workspace, table: string): Promise<Record<string, number>> {
  const rows = await workspace.query(
    `SELECT "From" AS origin, count(*) AS n, count(DISTINCT "EventId") AS events FROM "${table}" GROUP BY 1 ORDER BY 1`,
  );
  expect(rows.filter(({ events, n }) => events !== n)).toEqual([]);
  return Object.fromEntries(rows.map(({ n, origin }) => [String(origin), Number(n)]));
}

/** Handles trigger messages, all waiting ones at once, until none is left. @returns how many there were */
async function drain(app: App): Promise<number> {
  const queue = openStorage({ AzureWebJobsStorage: storage.connectionString }).queue(CONTINUE_QUEUE);
  let answered = 0;
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) return answered;
    answered += receivedMessageItems.length;
    await Promise.all(
      receivedMessageItems.map(async ({ messageId, messageText, popReceipt }) => {
        await app.goOn(JSON.parse(Buffer.from(messageText, 'base64').toString()), keptLines());
        await queue.deleteMessage(messageId, popReceipt);
      }),
    );
  }
}

test('25 tables are sent through three rules, each row into its own table', async () => {
  const sources = Array.from({ length: 25 }, (_, at) => `s${at + 1}`);
  const wide = generate('wide', sources);
  const ruleOf = (at: number): string => dcr(1 + Math.floor(at / 10));
  const streams = Object.fromEntries(sources.map((s, at) => [tableOf('wide', s), { dcr: ruleOf(at) }]));
  const rules: Record<string, string[]> = { [dcr(3)]: ['Custom-ConnectorHealth_CL'] };
  for (const [table, to] of Object.entries(streams)) (rules[to.dcr] ??= []).push(`Custom-${table}`);
  const workspace = await workspaceOf([wide], dcr(1), rules);
  const vendor = await open(startGeneratedVendor());
  const env = {
    ...variablesFor(storage, workspace),
    ...variablesOf('wide', { url: vendor.url, token: 'tenant' }),
    DCR_IMMUTABLE_ID: dcr(3),
    DCR_STREAMS: JSON.stringify(streams),
  };
  const app = appWith(env, [wide]);
  const reports = await app.pullConnector('wide', keptLines());
  expect(reports.length + (await drain(app))).toBe(25);
  expect(Object.values(rules).map((list) => list.length)).toEqual(expect.arrayContaining([10, 10, 6]));
  for (const source of sources) {
    expect(await held(workspace, tableOf('wide', source))).toEqual({ [`tenant ${source}`]: EVENTS });
  }
});

test('two instances deliver to two workspaces, and their rows never mix', async () => {
  const acme = generate('acme', ['alerts']);
  const [here, eu] = [await workspaceOf([acme], dcr(7)), await workspaceOf([acme], dcr(8))];
  const vendor = await open(startGeneratedVendor());
  const env = {
    ...variablesFor(storage, here),
    DCR_IMMUTABLE_ID: dcr(7),
    ...variablesOf('acme', { url: vendor.url, token: 'home' }),
    ...variablesOf('acme', { url: vendor.url, token: 'abroad' }, 'eu'),
    ACME__EU__LOGS_INGESTION_ENDPOINT: eu.url,
    ACME__EU__DCR_IMMUTABLE_ID: dcr(8),
  };
  const reports = await appWith(env, [acme]).pullConnector('acme', keptLines());
  expect(reports.map(({ outcome }) => outcome)).toEqual(['caught-up', 'caught-up']);
  expect(await held(here, 'AcmeAlerts_CL')).toEqual({ 'home alerts': EVENTS });
  expect(await held(eu, 'AcmeAlerts_CL')).toEqual({ 'abroad alerts': EVENTS });
  const health = 'SELECT "Instance" AS instance FROM "ConnectorHealth_CL"';
  expect([await here.query(health), await eu.query(health)]).toEqual([
    [{ instance: 'default' }],
    [{ instance: 'eu' }],
  ]);
});

test('40 instances of 4 connectors are few functions, respect the concurrency limit, and miss nothing', async () => {
  const names = ['alpha', 'beta', 'gamma', 'delta'];
  const connectors = names.map((name) => generate(name, ['events']));
  const workspace = await workspaceOf(connectors, dcr(9));
  const vendor = await open(startGeneratedVendor({ delayMs: 20, together: 8 }));
  const instances = Array.from({ length: 10 }, (_, at) => `t${at}`);
  const settings = names.flatMap((name) =>
    instances.map((one) => variablesOf(name, { url: vendor.url, token: `${name}-${one}` }, one)),
  );
  const env = {
    ...variablesFor(storage, workspace),
    DCR_IMMUTABLE_ID: dcr(9),
    ...Object.fromEntries(settings.flatMap((one) => Object.entries(one))),
  };
  const app = appWith(env, connectors);
  expect(app.sources()).toHaveLength(40);
  // One function per timer, and continue, sweep and page of functions/.
  expect(app.timers.map(({ connector }) => connector)).toEqual(names);
  expect(new Set(app.timers.map(({ schedule }) => schedule)).size).toBe(4);

  const started = await Promise.all(names.map((name) => app.pullConnector(name, keptLines())));
  expect(started.flat()).toHaveLength(8);
  expect(await drain(app)).toBe(32);
  expect(vendor.peak()).toBe(8);
  for (const name of names) {
    const all = instances.map((one) => [`${name}-${one} events`, EVENTS]);
    expect(await held(workspace, tableOf(name, 'events'))).toEqual(Object.fromEntries(all));
  }
});

test('a key rotated during a run moves no checkpoint, and with the new key nothing is missing', async () => {
  const acme = generate('acme', ['alerts']);
  const workspace = await workspaceOf([acme], dcr(5));
  const vendor = await open(
    startLoopback((response, asked) => {
      const { page, source, token } = readAsked(asked);
      // The old key is valid for the first page only.
      const isGood = token === 'new-key' || (token === 'old-key' && page === 0);
      response.writeHead(isGood ? 200 : 401).end(isGood ? pageOf('tenant', source, page) : '{}');
    }),
  );
  const id = { connector: 'acme', instance: 'default', source: 'alerts' };
  const runWith = async (token: string): Promise<{ error?: unknown; accepted: number; ledger: unknown }> => {
    const set = variablesOf('acme', { url: vendor.url, token });
    const app = appWith({ ...variablesFor(storage, workspace), DCR_IMMUTABLE_ID: dcr(5), ...set }, [acme]);
    const { accepted, error } = await app.pullSource(id, keptLines());
    return { accepted, error, ledger: (await app.status())[0]?.instances[0]?.sources[0]?.ledger };
  };
  const refused = { name: 'SettingError', message: expect.stringMatching(/401.*Check ACME_TOKEN/) };
  const first = await runWith('old-key');
  expect(first).toMatchObject({
    accepted: PER_PAGE,
    error: refused,
    ledger: { fetched: PER_PAGE, pending: 0 },
  });
  const second = await runWith('old-key');
  expect(second).toEqual({ ...first, accepted: 0 });
  const third = await runWith('new-key');
  expect(third).toMatchObject({ accepted: EVENTS - PER_PAGE, ledger: { fetched: EVENTS, accepted: EVENTS } });
  expect(await held(workspace, 'AcmeAlerts_CL')).toEqual({ 'tenant alerts': EVENTS });
  expect(vendor.asked.map((asked) => readAsked(asked).page)).toEqual([0, 1, 1, 1, 2]);
});
