import type { SinkAnswer } from '../../shared/contract/sink';
import { SettingError } from '../../shared/contract/errors';
import { readSink } from '../../shared/sink/sink';
import type { Identity } from '../../shared/sink/token';
import { batchOf } from '../fakes/batches';
import { startConnectProxy, type ConnectProxy } from '../fakes/connect-proxy';
import { fakeClock } from '../fakes/fake-clock';
import { startLoopback, statuses, type Loopback } from '../fakes/loopback';
import { privateCa, type Pair, type PrivateCa } from '../fakes/private-ca';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { silentLog } from '../fakes/silent-log';
import type { Environment } from '../../shared/settings/environment';

/* A batch on its whole way to a workspace behind a proxy, with a private authority and a client certificate. */

const HOST = 'acme-dce.usgovvirginia-1.ingest.monitor.azure.us';
const before = process.env['HTTPS_PROXY'];
let ca: PrivateCa;
let client: Pair;
let workspace: Loopback;
let proxy: ConnectProxy;

beforeAll(async () => {
  ca = await privateCa();
  client = await ca.client('tributary');
  const { certificate: cert, key } = await ca.server(HOST);
  const tls = { cert, key, ca: ca.certificate, requestCert: true, rejectUnauthorized: true };
  workspace = await startLoopback(statuses(204), tls);
  proxy = await startConnectProxy({ hosts: { [`${HOST}:443`]: Number(new URL(workspace.url).port) } });
  process.env['HTTPS_PROXY'] = proxy.url;
});
afterAll(async () => {
  if (before === undefined) delete process.env['HTTPS_PROXY'];
  else process.env['HTTPS_PROXY'] = before;
  await Promise.all([workspace.close(), proxy.close()]);
});

async function sendOne(env: Environment): Promise<{ answer: SinkAnswer; asked: unknown[] }> {
  const asked: unknown[] = [];
  const open = (identity: Identity): { getToken: (scope: unknown) => Promise<never> } => ({
    getToken: async (scope) => {
      asked.push(identity.authority, scope);
      return { token: 'token-1', expiresOnTimestamp: 0 } as never;
    },
  });
  const clock = fakeClock();
  const deadline = new Date(clock.now().getTime() + 600_000);
  const { signal } = new AbortController();
  const common = {
    LOGS_INGESTION_ENDPOINT: `https://${HOST}`,
    DCR_IMMUTABLE_ID: 'dcr-1',
    AZURE_CLOUD: 'usgov',
  };
  const sink = readSink(
    { ...common, ...env },
    open,
  )({
    who: 'acme/alerts',
    deadline,
    signal,
    clock,
    log: silentLog(),
  });
  const batch = batchOf('{"TimeGenerated":"2026-11-21T00:00:00Z"}');
  return { answer: await sink.send(SAMPLE_TABLE, batch), asked };
}

test('a batch is sent with a token of the cloud’s authority and audience', async () => {
  const own = { SINK_CLIENT_CERTIFICATE: client.certificate, SINK_CLIENT_KEY: client.key };
  const { answer, asked } = await sendOne({ SINK_CA: ca.certificate, ...own });
  expect(answer).toBe('accepted');
  expect(asked).toEqual(['https://login.microsoftonline.us', 'https://monitor.azure.us/.default']);
  expect(proxy.targets).toEqual([`${HOST}:443`]);
  expect(workspace.asked).toMatchObject([{ method: 'POST', headers: { authorization: 'Bearer token-1' } }]);
});

test.each([
  ['its authority is not known', {}, /SINK_CA or TLS_CA/],
  ['it wants a certificate', { TLS_CA: 'set' }, /SINK_CLIENT_CERTIFICATE and SINK_CLIENT_KEY/],
])('where %s, the error names the variables to check', async (_, env, message) => {
  const sending = sendOne('TLS_CA' in env ? { TLS_CA: ca.certificate } : env);
  await expect(sending).rejects.toThrow(SettingError);
  await expect(sendOne('TLS_CA' in env ? { TLS_CA: ca.certificate } : env)).rejects.toThrow(message);
});
