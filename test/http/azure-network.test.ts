import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { openStorage, storageError } from '../../shared/storage/storage';
import { openStorageIdentity } from '../../shared/storage/storage-identity';
import { tokenFor } from '../../shared/sink/token';
import { startLoopback, type Loopback } from '../fakes/loopback';
import { privateCa } from '../fakes/private-ca';
import { PROXY_FAULTS, startFaultyProxy, type ProxyFault, type FaultyProxy } from '../fakes/faulty-proxy';
import type { Environment } from '../../shared/settings/environment';

/*
 * The error class when a client of Azure gets no answer. The clients' own errors have few details. An origin keeps its proxy
 * for the life of the process, so each test uses its own origin.
 */

const APP = {
  AZURE_CLIENT_ID: '00000000-0000-4000-8000-000000000001',
  AZURE_TENANT_ID: '00000000-0000-4000-8000-000000000002',
  AZURE_CLIENT_SECRET: 'hush-hush',
};
const DCE = new URL('https://dce.example.com');

let login: Loopback;
let proxy: FaultyProxy | undefined;
let opened: Server | undefined;
const before = { ...process.env };

beforeAll(async () => {
  const { certificate: cert, key } = await (await privateCa()).server('anyone.example.com');
  login = await startLoopback((response) => response.end('{}'), { cert, key });
});
beforeEach(() => {
  for (const name of ['https_proxy', 'no_proxy', 'NO_PROXY']) delete process.env[name];
});
afterEach(async () => {
  process.env = { ...before };
  await proxy?.close();
  opened?.close();
});
afterAll(() => login.close());

/** Connects every request to the one untrusted server. */
const tunnel: ProxyFault = ({ client, target }) => {
  client.once('data', () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    const behind = connect(target, '127.0.0.1').on('error', () => client.destroy());
    client.on('close', () => behind.destroy());
    client.pipe(behind).pipe(client);
  });
};

async function behindProxy(rude: ProxyFault | undefined): Promise<void> {
  if (rude === undefined) throw new Error('there is no such rudeness');
  proxy = await startFaultyProxy(rude, Number(new URL(login.url).port));
  process.env['HTTPS_PROXY'] = proxy.host;
}

const told = (asked: Promise<unknown>): Promise<string> =>
  asked.then(String, (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`);
const token = (env: Environment): Promise<string> =>
  told(tokenFor(DCE, { ...APP, ...env })(AbortSignal.timeout(25_000)));

function storage(account: string): Promise<string> {
  const AzureWebJobsStorage = `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=aHVzaA==;EndpointSuffix=example.com`;
  const asked = openStorage({ AzureWebJobsStorage }).blobs.exists();
  return told(asked.catch((error: unknown) => Promise.reject(storageError('reading the state', error))));
}

test('a proxy that requires a password is named in the error, for a token and for storage', async () => {
  await behindProxy(PROXY_FAULTS['wants a password']);
  const words = `the proxy ${proxy?.host} answers 407. Check the name and the password in HTTPS_PROXY.`;
  expect(await token({})).toBe(`SettingError: getting a token for https://dce.example.com: ${words}`);
  expect(await storage('one')).toBe(`SettingError: reading the state: ${words}`);
});

test('a certificate of an unknown authority is a SettingError', async () => {
  await behindProxy(tunnel);
  expect(await token({ AZURE_CLOUD: 'usgov' })).toMatch(
    /^SettingError: getting a token for https:\/\/dce\.example\.com: login\.microsoftonline\.us's certificate comes from an authority that is not known here \(\w+\)\. .* NODE_EXTRA_CA_CERTS\.$/,
  );
  expect(await storage('two')).toMatch(
    /^SettingError: reading the state: storage's certificate comes from an authority that is not known here \(\w+\)\. .* NODE_EXTRA_CA_CERTS\.$/,
  );
});

test('a proxy that hangs up is an UnavailableError, and the error names the proxy', async () => {
  await behindProxy(PROXY_FAULTS['hangs up at once']);
  const named = `the proxy ${proxy?.host}`;
  const ofStorage = openStorageIdentity({
    AZURE_CLOUD: 'china',
    AzureWebJobsStorage__accountName: 'three',
    AzureWebJobsStorage__clientId: APP.AZURE_CLIENT_ID,
    AzureWebJobsStorage__tenantId: APP.AZURE_TENANT_ID,
    AzureWebJobsStorage__clientSecret: APP.AZURE_CLIENT_SECRET,
  });
  expect(await told(ofStorage.getToken('https://storage.azure.com/.default'))).toMatch(
    `UnavailableError: getting a token for storage: ${named} does not connect (ECONNRESET). `,
  );
  expect(await storage('three')).toMatch(`UnavailableError: reading the state: ${named} cannot be used: `);
});

test('a storage request that is hung up on is tried three times, within seconds', async () => {
  let tries = 0;
  const server = createServer((socket) => {
    tries++;
    socket.on('error', () => undefined).destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme`;
  opened = server;
  const { blobs, queue } = openStorage({
    AzureWebJobsStorage: `DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=aHVzaA==;BlobEndpoint=${at};QueueEndpoint=${at};`,
  });
  for (const asked of [() => blobs.exists(), () => queue('one').exists()]) {
    tries = 0;
    expect(await told(asked())).toMatch(/Error: ./);
    expect(tries).toBe(3);
  }
});
