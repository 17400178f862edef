import type { Workspace } from '../../local/workspace/workspace';
import { startConnectProxy, type ConnectProxy } from '../fakes/connect-proxy';
import { startLoopback, type Loopback } from '../fakes/loopback';
import { privateCa, type Pair } from '../fakes/private-ca';
import { PAGES, PER_PAGE, generate, pageOf, readAsked } from './generated';
import {
  appWith,
  keptLines,
  realStorage,
  realWorkspace,
  variablesFor,
  variablesOf,
  type TestStorage,
} from './harness';

/* A pull through a proxy that requires a password, to a vendor with a private authority that requires a client certificate. */

const ACME = generate('acme', ['alerts']);
const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const NAMES = ['HTTPS_PROXY', 'NO_PROXY'];
const before = NAMES.map((name) => [name, process.env[name]] as const);

let storage: TestStorage;
let workspace: Workspace;
let vendor: Loopback;
let proxy: ConnectProxy;
let authority: string;
let client: Pair;

beforeAll(async () => {
  const ca = await privateCa();
  [authority, client] = [ca.certificate, await ca.client('tributary')];
  const { certificate: cert, key } = await ca.server('vendor.example.com');
  vendor = await startLoopback(
    (response, asked) => {
      const { page, source } = readAsked(asked);
      response.end(pageOf('tenant', source, page));
    },
    { cert, key, ca: authority, requestCert: true, rejectUnauthorized: true },
  );
  proxy = await startConnectProxy({
    hosts: { 'vendor.example.com:443': Number(new URL(vendor.url).port) },
    credentials: 'me:hush-hush',
  });
  storage = realStorage();
  workspace = await realWorkspace([ACME]);
  // Storage on this machine is reached without the proxy, and without an entry in NO_PROXY.
  delete process.env['NO_PROXY'];
});
beforeEach(() => {
  process.env['HTTPS_PROXY'] = proxy.url.replace('://', '://me:hush-hush@');
});
afterAll(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await Promise.all([vendor.close(), proxy.close(), workspace.close()]);
});

const env = (): Record<string, string> => ({
  ...variablesFor(storage, workspace),
  ...variablesOf('acme', { url: 'https://vendor.example.com', token: 'token-1' }),
  ACME_CA: authority,
  ACME_CLIENT_CERTIFICATE: client.certificate,
  ACME_CLIENT_KEY: client.key,
});

test('a proxy that refuses the password fails the run, and no log line contains it', async () => {
  process.env['HTTPS_PROXY'] = proxy.url.replace('://', '://me:not-hush@');
  const lines = keptLines();
  const report = await appWith(env(), [ACME]).pullSource(ID, lines);
  const message = expect.stringMatching(/answers 407\. Check .* HTTPS_PROXY/);
  expect(report).toMatchObject({ outcome: 'failed', accepted: 0, error: { name: 'SettingError', message } });
  expect(lines.all.join()).not.toMatch(/hush|PRIVATE KEY|Proxy-Authorization/);
});

test('every event arrives, over one connection of the proxy', async () => {
  const earlier = proxy.targets.length;
  const report = await appWith(env(), [ACME]).pullSource(ID, keptLines());
  expect(report).toMatchObject({ outcome: 'caught-up', accepted: PAGES * PER_PAGE });
  expect(proxy.targets.slice(earlier)).toEqual(['vendor.example.com:443']);
  expect(proxy.read).toEqual([]);
  const [row] = await workspace.query('SELECT count(DISTINCT "EventId") AS n FROM "AcmeAlerts_CL"');
  expect(row).toEqual({ n: PAGES * PER_PAGE });
});
