import { SettingError, UnavailableError } from '../../shared/contract/errors';
import type { Json } from '../../shared/contract/json';
import { logType, readDataCollector, sign } from '../../shared/sink/data-collector';
import { batchOf } from '../fakes/batches';
import { COLLECTOR } from '../fakes/collector';
import { HOSTILE_RECORDS } from '../fakes/hostile-records';
import { event, SAMPLE_TABLE } from '../fakes/scripted-source';
import { closeSinkHarnesses, sinkHarness, type SinkHarness } from '../fakes/sink-harness';

afterEach(closeSinkHarnesses);

const rigOf = (): Promise<SinkHarness> => sinkHarness('data-collector');
const ENV = { WORKSPACE_ID: COLLECTOR.workspaceId, WORKSPACE_KEY: COLLECTOR.workspaceKey };
const batch = batchOf('{"EventTime":"2026-11-21T00:00:00.000Z","Name":"é"}');

describe('the signature', () => {
  test('of the documented example equals that of another program', () => {
    // openssl dgst -sha256 -hmac 'an invented workspace key' over the example’s five lines.
    expect(sign(readDataCollector(ENV), 1024, 'Mon, 04 Apr 2016 08:00:00 GMT')).toBe(
      `SharedKey ${COLLECTOR.workspaceId}:cSrcXErqa9pyAqFjMcWnRF3Z/Y94aZgZHsOx255jNfA=`,
    );
  });

  test('is computed over bytes, not characters: a body beyond ASCII is accepted', async () => {
    const harness = await rigOf();
    expect(await harness.sink().send(SAMPLE_TABLE, batch)).toBe('accepted');
    expect(harness.collector.problems).toEqual([]);
  });
});

describe('a post', () => {
  test('is exactly what the API documents', async () => {
    const { collector, sink } = await rigOf();
    await sink().send(SAMPLE_TABLE, batch);
    const [{ method, url, headers, body }] = collector.requests as [(typeof collector.requests)[0]];
    expect(`${method} ${url.pathname}${url.search}`).toBe('POST /api/logs?api-version=2016-04-01');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'log-type': 'Sample',
      'x-ms-date': 'Sat, 21 Nov 2026 12:00:00 GMT',
      'time-generated-field': 'EventTime',
      'content-length': String(body.length),
    });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(body.toString()).toBe(batch.body.toString());
  });

  test('sends TimeGenerated under another name, because the body must not contain it', async () => {
    const harness = await rigOf();
    await harness.deliver(harness.sink(), [event('a', 7), { name: 'no time' }]);
    expect(harness.collector.rows('Sample_CL')).toMatchObject([
      { EventId: 'a', EventTime: '2026-11-21T00:00:07.000Z', TimeGenerated: '2026-11-21T00:00:07.000Z' },
      { Name: 'no time', TimeGenerated: 'when it came' },
    ]);
    expect(harness.collector.problems).toEqual([]);
  });

  test('sends nested values as text, so that they stay one column', async () => {
    const harness = await rigOf();
    await harness.deliver(harness.sink(), [
      event('a', 0, { details: { b: [1] }, more: { c: 9007199254740993n } }),
    ]);
    expect(harness.collector.rows('Sample_CL')).toMatchObject([
      { Details: '{"b":[1]}', AdditionalFields: '{"more":{"c":9007199254740993}}' },
    ]);
  });

  test('contains every hostile record that becomes a row, and no field over 32 KB', async () => {
    const harness = await rigOf();
    expect(await harness.deliver(harness.sink(), Object.values(HOSTILE_RECORDS))).toEqual([]);
    expect(harness.collector.rows('Sample_CL')).toHaveLength(Object.keys(HOSTILE_RECORDS).length - 8);
    expect(harness.collector.problems).toEqual([]);
  });
});

describe('an answer', () => {
  test.each([404, 413])('%i to several rows means too large', async (status) => {
    const harness = await rigOf();
    harness.collector.fail({ status });
    expect(await harness.sink().send(SAMPLE_TABLE, batchOf('{"a":1}', '{"a":2}'))).toBe('too-large');
  });

  test('404 for a large body halves the rows until they fit', async () => {
    const harness = await rigOf();
    harness.collector.refuseAbove(1_000);
    expect(
      await harness.deliver(
        harness.sink(),
        Array.from({ length: 30 }, (_, i) => event(`e${i}`)),
      ),
    ).toEqual([]);
    expect(harness.collector.rows('Sample_CL')).toHaveLength(30);
    expect(harness.collector.problems).toEqual([]);
  });

  test('404 to a single row is a wrong address', async () => {
    const harness = await rigOf();
    harness.collector.fail({ status: 404 });
    const sending = harness.sink().send(SAMPLE_TABLE, batch);
    await expect(sending).rejects.toThrow(SettingError);
    await expect(sending).rejects.toThrow(
      `${harness.collector.url} does not serve /api/logs. Check WORKSPACE_ID and LOG_ANALYTICS_URI.`,
    );
  });

  test('403 is a SettingError that names the key without its value, after one request', async () => {
    const harness = await rigOf();
    const wrong = harness.sink({ WORKSPACE_KEY: Buffer.from('another key').toString('base64') });
    const sending = wrong.send(SAMPLE_TABLE, batch);
    await expect(sending).rejects.toThrow(SettingError);
    await expect(sending).rejects.toThrow(
      /403 Forbidden: InvalidAuthorization\. Check WORKSPACE_ID, WORKSPACE_KEY/,
    );
    expect(harness.collector.requests).toHaveLength(1);
  });

  test.each([
    [429, { retryAfter: '3' }, 3_000],
    [500, {}, 1_000],
    [503, {}, 1_000],
  ] as const)('%i is retried', async (status, more, waitMs) => {
    const harness = await rigOf();
    harness.collector.fail({ status, ...more });
    expect(await harness.sink().send(SAMPLE_TABLE, batch)).toBe('accepted');
    expect([harness.clock.waits, harness.collector.rows('Sample_CL').length]).toEqual([[waitMs], 1]);
  });

  test('429 without end is an UnavailableError, and 400 refuses the rows of the post', async () => {
    const harness = await rigOf();
    harness.collector.fail(...Array.from({ length: 4 }, () => ({ status: 429 })), {
      status: 400,
      body: '{"Error":"InvalidDataFormat","Message":null}',
    });
    await expect(harness.sink().send(SAMPLE_TABLE, batch)).rejects.toThrow(UnavailableError);
    expect(await harness.sink().send(SAMPLE_TABLE, batch)).toEqual({ refused: '400 InvalidDataFormat' });
  });
});

describe('settings', () => {
  test.each([
    [{}, `https://${COLLECTOR.workspaceId}.ods.opinsights.azure.com`],
    [{ AZURE_CLOUD: 'usgov' }, `https://${COLLECTOR.workspaceId}.ods.opinsights.azure.us`],
    [{ AZURE_CLOUD: 'china' }, `https://${COLLECTOR.workspaceId}.ods.opinsights.azure.cn`],
    [{ LOG_ANALYTICS_URI: 'https://collector.example.com/' }, 'https://collector.example.com'],
  ])('with %j send to %s', (env, endpoint) => {
    expect(readDataCollector({ ...ENV, ...env }).endpoint).toBe(endpoint);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['no id', { WORKSPACE_ID: '' }, /WORKSPACE_ID is not set/],
    [
      'an id that is an address',
      { WORKSPACE_ID: 'example.com/x' },
      /WORKSPACE_ID is not the id of a workspace/,
    ],
    ['no key', { WORKSPACE_KEY: '' }, /WORKSPACE_KEY is not set/],
    ['a key that is not Base64', { WORKSPACE_KEY: 'not base 64!' }, /WORKSPACE_KEY is not Base64/],
    [
      'an address without TLS',
      { LOG_ANALYTICS_URI: 'http://collector.example.com' },
      /LOG_ANALYTICS_URI (?:has no scheme|must begin with https)/,
    ],
  ])('with %s are refused', (_, env, message) => {
    expect(() => readDataCollector({ ...ENV, ...env })).toThrow(SettingError);
    expect(() => readDataCollector({ ...ENV, ...env })).toThrow(message);
  });
});

test.each([
  ['Sample_CL', 'Sample'],
  ['Acme_CL_Copy_CL', 'Acme_CL_Copy'],
  ['Syslog', 'Syslog'],
])('the table %s has the Log-Type %s', (name, type) => {
  expect(logType({ name })).toBe(type);
});

test('a row is written without TimeGenerated and without undefined values', async () => {
  const { sink } = await rigOf();
  const row: Record<string, Json | undefined> = {
    TimeGenerated: 'x',
    A: undefined,
    B: null,
    C: 9007199254740993n,
    D: [],
    E: 'half \ud800 of a pair',
  };
  expect(sink().encode(SAMPLE_TABLE, row)).toBe(
    String.raw`{"B":null,"C":9007199254740993,"D":"[]","E":"half \\ud800 of a pair"}`,
  );
});
