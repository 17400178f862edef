import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import { isBalanced } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';
import {
  bool,
  datetime,
  defineConnector,
  dynamic,
  int,
  long,
  real,
  rest,
  secret,
  string,
  url,
} from '../../shared';
import { openStorage } from '../../shared/storage/storage';
import { HOSTILE_ANSWERS, type Expected } from '../fakes/hostile-answers';
import { startLoopback, type Loopback } from '../fakes/loopback';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from './harness';

const CASES = Object.entries(HOSTILE_ANSWERS);
const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`W${i}`, string(`w${i}`)]));

/** From a vendor on this machine through the real HTTP client, pull and sink into the local workspace. */
const connector = defineConnector({
  name: 'hostile',
  title: 'Hostile',
  settings: { url: url('Where it is.'), token: secret('Who asks.') },
  sources: {
    events: {
      table: {
        name: 'HostileEvents_CL',
        time: 'at',
        eventId: 'id',
        columns: {
          Name: string('name'),
          Count: int('count'),
          Big: long('big'),
          Ratio: real('ratio'),
          Ok: bool('ok'),
          Happened: datetime('happened'),
          Details: dynamic('details'),
          ...wide,
        },
      },
      pull: rest({
        base: 'url',
        path: '/events',
        auth: { kind: 'bearer', setting: 'token' },
        records: '$[*]',
        next: { kind: 'link' },
        stop: { on: 'no-next' },
        resume: 'time',
        since: { in: 'query', name: 'since' },
      }),
    },
  },
});

let storage: TestStorage;
let workspace: Workspace;
let vendor: Loopback;
let app: App;

type SinkName = 'logs-ingestion' | 'data-collector';

/** Each answer has its own instance for each sink, so that runs do not affect one another. */
const instanceOf = (name: string, sink: SinkName): string =>
  `${sink[0]}${CASES.findIndex(([one]) => one === name)}`;
const SINKS: readonly SinkName[] = ['logs-ingestion', 'data-collector'];

beforeAll(async () => {
  storage = realStorage();
  workspace = await realWorkspace([connector]);
  vendor = await startLoopback((response, { url: asked }) => {
    const [, answer] = CASES[Number(/^\/[dl](\d+)\/events/.exec(asked)?.[1])] ?? [];
    response.writeHead(answer === undefined ? 404 : 200, {
      'content-type': 'application/json',
      ...answer?.headers,
    });
    response.end(answer?.body());
  });
  const settings = SINKS.flatMap((sink) =>
    CASES.map(([name]) => {
      const instance = instanceOf(name, sink);
      const own = { url: `${vendor.url}/${instance}`, token: 'local', SINK: sink };
      return variablesOf('hostile', own, instance);
    }),
  );
  app = appWith(Object.assign({}, variablesFor(storage, workspace), ...settings) as Record<string, string>, [
    connector,
  ]);
});
afterAll(async () => {
  await vendor.close();
  await workspace.close();
});

/** The causes of an instance's dead letters, each once, and how many there are. */
async function lettersOf(instance: string): Promise<{ readonly causes: string[]; readonly count: number }> {
  const { blobs } = openStorage({ AzureWebJobsStorage: storage.connectionString });
  const lines: { readonly cause: string }[] = [];
  for await (const { name } of blobs.listBlobsFlat({ prefix: `dead-letters/hostile/${instance}/` })) {
    const text = (await blobs.getBlobClient(name).downloadToBuffer()).toString();
    lines.push(
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly cause: string }),
    );
  }
  return { causes: [...new Set(lines.map(({ cause }) => cause))], count: lines.length };
}

function pullOf(instance: string): Promise<RunReport> {
  return app.pullSource({ connector: 'hostile', instance, source: 'events' }, keptLines());
}

/** The outcome according to a run's report, the dead letters and the table. */
async function outcomeOf(instance: string, count: string): Promise<object> {
  const { error, fetched, accepted, deadLettered, drifted, duplicate, filtered, pending, ...report } =
    await pullOf(instance);
  const letters = await lettersOf(instance);
  const ledger = { fetched, accepted, deadLettered, duplicate, filtered, pending };
  return {
    outcome: report.outcome,
    error: error === undefined ? undefined : [error.name, error.message],
    ledger,
    isBalanced: isBalanced(ledger),
    drifted,
    letters,
    stored: await workspace.query(count),
  };
}

/** The expected outcome of an answer, in the same form. */
function wanted({ accepted = 0, causes = [], deadLettered = 0, drifted = 0, error }: Expected): object {
  const fetched = accepted + deadLettered;
  return {
    outcome: error === undefined ? 'caught-up' : 'failed',
    error: error === undefined ? undefined : [error[0], expect.stringContaining(error[1])],
    ledger: { fetched, accepted, deadLettered, duplicate: 0, filtered: 0, pending: 0 },
    isBalanced: true,
    drifted,
    letters: { causes, count: causes.includes('truncated') ? 1 : deadLettered },
    stored: [{ n: accepted, ids: accepted }],
  };
}

describe.each(CASES)('%s', (name, { expected }) => {
  test(`becomes ${JSON.stringify({ ...expected, row: undefined, classic: undefined })}`, async () => {
    const instance = instanceOf(name, 'logs-ingestion');
    const where = `FROM HostileEvents_CL WHERE "Instance" = '${instance}'`;
    const count = `SELECT count(*) AS n, count(DISTINCT EventId) AS ids ${where}`;
    expect(await outcomeOf(instance, count)).toEqual(wanted(expected));
    const [row] = await workspace.query(`SELECT * ${where} AND EventId = 'x'`);
    const columns = Object.keys(expected.row ?? {}).map((column) => [column, row?.[column]]);
    expect(Object.fromEntries(columns)).toEqual(expected.row ?? {});
  });
});

describe.each(CASES.filter(([, { isLong }]) => isLong !== true))('%s', (name, { expected }) => {
  test('becomes the same over the Data Collector API', async () => {
    const instance = instanceOf(name, 'data-collector');
    const where = `FROM HostileEvents_CL WHERE Instance_s = '${instance}'`;
    const count = `SELECT count(*) AS n, count(DISTINCT EventId_s) AS ids ${where}`;
    expect(await outcomeOf(instance, count)).toEqual(wanted({ ...expected, ...expected.classic }));
  });
});

test('no answer changes an object’s prototype', () => {
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('the workspace dropped no accepted row', async () => {
  expect(await workspace.query('SELECT Message FROM DCRLogErrors')).toEqual([]);
});
