import { createHmac } from 'node:crypto';
import type { Workspace } from '../../local/workspace/workspace';
import { defineConnector, secret, string, url, type Http } from '../../shared';
import type { App } from '../../shared/app';
import type { SettingValues } from '../../shared/contract/connector';
import { openStorage } from '../../shared/storage/storage';
import { trySource } from '../../tools/try/try-source';
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
import type { RunReport } from '../../shared/contract/run';
import { openAdmin } from '../../shared/admin';

/*
 * Canaries that are not settings: a connector's code gets them from a token endpoint or as cookies, or makes them itself. The
 * vendor and the code's own errors repeat them in every form; no output may contain them.
 */

const ISSUED = {
  access_token: 'canary-access/1+é"x=',
  refresh_token: 'canary-refresh-2',
  id_token: 'eyJjYW5hcnki.eyJjYW5hcnki.Y2FuYXJ5LTM',
};
const COOKIE = 'canary-cookie-4';
const ASSERTION = 'eyJhbGciOi.canary-assertion-5.c2ln';
const CLIENT_SECRET = 'canary-client-secret-6';
const LISTED = 'canary-listed-8';
const SIGNATURE = createHmac('sha256', CLIENT_SECRET).update('7').digest('hex');
const OBTAINED = [...Object.values(ISSUED), COOKIE, ASSERTION, CLIENT_SECRET, LISTED];
const CANARIES = [...OBTAINED, SIGNATURE];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** Every form in which a text may repeat a value; the last one is within the Base64 of a longer text, as in `Basic`. */
const formsOf = (value: string): string[] => [
  value,
  encodeURIComponent(value),
  new URLSearchParams([['', value]]).toString().slice(1),
  JSON.stringify(value).slice(1, -1),
  base64(value),
  base64(`abc${value}xyz`),
];
/** The texts that no output may contain. */
const partsOf = (value: string): string[] => {
  const forms = formsOf(value);
  return [...forms.slice(0, -2), base64(value).slice(0, 12), base64(`abc${value}`).slice(4, 16)];
};
const everyForm = (values: readonly string[]): string => values.flatMap(formsOf).join(' ');
const echo = JSON.stringify({ you: everyForm(OBTAINED) });

interface Session {
  readonly token: string;
  readonly cookie: string;
}

/** Signs in as an OAuth client does. */
async function signIn(http: Http, settings: SettingValues): Promise<Session> {
  const { headers, json } = await http.request({
    url: `${settings['url']}/token`,
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_secret: settings['key'] ?? '',
      client_assertion: ASSERTION,
    }).toString(),
  });
  const { access_token } = json() as typeof ISSUED;
  await http.request({ url: `${settings['url']}/sessions`, method: 'POST', body: '{"user":"me"}' });
  return { token: access_token, cookie: headers['set-cookie'] ?? '' };
}

const ask = (http: Http, settings: SettingValues, path: string, { token, cookie }: Session) =>
  http.request({
    url: `${settings['url']}${path}`,
    headers: { Authorization: `Bearer ${encodeURIComponent(token)}`, Cookie: cookie.split(';')[0] ?? '' },
  });

const table = (name: string) => ({ name, time: 'at', eventId: 'id', columns: { Headline: string('title') } });
const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
const RECORD = { id: '1', at: hoursAgo(1).toISOString(), title: 'one' };

const acme = defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('Where Acme answers.'), key: secret('The key of a client.') },
  sources: {
    // The vendor repeats every canary in the body of an error.
    refused: {
      table: table('AcmeRefused_CL'),
      async *pull({ http, settings }) {
        const session = await signIn(http, settings);
        yield { records: [RECORD], checkpoint: { n: 1 } };
        await ask(http, settings, '/refused', session);
      },
    },
    // It does so when the request is repeated.
    busy: {
      table: table('AcmeBusy_CL'),
      async *pull({ http, settings }) {
        await ask(http, settings, '/busy', await signIn(http, settings));
        yield { records: [], checkpoint: {} };
      },
    },
    // The code's own error contains every canary.
    throws: {
      table: table('AcmeThrows_CL'),
      async *pull({ http, secret, settings }) {
        const made = secret(createHmac('sha256', settings.key).update('7').digest('hex'));
        await ask(http, settings, '/fine', await signIn(http, settings));
        yield { records: [RECORD], checkpoint: { n: 1 } };
        throw new Error(`no event with ${made} among ${everyForm(CANARIES)}`);
      },
    },
    ranged: {
      table: table('AcmeRanged_CL'),
      window: { lag: { minMs: 0, maxMs: 60_000 } },
      async *pull({ http, settings }) {
        await ask(http, settings, '/fine', await signIn(http, settings));
        yield* [];
        throw new Error(`no range: ${everyForm(OBTAINED)}`);
      },
    },
  },
});

let storage: TestStorage;
let workspace: Workspace;
let vendor: Loopback;
let app: App;
let env: Record<string, string>;
const lines = keptLines();
const reports: RunReport[] = [];

beforeAll(async () => {
  vendor = await startLoopback((response, { url: path }) => {
    if (path === '/token')
      return void response
        .writeHead(200, { 'Set-Cookie': [`session=${COOKIE}; Path=/; HttpOnly`, 'lang=en'] })
        .end(JSON.stringify({ ...ISSUED, token_type: 'Bearer', expires_in: 3_600 }));
    if (path === '/sessions')
      return void response.end(JSON.stringify({ resources: [{ sessionToken: LISTED }] }));
    if (path === '/fine') return void response.end('{}');
    const status = path === '/busy' ? 503 : 400;
    response.statusMessage = `No ${COOKIE}`;
    response.writeHead(status, { 'Retry-After': '0' }).end(echo);
  });
  storage = realStorage();
  workspace = await realWorkspace([acme]);
  env = {
    ...variablesFor(storage, workspace),
    ...variablesOf('acme', { url: vendor.url, key: CLIENT_SECRET, START: '24h' }),
  };
  app = appWith(env, [acme]);
  for (const source of Object.keys(acme.sources)) {
    reports.push(await app.pullSource({ connector: 'acme', instance: 'default', source }, lines));
  }
});
afterAll(() => Promise.all([vendor.close(), workspace.close()]));

const id = (source: string) => ({ connector: 'acme', instance: 'default', source });
/** The canaries in a text. */
const canariesIn = (text: string): string[] =>
  CANARIES.flatMap(partsOf).filter((part) => text.includes(part));

test('the canary secrets really occur: the vendor sent and received them', () => {
  const said = everyForm(CANARIES) + echo;
  expect(canariesIn(said)).toEqual(CANARIES.flatMap(partsOf));
  expect(vendor.asked.map((asked) => asked.url)).toEqual(
    expect.arrayContaining(['/token', '/refused', '/busy']),
  );
  expect(reports.map(({ outcome, error }) => [outcome, error?.name])).toEqual([
    ['failed', 'ContractError'],
    ['failed', 'UnavailableError'],
    ['failed', 'ContractError'],
    ['failed', 'ContractError'],
  ]);
});

test('none is in a report or a log line, and the rest of the text is', () => {
  const said = JSON.stringify(reports) + lines.all.join('\n');
  expect(said).toContain('400 No ***');
  expect(said).toContain('no event with *** among ***');
  expect(said).toContain('retrying after a wait');
  expect(canariesIn(said)).toEqual([]);
});

test('none is in storage: report, history, checkpoint, dead letter, message', async () => {
  const { blobs } = openStorage(env);
  const kept: string[] = [];
  for await (const { name } of blobs.listBlobsFlat()) {
    kept.push(name, (await blobs.getBlobClient(name).downloadToBuffer()).toString('utf8'));
  }
  expect(kept).toEqual(
    expect.arrayContaining([expect.stringMatching(/^runs\/.*refused/), expect.stringMatching(/^history\//)]),
  );
  expect(canariesIn(kept.join('\n'))).toEqual([]);
});

test('none is in ConnectorHealth_CL', async () => {
  const rows = await workspace.query('SELECT * FROM "ConnectorHealth_CL"');
  const text = rows.map((row) => Object.values(row).map(String).join(' ')).join('\n');
  expect(text).toContain('no event with *** among ***');
  expect(canariesIn(text)).toEqual([]);
});

test('none is in explain, the status or the plan of a backfill', async () => {
  const admin = openAdmin(app, lines);
  const [from, to] = [hoursAgo(9), hoursAgo(3)];
  const said = [
    JSON.stringify(await admin.explain(id('refused'), from, to)),
    JSON.stringify(await app.status()),
    JSON.stringify(await admin.readState(id('throws'))),
  ];
  const planned = admin.backfills.plan(id('ranged'), { from, to, by: 'me' });
  said.push(await planned.then(JSON.stringify, String));
  expect(said.at(-1)).toContain('no range: ***');
  expect(canariesIn([...said, ...lines.all].join('\n'))).toEqual([]);
});

test.each(['refused', 'throws'])('none is in the output of try for %s', async (source) => {
  const options = {
    id: id(source),
    vendor: 'real',
    env,
    secrets: [CLIENT_SECRET],
    records: 5,
    lines,
  } as const;
  const said = JSON.stringify(await trySource(acme, options));
  expect(said).toContain('***');
  expect(canariesIn(said + lines.all.join('\n'))).toEqual([]);
});
