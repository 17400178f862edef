import { createServer, type AddressInfo } from 'node:net';
import { SettingError, UnavailableError } from '../../shared/contract/errors';
import { createAgents } from '../../shared/http/agents';
import { createHttp, type HttpOptions } from '../../shared/http/http';
import type { Tls } from '../../shared/settings/tls-settings';
import { startConnectProxy, type ConnectProxy, type ConnectProxyOptions } from '../fakes/connect-proxy';
import { fakeClock } from '../fakes/fake-clock';
import { startLoopback, statuses, type Loopback } from '../fakes/loopback';
import { privateCa, type Pair, type PrivateCa } from '../fakes/private-ca';
import { startFaultyProxy } from '../fakes/faulty-proxy';
import { silentLog } from '../fakes/silent-log';
import { secretsOf } from '../../shared/values/secrets/secrets';

const VENDOR = 'https://vendor.example.com';
const VARIABLES = { ca: 'ACME_CA', certificate: 'ACME_CLIENT_CERTIFICATE', key: 'ACME_CLIENT_KEY' };
const NAMES = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy'];
const before = NAMES.map((name) => [name, process.env[name]] as const);

let ca: PrivateCa;
let serverPair: Pair;
let vendor: Loopback;
let log: ReturnType<typeof silentLog>;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  ca = await privateCa();
  serverPair = await ca.server('vendor.example.com', '127.0.0.1');
});
beforeEach(async () => {
  for (const name of NAMES) delete process.env[name];
  log = silentLog();
  vendor = await tlsServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function tlsServer(more: object = {}): Promise<Loopback> {
  const { certificate: cert, key } = serverPair;
  const server = await startLoopback(statuses(200), { cert, key, ...more });
  opened.push(server);
  return server;
}

/** A proxy that reaches the vendor, and the variable that names it. */
async function proxyFor(options: ConnectProxyOptions = {}, credentials = ''): Promise<ConnectProxy> {
  const hosts = { 'vendor.example.com:443': Number(new URL(vendor.url).port) };
  const proxy = await startConnectProxy({ hosts, ...options });
  opened.push(proxy);
  process.env['HTTPS_PROXY'] = proxy.url.replace('://', `://${credentials}`);
  return proxy;
}

const tlsOf = (parts: Partial<Tls> = {}): Tls => ({
  ca: ca.certificate,
  certificate: '',
  key: '',
  variables: VARIABLES,
  ...parts,
});

async function ask(url: string, options: Partial<HttpOptions> = {}): Promise<number> {
  const clock = fakeClock();
  const http = createHttp({
    who: 'acme/alerts',
    origins: [new URL(url).origin],
    variables: { address: ['ACME_URL'], credentials: ['ACME_TOKEN'] },
    secrets: secretsOf([]),
    tls: tlsOf(),
    deadline: new Date(clock.now().getTime() + 600_000),
    signal: new AbortController().signal,
    clock,
    log,
    ...options,
  });
  return (await http.request({ url: `${url}/events` })).status;
}

const failureOf = (asked: Promise<unknown>): Promise<Error> =>
  asked.then(
    () => new Error('nothing failed'),
    (error: unknown) => error as Error,
  );

describe('a proxy', () => {
  test('is asked to connect by host name, and reads nothing of the traffic', async () => {
    const proxy = await proxyFor();
    expect(await ask(VENDOR)).toBe(200);
    expect(proxy.targets).toEqual(['vendor.example.com:443']);
    expect(proxy.read).toEqual([]);
    expect(vendor.asked).toMatchObject([{ url: '/events', headers: { host: 'vendor.example.com' } }]);
  });

  test('reuses its connection for the next run', async () => {
    const proxy = await proxyFor();
    expect([await ask(VENDOR), await ask(VENDOR), await ask(VENDOR)]).toEqual([200, 200, 200]);
    expect(proxy.targets).toHaveLength(1);
  });

  test('may be named by the variable in lower case', async () => {
    const proxy = await proxyFor();
    process.env['https_proxy'] = process.env['HTTPS_PROXY'];
    delete process.env['HTTPS_PROXY'];
    expect(await ask(VENDOR)).toBe(200);
    expect(proxy.targets).toHaveLength(1);
  });

  test.each(['vendor.example.com', 'example.com', '.example.com', '*'])(
    'is left out for NO_PROXY=%s',
    async (without) => {
      const direct = createAgents(tlsOf())(new URL(VENDOR));
      await proxyFor();
      expect(createAgents(tlsOf())(new URL(VENDOR))).not.toBe(direct);
      process.env['NO_PROXY'] = without;
      expect(createAgents(tlsOf())(new URL(VENDOR))).toBe(direct);
    },
  );

  test('may be named without a scheme', async () => {
    const proxy = await proxyFor();
    process.env['HTTPS_PROXY'] = new URL(proxy.url).host;
    expect(await ask(VENDOR)).toBe(200);
    expect(proxy.targets).toEqual(['vendor.example.com:443']);
  });

  test('may be reached over TLS', async () => {
    const pair = await ca.server('127.0.0.1');
    const proxy = await startConnectProxy({
      hosts: { 'vendor.example.com:443': Number(new URL(vendor.url).port) },
      tls: pair,
    });
    opened.push(proxy);
    process.env['HTTPS_PROXY'] = proxy.url;
    expect([await ask(VENDOR), await ask(VENDOR)]).toEqual([200, 200]);
    expect(proxy.targets).toEqual(['vendor.example.com:443']);
  });

  test('is never used for localhost', async () => {
    const proxy = await proxyFor();
    expect(await ask(vendor.url)).toBe(200);
    expect(proxy.targets).toEqual([]);
  });

  test('gets its user name and password', async () => {
    const proxy = await proxyFor({ credentials: 'me:p@ss word' }, 'me:p%40ss%20word@');
    expect(await ask(VENDOR)).toBe(200);
    expect(proxy.targets).toHaveLength(1);
  });

  test.each(['https_proxy', 'ALL_PROXY'])(
    'that the variable %s names is reported with that variable',
    async (name) => {
      await proxyFor({ credentials: 'me:right' }, 'me:wrong@');
      process.env[name] = process.env['HTTPS_PROXY'];
      delete process.env['HTTPS_PROXY'];
      expect((await failureOf(ask(VENDOR))).message).toContain(`Check the name and the password in ${name}.`);
      process.env[name] = '127.0.0.1:1';
      expect((await failureOf(ask(VENDOR))).message).toContain(`Check that ${name} names one`);
    },
  );

  test('that refuses the credentials is a SettingError, and neither error nor log contains them', async () => {
    const proxy = await proxyFor({ credentials: 'me:right' }, 'me:hush-hush@');
    const error = await failureOf(ask(VENDOR));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(/the proxy 127\.0\.0\.1:\d+ answers 407\. Check .* HTTPS_PROXY/);
    expect(proxy.targets).toHaveLength(1);
    const told = JSON.stringify([error.message, String(error.stack), error.cause, log.lines]);
    expect(told).not.toMatch(/hush|bWU6/);
  });

  test.each<[number, new () => Error, RegExp]>([
    [403, SettingError, /answers 403\. Let it connect to this address, or name the address in NO_PROXY/],
    [503, UnavailableError as never, /answers 503\. The next run goes on/],
    [204, Error, /answers 204, which is not an answer to CONNECT/],
    [302, Error, /answers 302, which is not an answer to CONNECT/],
  ])('whose answer is %s is not mistaken for the vendor', async (refuseWith, kind, message) => {
    await proxyFor({ refuseWith });
    const error = await failureOf(ask(VENDOR));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
    expect(vendor.asked).toEqual([]);
  });

  test.each([
    ['socks5://me:hush@proxy.example.com', /HTTPS_PROXY is not the address of an http or https proxy/],
    ['http://me:hush@:x', /HTTPS_PROXY is not the address of an http or https proxy/],
    ['@Microsoft.KeyVault(SecretUri=https://hush.example/s)', /HTTPS_PROXY is a Key Vault reference/],
    ['@Microsoft.KeyVault(VaultName=hush;SecretName=s)', /HTTPS_PROXY is a Key Vault reference/],
  ])('cannot be %s', async (value, message) => {
    process.env['HTTPS_PROXY'] = value;
    const error = await failureOf(ask(VENDOR));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('hush');
  });
});

describe('a private certificate authority', () => {
  test('is trusted where it is configured', async () => {
    expect(await ask(vendor.url)).toBe(200);
  });

  test('is reported as missing where it is not configured, after one request, even if other connectors trust it', async () => {
    expect(await ask(vendor.url)).toBe(200);
    const error = await failureOf(ask(vendor.url, { tls: tlsOf({ ca: '' }) }));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(/authority that is not known here .* into ACME_CA or TLS_CA/);
    expect(log.lines).toEqual([]);
  });

  test('does not allow a certificate for another host', async () => {
    const { certificate: cert, key } = await ca.server('other.example.com');
    const other = await tlsServer({ cert, key });
    const error = await failureOf(ask(other.url));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(
      /its certificate is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\)\. Check the host in ACME_URL\.$/,
    );
    expect(other.asked).toEqual([]);
    expect(log.lines).toEqual([]);
  });

  const DAY_MS = 24 * 3_600_000;
  test.each<[string, from: number, until: number, RegExp]>([
    ['expired', -9, -2, /its certificate has expired \(CERT_HAS_EXPIRED\)\. .* renew/],
    ['is not valid yet', 2, 9, /its certificate is not valid yet \(CERT_NOT_YET_VALID\)\. Check the clock/],
  ])('does not allow a certificate that %s', async (_, from, until, message) => {
    const at = (days: number): Date => new Date(Date.now() + days * DAY_MS);
    const { certificate: cert, key } = await ca.serverBetween(at(from), at(until), '127.0.0.1');
    const server = await tlsServer({ cert, key });
    const error = await failureOf(ask(server.url));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(message);
    expect(log.lines).toEqual([]);
  });

  test('is reported as missing where the proxy’s certificate comes from another authority', async () => {
    const stranger = await privateCa();
    const proxy = await startFaultyProxy(() => undefined, 0, await stranger.server('127.0.0.1'));
    opened.push(proxy);
    process.env['HTTPS_PROXY'] = `https://${proxy.host}`;
    const error = await failureOf(ask(VENDOR));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(
      /the proxy 127\.0\.0\.1:\d+: its certificate comes from an authority .* into ACME_CA or TLS_CA/,
    );
  });
});

describe('a client certificate', () => {
  const demanding = (): Promise<Loopback> =>
    tlsServer({ ca: ca.certificate, requestCert: true, rejectUnauthorized: true });

  test('is presented where the server requests it', async () => {
    const [server, { certificate, key }] = [await demanding(), await ca.client('acme')];
    expect(await ask(server.url, { tls: tlsOf({ certificate, key }) })).toBe(200);
    expect(server.asked).toHaveLength(1);
  });

  test('is presented to the vendor through a proxy', async () => {
    vendor = await demanding();
    const { certificate, key } = await ca.client('acme');
    await proxyFor();
    expect(await ask(VENDOR, { tls: tlsOf({ certificate, key }) })).toBe(200);
  });

  test('that is missing is a SettingError', async () => {
    const server = await demanding();
    const error = await failureOf(ask(server.url));
    expect(error.message).toMatch(
      /requires another client certificate .* ACME_CLIENT_CERTIFICATE and ACME_CLIENT_KEY/,
    );
    expect(error).toBeInstanceOf(SettingError);
    expect(server.asked).toEqual([]);
  });
});

describe('a TLS handshake', () => {
  /** A server that answers the first bytes with these bytes. */
  async function answering(...bytes: readonly number[]): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(Buffer.from(bytes)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const alert = (number: number) => () => answering(0x15, 3, 1, 0, 2, 2, number);
  /** The first answer of a server that selects TLS 1.0. */
  const hello = [2, 0, 0, 38, 3, 1, ...Array<number>(32).fill(7), 0, 0, 0x2f, 0];
  const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
  const strict = { maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: true };
  const NEWER = / must enable TLS 1\.2 or 1\.3/;

  test.each<[string, () => Promise<string>, RegExp, RegExp]>([
    [
      'that a server of an old TLS version refuses',
      async () => (await tlsServer(old)).url,
      /it shares no version of TLS with this app, .* \(.*alert protocol version\)\. Check ACME_URL\./,
      NEWER,
    ],
    [
      'that is answered in an old TLS version',
      () => answering(0x16, 3, 1, 0, hello.length, ...hello),
      /it shares no version of TLS with this app, .* \(unsupported protocol\)\. Check ACME_URL\./,
      NEWER,
    ],
    [
      'that a TLS 1.2 server refuses for lack of a client certificate',
      async () => (await tlsServer({ ...strict, ca: ca.certificate })).url,
      /it refuses the TLS handshake: it requires a client certificate, or shares no cipher .* \(.*alert handshake failure\)/,
      /Check ACME_CLIENT_CERTIFICATE and ACME_CLIENT_KEY\. If it requires none: .* TLS 1\.2/,
    ],
    [
      'with unsafe ciphers only',
      alert(71),
      /it shares no secure TLS option .* \(.*insufficient security\)/,
      NEWER,
    ],
    [
      'with an unknown certificate',
      alert(48),
      /it requires another client certificate/,
      /Check ACME_CLIENT_/,
    ],
    [
      'with a certificate for another host',
      alert(112),
      /it does not serve this host/,
      /Check the host in ACME_URL\.$/,
    ],
    [
      'with a server that does not speak TLS',
      () => answering(...Buffer.from('HTTP/1.1 400\r\n')),
      /not speak TLS/,
      /ACME_URL/,
    ],
  ])('%s is a SettingError, after one request', async (_, start, fault, remedy) => {
    const error = await failureOf(ask(await start()));
    expect(error).toBeInstanceOf(SettingError);
    expect(error.message).toMatch(fault);
    expect(error.message).toMatch(remedy);
    expect(log.lines).toEqual([]);
  });

  test('that fails inside the server is an UnavailableError', async () => {
    const error = await failureOf(ask(await alert(80)()));
    expect(error).toBeInstanceOf(UnavailableError);
  });
});

describe('the agents of the process', () => {
  const url = new URL(VENDOR);

  test('are shared per proxy, authority and client certificate', async () => {
    const { certificate, key } = await ca.client('acme');
    const all = [undefined, tlsOf(), tlsOf({ certificate, key })];
    const agents = all.map((tls) => createAgents(tls)(url));
    await proxyFor();
    const proxied = all.map((tls) => createAgents(tls)(url));
    expect(new Set([...agents, ...proxied]).size).toBe(6);
  });

  test('are reused across runs and hosts', () => {
    const agentOf = createAgents(tlsOf());
    expect(agentOf(url)).toBe(createAgents(tlsOf())(new URL('https://other.example.com')));
    expect(agentOf(new URL('http://127.0.0.1:1'))).toBe(
      createAgents(undefined)(new URL('http://localhost:2')),
    );
  });
});
