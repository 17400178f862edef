import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConnector, rest, secret, string, text, url } from '../../shared';
import { dropTokens } from '../../shared/kit/auth/tokens';
import { dropChallenges } from '../../shared/kit/auth/with-digest';
import { createHttp } from '../../shared/http/http';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { fakeClock } from '../fakes/fake-clock';
import { pullContext, readAll } from '../fakes/scripted-http';
import { silentLog } from '../fakes/silent-log';
import { closeVendors, vendorOf } from './vendor-setup';

/* A declared source with a token, its simulated vendor, and the real HTTP client in between. */

const auth = {
  kind: 'oauth2',
  token: { path: '/oauth/token' },
  client: { id: '{clientId}', secret: 'clientSecret', in: 'header' },
  scope: 'read',
  parameters: { account_id: 'a-1' },
} as const;
const session = {
  kind: 'session',
  login: { path: '/login', parameters: { name: '{clientId}', password: '{clientSecret}' } },
  token: { cookie: 'SID' },
  send: { in: 'cookie', name: 'SID' },
  logout: { path: '/logout' },
} as const;
const { logout: _, ...kept } = session;
const digest = { kind: 'digest', user: '{clientId}', password: '{clientSecret}' } as const;
type Declared = typeof auth | typeof digest | typeof session | typeof kept;
const acmeWith = (declared: Declared) =>
  defineConnector({
    name: 'acme',
    title: 'Acme',
    settings: {
      url: url('Where.'),
      clientId: text('A client.', { example: 'c & 1' }),
      clientSecret: secret('Its secret.'),
    },
    sources: {
      logs: {
        pull: rest({
          base: 'url',
          path: '/logs',
          auth: declared,
          records: 'items',
          next: { kind: 'cursor', from: 'next', send: { in: 'query', name: 'page' } },
          stop: { on: 'no-next' },
          resume: 'time',
          since: { in: 'query', name: 'since' },
        }),
        table: { name: 'AcmeLogs_CL', time: 'at', eventId: 'id', columns: { Id: string('id') } },
      },
    },
  });
const folder = mkdtempSync(join(tmpdir(), 'tributary-token-'));
mkdirSync(join(folder, 'fixtures', 'logs'), { recursive: true });
writeFileSync(
  join(folder, 'fixtures', 'logs', 'page-1.json'),
  '{"next":"p","items":[{"id":"1","at":"2026-11-01T00:00:00Z"},{"id":"2","at":"2026-11-01T00:00:01Z"}]}',
);

beforeEach(dropTokens);
beforeEach(dropChallenges);
afterEach(closeVendors);
afterAll(() => rmSync(folder, { recursive: true }));

async function harness(declared: Declared = auth) {
  const acme = acmeWith(declared);
  const clock = fakeClock('2026-11-02T00:00:00Z');
  const vendor = await vendorOf({
    connectors: [{ connector: acme, folder }],
    live: true,
    now: () => clock.now(),
    pageSize: 3,
    events: { historyPages: 3 },
  });
  const log = silentLog();
  const read = async (changed: Readonly<Record<string, string>> = {}): Promise<void> => {
    const settings = { ...vendor.settings('acme'), ...changed };
    const secrets = secretsOf([settings['clientSecret'] ?? '']);
    const deadline = new Date(clock.now().getTime() + 60_000);
    const { signal } = new AbortController();
    const http = createHttp({
      who: 'acme/logs',
      origins: [vendor.url],
      variables: { address: ['ACME_URL'], credentials: ['ACME_CLIENT_SECRET'] },
      ...{ secrets, deadline, signal, clock, log },
    });
    const to = new Date(clock.now().getTime() - 120_000).toISOString();
    const window = { lane: 'live', from: '2026-11-01T00:00:00.000Z', to } as const;
    const secret = (value: string): string => {
      tokens.push(value);
      secrets.add(value);
      return value;
    };
    const now = (): Date => clock.now();
    const logs = acme.sources['logs'] as { readonly pull: Parameters<typeof readAll>[0] };
    await readAll(logs.pull, pullContext(http, { settings, window, secret, now, startedAt: now() }));
  };
  const tokens: string[] = [];
  let seen = 0;
  /** The requests since the last call. */
  const paths = (): readonly string[] => {
    const before = seen;
    seen = vendor.requests.length;
    return vendor.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
  };
  return { clock, log, vendor, read, paths, tokens };
}

test('a token is requested once for many pages and runs, and again when it ends', async () => {
  const { clock, paths, read, vendor } = await harness();
  await read();
  const first = paths();
  expect(first[0]).toBe('POST /oauth/token');
  expect(first.slice(1)).toEqual(Array(first.length - 1).fill('GET /logs'));
  expect(first.length).toBeGreaterThan(2);
  await read();
  expect(paths()).not.toContain('POST /oauth/token');
  clock.advance(60_000);
  await read();
  expect(paths().filter((path) => path === 'POST /oauth/token')).toHaveLength(1);
  expect(vendor.complaints).toEqual([]);
});

test('a token that the vendor revoked is renewed within the run', async () => {
  const { paths, read, vendor } = await harness();
  await read();
  paths();
  vendor.behave([{ do: 'status', status: 401 }]);
  await read();
  expect(paths().slice(0, 3)).toEqual(['GET /logs', 'POST /oauth/token', 'GET /logs']);
});

test('an expired token is refused without a complaint; one that was never issued is not', async () => {
  const { clock, read, tokens, vendor } = await harness();
  await read();
  clock.advance(60_000);
  const asked = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${vendor.settings('acme')['url'] ?? ''}/logs`, { headers })).status;
  };
  expect(await asked(tokens[0] ?? '')).toBe(401);
  expect(vendor.complaints).toEqual([]);
  expect(await asked(`${tokens[0] ?? ''}0`)).toBe(401);
  expect(vendor.complaints).toEqual(['acme logs: GET /logs: the credential is missing or wrong']);
});

test.each([
  ['clientSecret', 'wrong', '401 Unauthorized: invalid_client. Check ACME_CLIENT_SECRET'],
  ['clientId', 'wrong', '401 Unauthorized: invalid_client. Check ACME_CLIENT_SECRET'],
])('a client that the vendor does not know is a SettingError: %s', async (name, value, because) => {
  const { read, vendor } = await harness();
  await expect(read({ [name]: value })).rejects.toMatchObject({
    name: 'SettingError',
    message: expect.stringContaining(because) as string,
  });
  expect(vendor.complaints).toEqual([
    'acme: POST /oauth/token: the token request: the client is missing or wrong',
  ]);
});

test('a token is masked in errors and logs of each run that uses it, even where another run cached it', async () => {
  const { log, read, tokens, vendor } = await harness();
  await read();
  const [token = ''] = tokens;
  const body = JSON.stringify({ error: `the token ${token} may not` });
  vendor.behave([
    { do: 'status', status: 503, body },
    { do: 'status', status: 400, body },
  ]);
  const error = await read().catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({
    name: 'ContractError',
    message: expect.stringContaining('the token *** may not') as string,
  });
  const written = JSON.stringify([String(error), log.lines]);
  expect(written).toContain('retrying after a wait');
  expect(token.length).toBeGreaterThan(20);
  expect(written).not.toContain(token);
});

describe('a session', () => {
  test('is opened once for the pages of a read, and closed after it', async () => {
    const { paths, read, tokens, vendor } = await harness(session);
    await read();
    const asked = paths();
    const pages = asked.slice(1, -1);
    expect([asked[0], asked.at(-1)]).toEqual(['POST /login', 'POST /logout']);
    expect(pages).toEqual(Array(pages.length).fill('GET /logs'));
    expect(pages.length).toBeGreaterThan(1);
    await read();
    expect(paths()).toEqual(asked);
    expect(tokens.length).toBeGreaterThan(0);
    expect(vendor.complaints).toEqual([]);
  });

  test('that the vendor ended is renewed within the run', async () => {
    const { paths, read, vendor } = await harness(kept);
    await read();
    paths();
    vendor.behave([{ do: 'status', status: 401 }]);
    await read();
    expect(paths().slice(0, 3)).toEqual(['GET /logs', 'POST /login', 'GET /logs']);
  });

  test('is refused to a wrong password, which is a SettingError', async () => {
    const { read, vendor } = await harness(session);
    await expect(read({ clientSecret: 'wrong' })).rejects.toMatchObject({
      name: 'SettingError',
      message: expect.stringContaining('Check ACME_CLIENT_SECRET') as string,
    });
    expect(vendor.complaints).toEqual([
      'acme: POST /login: the login: password is missing, unknown or wrong',
    ]);
  });
});

describe('HTTP Digest', () => {
  test('is challenged once, and again when the nonce has expired', async () => {
    const { clock, read, vendor } = await harness(digest);
    const challenges = async (): Promise<number> => {
      const before = vendor.requests.length;
      await read();
      return vendor.requests.slice(before).filter(({ source }) => source === '').length;
    };
    expect(await challenges()).toBe(1);
    expect(await challenges()).toBe(0);
    clock.advance(60_000);
    expect(await challenges()).toBe(1);
    expect(vendor.complaints).toEqual([]);
  });

  test('is refused to a wrong password, which is a SettingError', async () => {
    const { read, vendor } = await harness(digest);
    await expect(read({ clientSecret: 'wrong' })).rejects.toMatchObject({
      name: 'SettingError',
      message: expect.stringContaining('Check ACME_CLIENT_SECRET') as string,
    });
    expect(vendor.complaints).toEqual(['acme logs: GET /logs: the credential is missing or wrong']);
  });
});
