import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { startLoopback, type Loopback } from '../fakes/loopback';
import { privateCa } from '../fakes/private-ca';
import { PROXY_FAULTS, startFaultyProxy, type FaultyProxy } from '../fakes/faulty-proxy';
import { buildEntry, type BuiltEntry } from '../local/build-entry';

/* Whatever a proxy does to a connection, at any moment: the process survives, and the request gets an error. */

interface Told {
  readonly name: string;
  readonly vendor: string;
  readonly storage: string;
}

let entry: BuiltEntry;
let vendor: Loopback;
const opened: FaultyProxy[] = [];
const told = new Map<string, Told>();

/** `plain`: without TLS; `tls, before`: the fault comes before the handshake with the proxy; `tls, after`: after it. */
const KINDS = ['plain', 'tls, before', 'tls, after'];
const CASES = KINDS.flatMap((kind) => Object.keys(PROXY_FAULTS).map((name) => `${kind}: ${name}`));

beforeAll(async () => {
  entry = buildEntry('test/fakes/proxied-process.ts');
  const ca = await privateCa();
  const [own, behind] = await Promise.all([ca.server('127.0.0.1'), ca.server('vendor.example.com')]);
  vendor = await startLoopback((response) => response.end('x'.repeat(100_000)), {
    cert: behind.certificate,
    key: behind.key,
  });
  const target = Number(new URL(vendor.url).port);
  const proxies: Record<string, string> = {};
  for (const kind of KINDS) {
    for (const [name, rude] of Object.entries(PROXY_FAULTS)) {
      const proxy = await startFaultyProxy(rude, target, kind === 'tls, after' ? own : undefined);
      opened.push(proxy);
      proxies[`${kind}: ${name}`] = `${kind === 'plain' ? 'http' : 'https'}://${proxy.host}`;
    }
  }
  const ended = await promisify(execFile)(
    process.execPath,
    [entry.file, JSON.stringify([proxies, ca.certificate])],
    // Without the NO_PROXY of the test's user, and with no authority but the given one.
    { env: inheritedEnvironment(), timeout: 60_000 },
  ).catch((error: unknown) => error as { stdout: string; stderr: string });
  for (const line of ended.stdout.trim().split('\n').filter(Boolean)) {
    const one = JSON.parse(line) as Told;
    told.set(one.name, one);
  }
  // The process ended at the first proxy without a line.
  expect(ended.stderr).toBe('');
});
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await vendor.close();
  entry.remove();
});

test('the process survives all of them', () => {
  expect([...told.keys()]).toEqual([...CASES, 'all']);
});

test.each(CASES)('%s: the request fails with a message of our own', (name) => {
  expect(told.get(name)?.vendor).toMatch(
    /^(?:SettingError|UnavailableError|ContractError): asking acme\/alerts .*[.]$/,
  );
  expect(told.get(name)?.storage).toMatch(/Error: ./);
});

test.each([
  [
    'plain: hangs up at once',
    /^UnavailableError: .* the proxy 127\.0\.0\.1:\d+ does not connect \(ECONNRESET\)/,
  ],
  ['tls, before: hangs up at once', /^UnavailableError: .* the proxy .* does not connect \(ECONNRESET\)/],
  ['tls, after: hangs up at once', /^UnavailableError: .* the proxy .* does not connect \(ECONNRESET\)/],
  [
    'tls, before: speaks another protocol',
    /^SettingError: .* the proxy .* does not speak TLS .* HTTPS_PROXY/,
  ],
  ['tls, after: wants a password', /^SettingError: .* the proxy .* answers 407\. .* HTTPS_PROXY/],
  ['tls, after: refuses and resets', /^UnavailableError: .* the proxy .* answers 502\./],
  ['tls, after: connects and resets', /^UnavailableError: .* (?:ECONNRESET|EPIPE)/],
  ['plain: connects to what is not TLS', /^SettingError: .* it does not speak TLS .* ACME_URL/],
])('%s: the error names who must act', (name, message) => {
  expect(told.get(name)?.vendor).toMatch(message);
});
