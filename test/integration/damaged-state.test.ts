import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import type { Connector, PullSource } from '../../shared/contract/connector';
import { SettingError } from '../../shared/contract/errors';
import { createBudgetStore } from '../../shared/storage/state/budget-store';
import { clock } from '../../shared/process/clock';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { EMPTY_BUDGET, type BudgetState } from '../../shared/rate-limit/stored-budget';
import { openStores } from '../../shared/run/stores';
import { event, SAMPLE_TABLE, scriptedConnector, type Step } from '../fakes/scripted-source';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import type { RunReport } from '../../shared/contract/run';
import { openAdmin } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';

/*
 * A damaged blob of any kind affects at most its own source. The error names the problem and the remedy, and the remedy works.
 * No run waits for time to pass.
 */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const NEIGHBOUR = { ...ID, instance: 'eu' };
const LOGS = { connector: 'logs', instance: 'default', source: 'Sample' };
const BUDGET = 'budgets/acme/0000.json';
const STREAM = 'streams/Sample_CL.json';

/** Texts that may replace any JSON blob. */
const ANYTHING = ['', '{"version":1', 'null', '{}'];

let azurite: TestStorage;
let storage: Storage;
let workspace: Workspace;
let script: Step[];
let env: Record<string, string>;
let app: App;

/** The source's position is the number of delivered pages; it refuses any other value as damaged. */
const acme = (): Connector => {
  const connector = scriptedConnector(script);
  const { alerts } = connector.sources as Readonly<Record<'alerts', PullSource>>;
  return {
    ...connector,
    sources: {
      alerts: {
        ...alerts,
        async *pull(context) {
          const delivered = context.checkpoint?.['delivered'] ?? 0;
          if (typeof delivered !== 'number')
            throw new SettingError('its position is no number of pages', { isDamage: true });
          yield* alerts.pull(context);
        },
      },
    },
  };
};

beforeAll(async () => {
  azurite = realStorage();
});
beforeAll(async () => {
  workspace = await realWorkspace([acme()], { env: { ACME_URL: 'https://acme.test' } });
});
beforeEach(async () => {
  script = [[event('a')]];
  env = {
    ...variablesFor(azurite, workspace),
    ACME_URL: 'https://acme.test',
    ACME__EU__URL: 'https://eu.acme.test',
  };
  storage = openStorage(env);
  await storage.blobs.deleteIfExists();
  app = appWith(env, [acme()]);
  await Promise.all([run(), run(NEIGHBOUR)]);
});
afterAll(() => workspace.close());

const run = (id = ID): Promise<RunReport> => app.pullSource(id, keptLines());
const admin = () => openAdmin(app, keptLines());
const put = (name: string, text: string) =>
  storage.blobs.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
const textOf = async (name: string): Promise<string> =>
  (await storage.blobs.getBlobClient(name).downloadToBuffer()).toString();
async function namesBelow(prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of storage.blobs.listBlobsFlat({ prefix })) names.push(name);
  return names;
}
/** The problem of each of two sources, as the page shows it. */
async function problems(): Promise<(string | undefined)[]> {
  const [connector] = await app.status();
  return (connector?.instances ?? []).map(({ sources }) => sources[0]?.problem);
}

/** The other source runs, the page and the lists show both, and the sweep ends. */
async function costsNobodyElse(): Promise<void> {
  expect(await run(NEIGHBOUR)).toMatchObject({ outcome: 'caught-up' });
  const [, neighbour] = await problems();
  expect(neighbour).toBeUndefined();
  expect(await app.sweep(keptLines())).toEqual([]);
  expect(await admin().readState(NEIGHBOUR)).not.toHaveProperty('problem');
  expect(await admin().readState(ID)).toBeDefined();
  expect(await admin().explain(ID, new Date(0), new Date())).toMatchObject({ id: ID });
}

describe.each(ANYTHING)('%j instead of', (text) => {
  test('a pause: its runs fail with the commands that end it, and each command works', async () => {
    const name = 'operators/acme/default/alerts.json';
    await put(name, text);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', fetched: 0, error: { name: 'SettingError' } });
    expect(report.error?.message).toMatch(
      /^reading the pause of acme\/alerts: operators\/acme\/default\/alerts\.json is damaged: .*"npx tributary pause acme\/alerts" or "npx tributary resume acme\/alerts"/,
    );
    expect(report.error?.message).not.toMatch(/next run/);
    await costsNobodyElse();
    expect((await problems())[0]).toContain(name);
    expect((await admin().readState(ID))?.problem).toContain(name);
    expect(await admin().resume(ID, 'anna')).toBe('damaged');
    expect(await run()).toMatchObject({ outcome: 'caught-up' });
    await put(name, text);
    expect(await admin().pause(ID, 'anna')).toMatchObject({ by: 'anna' });
    expect(await run()).toMatchObject({ outcome: 'paused' });
    const { acts } = await admin().explain(ID, new Date(0), new Date());
    expect(acts.map(({ before, what }) => [what, before])).toEqual([
      ['resume', { damaged: true }],
      ['pause', { damaged: true }],
    ]);
  });

  test('a report: the page says so, no run fails because of it, and the next run replaces it', async () => {
    await put('runs/acme/default/alerts.json', text);
    await costsNobodyElse();
    expect((await problems())[0]).toMatch(
      /^reading the report of acme\/alerts: runs\/acme\/default\/alerts\.json is damaged: .* The next run of the source replaces it/,
    );
    expect(await run()).toMatchObject({ outcome: 'caught-up' });
    expect(await problems()).toEqual([undefined, undefined]);
  });

  test('a checkpoint: its runs fail with the commands that repair it, and they work', async () => {
    await put('checkpoints/acme/default/alerts.json', text);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
    expect(report.error?.message).toMatch(
      /not treated as a first run: .*"npx tributary state reset acme\/alerts"/,
    );
    await costsNobodyElse();
    expect((await problems())[0]).toBe(report.error?.message);
    await admin().changeState(ID, 'anna', { what: 'state-reset' });
    expect(await run()).toMatchObject({ outcome: 'caught-up', fetched: 1 });
  });

  test('a backfill job: the page names it, and its source runs', async () => {
    const folder = 'backfills/acme/default/alerts/0a1b2c3d/';
    await put(`${folder}order.json`, text);
    expect(await run()).toMatchObject({ outcome: 'caught-up' });
    await costsNobodyElse();
    expect((await problems())[0]).toMatch(
      /^reading the backfill 0a1b2c3d of acme\/alerts: .* Remove backfills\/acme\/default\/alerts\/0a1b2c3d\/ and start it again/,
    );
    const lines = keptLines();
    await app.sweep(lines);
    expect(lines.all.join()).toContain('backfill cannot be read');
    await storage.blobs.deleteBlob(`${folder}order.json`);
    expect(await problems()).toEqual([undefined, undefined]);
  });

  test('the known columns of a stream: rows of its table wait for the command that writes them anew', async () => {
    script.push([event('b')]);
    await put(STREAM, text);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
    expect(report.error?.message).toMatch(
      /^reading the columns of the stream of Sample_CL: streams\/Sample_CL\.json is damaged: .*"npx tributary tables --apply Sample_CL"/,
    );
    expect(await problems()).toEqual([undefined, undefined]);
    await openStores(readAppSettings(env), clock).streams.write(SAMPLE_TABLE.name, {
      version: 1,
      columns: {},
    });
    expect(await run()).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  });

  test('the known columns of a pushed table’s stream: bodies wait, with the reason', async () => {
    const { spool } = openStores(readAppSettings(env), clock);
    const bytes = Buffer.from('[{"a":1}]');
    await spool.put(LOGS, { bytes, records: 1, receivedAt: clock.now().toISOString(), key: 'one' });
    await put(STREAM, text);
    await app.deliver(LOGS, keptLines());
    const message = expect.stringContaining('"npx tributary tables --apply Sample_CL"') as string;
    expect(await app.spool()).toMatchObject([
      { ...LOGS, ledger: { pending: 1 }, waiting: { reason: 'setting', message } },
    ]);
  });

  test('a budget: it starts anew, one process reports it once, and its bytes are kept', async () => {
    await put(BUDGET, text);
    const told: string[] = [];
    const damaged = ({ message }: Error): void => void told.push(message);
    const pause = (state: BudgetState) => ({ state: { ...state, limitsMet: (state.limitsMet ?? 0) + 1 } });
    const processes = Array.from({ length: 4 }, () => createBudgetStore(storage, clock));
    await Promise.all(processes.map((store) => store.change('acme/0000', pause, damaged)));
    expect(await processes[0]?.read('acme/0000', damaged)).toEqual({ ...EMPTY_BUDGET, limitsMet: 4 });
    const copies = await namesBelow('damaged/');
    expect(copies).toEqual([
      expect.stringMatching(/^damaged\/budgets\/acme\/0000\.json\/\d{4}-\d\d-\d\d-\w+$/),
    ]);
    expect(await textOf(copies[0] as string)).toBe(text);
    expect(told).toEqual([
      expect.stringMatching(
        /^reading the budget acme\/0000: budgets\/acme\/0000\.json is damaged: .*\. A new one replaces it, and nothing needs to be done: /,
      ),
    ]);
    expect(told[0]).toContain(`Its bytes are kept as ${copies[0]} for RETENTION_DAYS.`);
  });

  test('a seen app: the check for other apps continues, and it is reported once', async () => {
    const { seenApps } = openStores(readAppSettings(env), clock);
    const at = clock.now().toISOString();
    await seenApps.put({ site: 'one', slot: 'production', since: at, at });
    await put('apps/two/production.json', text);
    const told: string[] = [];
    const list = () => seenApps.list(({ message }) => void told.push(message));
    expect([await list(), await list()].flat().map(({ site }) => site)).toEqual(['one', 'one']);
    expect(told).toEqual([expect.stringContaining('apps/two/production.json is damaged')]);
    expect(await namesBelow('damaged/')).toEqual([
      expect.stringContaining('damaged/apps/two/production.json/'),
    ]);
  });

  test('the counters of a spool: the page shows what is pending, sweep fails for it, and the bodies stay', async () => {
    const { spool } = openStores(readAppSettings(env), clock);
    const bytes = Buffer.from('[{"a":1},{"a":2}]');
    await spool.put(LOGS, { bytes, records: 2, receivedAt: clock.now().toISOString(), key: 'one' });
    const name = 'spool-totals/logs/default/Sample.json';
    await put(name, text);
    await app.deliver(LOGS, keptLines());
    const message = expect.stringMatching(
      /^reading the counters of the spool of logs\/Sample: spool-totals\/logs\/default\/Sample\.json is damaged: .*or remove it, and the counts begin again/,
    ) as string;
    expect(await app.spool()).toMatchObject([
      { ...LOGS, ledger: { stored: 2, pending: 2 }, problem: message },
    ]);
    await expect(app.sweepOnTimer(keptLines())).rejects.toThrow('spool-totals/logs/default/Sample.json');
    expect(await problems()).toEqual([undefined, undefined]);
    await storage.blobs.deleteBlob(name);
    await openStores(readAppSettings(env), clock).streams.write('Sample_CL', { version: 1, columns: {} });
    expect((await app.spool())[0]).not.toHaveProperty('problem');
  });
});

describe('a blob that parses and has damaged content is damaged too:', () => {
  test('a position that only its source can judge: its runs fail with the blob and the commands that repair it', async () => {
    const name = 'checkpoints/acme/default/alerts.json';
    const stored = JSON.stringify({
      ...(JSON.parse(await textOf(name)) as object),
      position: { delivered: 'noon' },
    });
    script.push([event('b')]);
    await put(name, stored);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'failed', fetched: 0, error: { name: 'SettingError' } });
    expect(report.error?.message).toMatch(
      /^reading the checkpoint of acme\/alerts: checkpoints\/acme\/default\/alerts\.json is damaged: its position is no number of pages\. .*"npx tributary state reset acme\/alerts"/,
    );
    expect(JSON.parse(await textOf(name))).toMatchObject({ position: { delivered: 'noon' } });
    expect(await run(NEIGHBOUR)).toMatchObject({ outcome: 'caught-up', accepted: 1 });
    expect((await app.status())[0]?.instances.map(({ sources }) => sources[0]?.lastRun?.outcome)).toEqual([
      'failed',
      'caught-up',
    ]);
    await admin().changeState(ID, 'anna', { what: 'state-reset' });
    expect(await run()).toMatchObject({ outcome: 'caught-up', fetched: 2 });
  });

  test.each([
    ['lost position', { position: null }],
    ['counts', { ledger: { fetched: 'many' } }],
    ['windows', { windows: { frontiers: 7 } }],
    ['boundary', { boundary: { time: 'noon', ids: [] } }],
    ['seen', { seen: { buckets: { a: [7] } } }],
    ['times', { startFrom: 'noon' }],
    ['account', { account: 'x' }],
    ['failing', { failing: { times: 1 } }],
    ['replayed', { replayed: [] }],
    ['lag', { lag: {} }],
    ['gone', { gone: [{ from: 'noon' }] }],
    ['flags', { unfinished: 'yes' }],
    ['invalid counts', { ledger: { fetched: 9e15 } }],
    ['hostile segments', { seen: { key: 'k', bucketMs: 1, buckets: { '2026-01-01T00:00': [['../x', 1]] } } }],
    ['hostile buckets', { seen: { key: 'k', bucketMs: 1, buckets: { '../..': [] } } }],
    ['open windows', { windows: { nextId: 1, frontiers: {}, open: [{ from: 'noon' }] } }],
  ])('the %s of a checkpoint', async (_, wrong) => {
    const name = 'checkpoints/acme/default/alerts.json';
    await put(name, JSON.stringify({ ...(JSON.parse(await textOf(name)) as object), ...wrong }));
    expect(await run()).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
    expect((await problems())[0]).toContain('checkpoints/acme/default/alerts.json is damaged');
  });

  test.each(['outcome', 'startedAt', 'accepted', 'error'])('the %s of a report', async (member) => {
    const name = 'runs/acme/default/alerts.json';
    await put(name, JSON.stringify({ ...(JSON.parse(await textOf(name)) as object), [member]: {} }));
    expect((await problems())[0]).toContain('runs/acme/default/alerts.json is damaged');
  });

  test.each([
    { spent: [null] },
    { spent: [{ limit: 1, untilMs: 1, requests: -9 }] },
    { holds: [{ holder: 'x' }] },
    { pausedUntilMs: 'noon' },
  ])('%j of a budget', async (wrong) => {
    const told: string[] = [];
    const limits = [{ requests: 10, perMs: 1_000 }];
    const owner = { id: ID, connector: { ...acme(), budget: { limits } }, values: {} };
    const [deadline, { signal }] = [new Date(clock.now().getTime() + 9_000), new AbortController()];
    await openStores(readAppSettings(env), clock).budgets.open(owner).acquire(deadline, signal);
    const [name] = await namesBelow('budgets/');
    await put(name as string, JSON.stringify({ ...EMPTY_BUDGET, ...wrong }));
    const damaged = ({ message }: Error): void => void told.push(message);
    await openStores(readAppSettings(env), clock)
      .budgets.open({ ...owner, damaged })
      .acquire(deadline, signal);
    expect(told).toEqual([expect.stringContaining(`${name} is damaged: its ${Object.keys(wrong)[0]} `)]);
  });

  test.each([
    { settled: null },
    { settled: { '../../checkpoints/acme/default/alerts.json': { records: 0, failures: 0, left: [] } } },
    { settled: { a: { records: -1, failures: 0 } } },
    { keys: { a: 'x' } },
    { columns: [] },
    { columns: { '../x': 'string' } },
    { waiting: {} },
    { dead: null },
    { delivered: 9e15 },
  ])('%j of the counters of a spool', async (wrong) => {
    const text = JSON.stringify({ version: 1, delivered: 1, dead: 0, ...wrong });
    await put('spool-totals/logs/default/Sample.json', text);
    expect((await app.spool())[0]?.problem).toContain('is damaged');
  });
});

test('a value that could not be read back is never written, in any blob, and the stored one stays', async () => {
  const { backfills, checkpoints, history, pauses, reports, seenApps, spool, streams } = openStores(
    readAppSettings(env),
    clock,
  );
  const budgets = createBudgetStore(storage, clock);
  const at = clock.now().toISOString();
  await budgets.change('acme/0000', (state) => ({ state: { ...state, limitsMet: 1 } }));
  const [report] = await history.read(ID, new Date(0), clock.now());
  const held = await checkpoints.acquire(ID);
  const heldSpool = await spool.acquire(LOGS);
  if (held === 'busy' || heldSpool === 'busy' || report === undefined) throw new Error('nothing was held');
  const before = new Map<string, string>();
  for (const name of await namesBelow('')) before.set(name, await textOf(name));
  const order = {
    ...ID,
    version: 1,
    id: '0a1b2c3d',
    from: at,
    to: at,
    at,
    changedAt: at,
    by: 'anna',
  } as const;
  const body = { bytes: Buffer.from('[1]'), receivedAt: at, key: 'one' };
  const writes: Readonly<Record<string, () => Promise<unknown>>> = {
    checkpoint: () => held.save({ ...held.checkpoint, savedAt: 'noon' }),
    totals: () => heldSpool.save({ ...heldSpool.counters, deadLettered: Number.NaN }),
    body: () => spool.put(LOGS, { ...body, records: -1 }),
    budget: () => budgets.change('acme/0000', (state) => ({ state: { ...state, limitsMet: -1 } })),
    order: () => backfills.add({ ...order, parts: 0, workers: 1, stepMs: 1, state: 'running' }),
    pause: () => pauses.put(ID, { by: 'anna', since: 'noon' }),
    report: () => reports.put({ ...report, accepted: Number.NaN }),
    run: () => history.add({ ...report, accepted: Number.NaN }),
    stream: () => streams.write(SAMPLE_TABLE.name, { version: 1, columns: { a: 'noon' } }),
    app: () => seenApps.put({ site: 'one', slot: 'production', since: at, at: 'noon' }),
  };
  // A bug, and reported as one: no error that advises to change a setting or to wait.
  for (const [name, write] of Object.entries(writes))
    await expect(write().then(() => name)).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(/What is stored stays as it was|could not be read back/) as string,
    });
  await Promise.all([held.release(), heldSpool.release()]);
  const after = new Map<string, string>();
  for (const name of await namesBelow('')) after.set(name, await textOf(name));
  expect(after).toEqual(before);
});

test('a damaged line of dead letters is reported and kept, and the others are still listed and dropped', async () => {
  script.push([null]);
  await run();
  const [page] = await namesBelow('dead-letters/acme/default/');
  const sound = await textOf(page as string);
  const damaged = [
    '{"half":',
    '{}',
    '{"cause":7}',
    '\u00ff',
    JSON.stringify({ ...JSON.parse(sound), at: 'noon' }),
  ];
  await put(page as string, [...damaged, sound].join('\n'));
  await put('dead-letters/acme/eu/alerts/2026-01-01/run-0.jsonl', '[]');
  const lines = keptLines();
  const found = [];
  for await (const letter of openAdmin(app, lines).deadLetters(undefined, () => true)) found.push(letter);
  expect(found).toMatchObject([{ ...ID, cause: 'not-an-object' }]);
  expect(lines.all.filter((line) => line.includes('dead letters cannot be read'))).toHaveLength(6);
  expect(lines.all.join()).toContain(`${page}: its line 5 is damaged: its at is not what any version wrote`);
  expect(await admin().replay(ID, 'anna', () => true)).toMatchObject({ remaining: 1 });
  expect(await admin().drop(ID, 'anna', () => true)).toBe(1);
  expect((await textOf(page as string)).trimEnd().split('\n')).toEqual(damaged);
  expect(await admin().drop(NEIGHBOUR, 'anna', () => true)).toBe(0);
});
