import { SettingError } from '../../shared/contract/errors';
import { readSink } from '../../shared/sink/sink';
import { SINK_SETTINGS } from '../../shared/kit/reserved-settings';
import { batchOf } from '../fakes/batches';
import { fakeClock } from '../fakes/fake-clock';
import { SAMPLE_TABLE } from '../fakes/scripted-source';
import { silentLog } from '../fakes/silent-log';
import { closeSinkHarnesses, sinkHarness } from '../fakes/sink-harness';

afterEach(closeSinkHarnesses);

const ENV = {
  LOGS_INGESTION_ENDPOINT: 'https://dce.example.com',
  DCR_IMMUTABLE_ID: 'dcr-1',
  WORKSPACE_ID: '01234567-89ab-cdef-0123-456789abcdef',
  WORKSPACE_KEY: 'a2V5',
};
const run = {
  who: 'acme/alerts',
  deadline: new Date('2026-11-21T13:00:00Z'),
  signal: new AbortController().signal,
  clock: fakeClock(),
  log: silentLog(),
};

test.each([
  [undefined, 'logs-ingestion', { maxBatchBytes: 1_000_000, maxFieldBytes: 65_536 }],
  ['', 'logs-ingestion', { maxBatchBytes: 1_000_000, maxFieldBytes: 65_536 }],
  ['logs-ingestion', 'logs-ingestion', { maxBatchBytes: 1_000_000, maxFieldBytes: 65_536 }],
  ['data-collector', 'data-collector', { maxBatchBytes: 8_000_000, maxFieldBytes: 32_768 }],
])('SINK=%s is %s with its limits', (SINK, name, limits) => {
  expect(readSink({ ...ENV, SINK })(run)).toMatchObject({ name, limits });
});

test('an unknown SINK is an error that names the two', () => {
  expect(() => readSink({ ...ENV, SINK: 'event-hub' })).toThrow(SettingError);
  expect(() => readSink({ ...ENV, SINK: 'event-hub' })).toThrow(
    'event-hub is not one of logs-ingestion, data-collector',
  );
});

test.each([
  ['logs-ingestion', 'LOGS_INGESTION_ENDPOINT'],
  ['data-collector', 'WORKSPACE_ID'],
])('%s without its settings fails before anything is sent', (SINK, name) => {
  expect(() => readSink({ SINK })).toThrow(SettingError);
  expect(() => readSink({ SINK })).toThrow(name);
});

test.each(['logs-ingestion', 'data-collector'] as const)('%s stops when its run ends', async (name) => {
  const { collector } = await sinkHarness(name);
  const reason = new Error('the run is over');
  const env = {
    ...ENV,
    SINK: name,
    LOGS_INGESTION_ENDPOINT: collector.url,
    LOG_ANALYTICS_URI: collector.url,
  };
  const sink = readSink(env)({ ...run, signal: AbortSignal.abort(reason) });
  await expect(sink.send(SAMPLE_TABLE, batchOf('{}'))).rejects.toBe(reason);
  expect(collector.requests).toEqual([]);
});

test.each(['logs-ingestion', 'data-collector'] as const)('%s masks its key in messages', async (name) => {
  const harness = await sinkHarness(name);
  const sink = harness.sink({ AZURE_CLIENT_SECRET: 'hush-hush', WORKSPACE_KEY: 'aHVzaGh1c2g=' });
  harness.collector.fail({ status: 405, body: 'you sent hush-hush and aHVzaGh1c2g=' });
  const sending = sink.send(SAMPLE_TABLE, batchOf('{}'));
  await expect(sending).rejects.toThrow(/405 Method Not Allowed: you sent/);
  await expect(sending).rejects.not.toThrow(name === 'logs-ingestion' ? /hush-hush/ : /aHVzaGh1c2g=/);
});

describe('an unresolved Key Vault reference', () => {
  const REFERENCE = '@Microsoft.KeyVault(VaultName=hush;SecretName=s)';

  test.each([...SINK_SETTINGS, 'TLS_CA'])('in %s is named, without its text', (name) => {
    const read = (): unknown => readSink({ ...ENV, [name]: REFERENCE });
    expect(read).toThrow(SettingError);
    expect(read).toThrow(`${name} is a Key Vault reference that was not resolved`);
    expect(read).not.toThrow(/hush/);
  });

  test('is named together with all others', () => {
    const read = (): unknown => readSink({ ...ENV, DCR_STREAMS: REFERENCE, SINK_CA: '/no/such/file' });
    expect(read).toThrow(/DCR_STREAMS is a Key Vault reference.*SINK_CA is neither PEM/);
  });
});
