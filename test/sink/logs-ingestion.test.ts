import { gunzipSync } from 'node:zlib';
import { ContractError, SettingError, UnavailableError } from '../../shared/contract/errors';
import { readLogsIngestion } from '../../shared/sink/logs-ingestion';
import { batchOf } from '../fakes/batches';
import { COLLECTOR } from '../fakes/collector';
import { HOSTILE_RECORDS } from '../fakes/hostile-records';
import { event, NO_ID_TABLE, SAMPLE_TABLE } from '../fakes/scripted-source';
import { closeSinkHarnesses, sinkHarness, type SinkHarness } from '../fakes/sink-harness';

afterEach(closeSinkHarnesses);

const rigOf = (streams?: readonly string[]): Promise<SinkHarness> => sinkHarness('logs-ingestion', streams);
const batch = batchOf('{"TimeGenerated":"2026-11-21T00:00:00.000Z"}');

describe('a call', () => {
  test('is exactly what the API documents', async () => {
    const { collector, sink } = await rigOf();
    expect(await sink().send(SAMPLE_TABLE, batch)).toBe('accepted');
    const [{ method, url, headers, body }] = collector.requests as [(typeof collector.requests)[0]];
    expect(`${method} ${url.pathname}${url.search}`).toBe(
      'POST /dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Custom-Sample_CL?api-version=2023-01-01',
    );
    expect(headers).toMatchObject({
      authorization: 'Bearer local-workspace',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(gunzipSync(body).toString()).toBe(batch.body.toString());
    expect(collector.problems).toEqual([]);
  });

  test('of one row is an array too, because a bare object would be answered 204 and lost', async () => {
    const harness = await rigOf();
    await harness.deliver(harness.sink(), [event('a')]);
    expect(harness.collector.rows('Sample_CL')).toMatchObject([
      { EventId: 'a', TimeGenerated: '2026-11-21T00:00:00.000Z' },
    ]);
    expect(harness.collector.problems).toEqual([]);
  });

  test('is never over 1,048,576 bytes, and all rows arrive', async () => {
    const harness = await rigOf();
    const records = Array.from({ length: 3_000 }, (_, i) =>
      event(`e${i}`, i % 60, { note: 'é"\\'.repeat(200) }),
    );
    expect(await harness.deliver(harness.sink(), records)).toEqual([]);
    expect(new Set(harness.collector.rows('Sample_CL').map((row) => row['EventId'])).size).toBe(3_000);
    expect(harness.collector.requests.length).toBeGreaterThan(3);
    expect(harness.collector.problems).toEqual([]);
  });

  test('contains every hostile record that becomes a row, with all digits', async () => {
    const harness = await rigOf();
    await harness.deliver(harness.sink(), Object.values(HOSTILE_RECORDS));
    const rows = harness.collector.rows('Sample_CL');
    expect(rows).toHaveLength(Object.keys(HOSTILE_RECORDS).length - 8);
    expect(rows).toContainEqual(
      // An integer beyond a long would be read as a real.
      expect.objectContaining({ Details: [9007199254740993n, '18446744073709551616'] }),
    );
    expect(harness.collector.problems).toEqual([]);
  });
});

describe('an answer', () => {
  test('413 means too large: the rows are halved until they fit', async () => {
    const harness = await rigOf();
    harness.collector.refuseAbove(2_000);
    const records = Array.from({ length: 50 }, (_, i) => event(`e${i}`));
    expect(await harness.deliver(harness.sink(), records)).toEqual([]);
    expect(harness.collector.rows('Sample_CL')).toHaveLength(50);
  });

  test('413 to a single row returns it', async () => {
    const harness = await rigOf();
    harness.collector.refuseAbove(1_000);
    const refused = await harness.deliver(harness.sink(), [
      event('a'),
      event('big', 0, { note: 'x'.repeat(2_000) }),
      event('b'),
    ]);
    expect(refused).toEqual(['big']);
    expect(harness.collector.rows('Sample_CL')).toHaveLength(2);
  });

  test('404 is a SettingError that names the rule, the stream and the variables, after one request', async () => {
    const harness = await rigOf(['Custom-Other_CL']);
    const sending = harness.sink().send(SAMPLE_TABLE, batch);
    await expect(sending).rejects.toThrow(SettingError);
    await expect(sending).rejects.toThrow(
      `sending to Sample_CL: there is no rule ${COLLECTOR.rule} with a stream Custom-Sample_CL at ${harness.collector.url}. Create it with "npx tributary tables --apply Sample_CL", or check DCR_IMMUTABLE_ID, DCR_STREAMS and LOGS_INGESTION_ENDPOINT.`,
    );
    expect(harness.collector.requests).toHaveLength(1);
  });

  test.each([401, 403])('%i is a SettingError that names the role, after one request', async (status) => {
    const harness = await rigOf();
    harness.collector.fail({ status, body: '{"error":{"code":"OperationFailed","message":"no access"}}' });
    const sending = harness.sink().send(SAMPLE_TABLE, batch);
    await expect(sending).rejects.toThrow(SettingError);
    await expect(sending).rejects.toThrow(
      /^asking the workspace for acme\/alerts .*DCR_IMMUTABLE_ID, the role Monitoring Metrics Publisher/,
    );
    expect(harness.collector.requests).toHaveLength(1);
  });

  test('429 is obeyed and the same bytes are sent again', async () => {
    const harness = await rigOf();
    harness.collector.fail({ status: 429, retryAfter: '11' }, { status: 503 });
    expect(await harness.sink().send(SAMPLE_TABLE, batch)).toBe('accepted');
    expect(harness.clock.waits).toEqual([11_000, 2_000]);
    expect(new Set(harness.collector.requests.map(({ body }) => body.toString('hex'))).size).toBe(1);
  });

  test('500 without end is an UnavailableError', async () => {
    const harness = await rigOf();
    harness.collector.fail(...Array.from({ length: 4 }, () => ({ status: 500 })));
    await expect(harness.sink().send(SAMPLE_TABLE, batch)).rejects.toThrow(UnavailableError);
  });

  test.each([
    ['{"error":{"code":"InvalidPayload","message":"bad row: hush"}}', '400 InvalidPayload'],
    ['{"error":{"code":"hush hush"}}', '400'],
    ['no JSON', '400'],
  ])('400 refuses the rows of the batch, and reports only its code: %s', async (body, refused) => {
    const harness = await rigOf();
    harness.collector.fail({ status: 400, body });
    expect(await harness.sink().send(SAMPLE_TABLE, batch)).toEqual({ refused });
  });

  test('any other status is a ContractError', async () => {
    const harness = await rigOf();
    harness.collector.fail({ status: 405 });
    await expect(harness.sink().send(SAMPLE_TABLE, batch)).rejects.toThrow(ContractError);
  });

  test.each(['before', 'after'] as const)(
    'that is lost, %s the rows were stored, sends them again',
    async (close) => {
      const harness = await rigOf();
      harness.collector.fail({ close });
      expect(await harness.sink().send(SAMPLE_TABLE, batch)).toBe('accepted');
      expect(harness.collector.rows('Sample_CL')).toHaveLength(close === 'before' ? 1 : 2);
    },
  );
});

describe('settings', () => {
  const env = { LOGS_INGESTION_ENDPOINT: 'https://dce.example.com/', DCR_IMMUTABLE_ID: 'dcr-1' };
  const streams = (value: object) => ({ ...env, DCR_STREAMS: JSON.stringify(value) });

  test('send each table to the stream of its name', () => {
    const { origins, routeOf } = readLogsIngestion(env);
    expect(routeOf(SAMPLE_TABLE)).toEqual({
      endpoint: 'https://dce.example.com',
      dcr: 'dcr-1',
      stream: 'Custom-Sample_CL',
    });
    expect(origins).toEqual(['https://dce.example.com']);
  });

  test('send the tables of DCR_STREAMS to their own streams', () => {
    const overrides = {
      Sample_CL: { dcr: 'dcr-2', stream: 'Custom-S', endpoint: 'https://b.example.com/' },
      NoId_CL: { dcr: 'dcr-3' },
    };
    const { origins, routeOf } = readLogsIngestion(streams(overrides));
    expect(routeOf(SAMPLE_TABLE)).toEqual({
      endpoint: 'https://b.example.com',
      dcr: 'dcr-2',
      stream: 'Custom-S',
    });
    expect(routeOf(NO_ID_TABLE)).toEqual({
      endpoint: 'https://dce.example.com',
      dcr: 'dcr-3',
      stream: 'Custom-NoId_CL',
    });
    expect(origins).toEqual(['https://dce.example.com', 'https://b.example.com']);
  });

  test('require no common rule where DCR_STREAMS names every table', () => {
    const { routeOf } = readLogsIngestion({
      ...streams({ Sample_CL: { dcr: 'dcr-2' } }),
      DCR_IMMUTABLE_ID: '',
    });
    expect(routeOf(SAMPLE_TABLE).dcr).toBe('dcr-2');
    expect(() => routeOf(NO_ID_TABLE)).toThrow(
      /sending to NoId_CL: DCR_STREAMS does not name it and DCR_IMMUTABLE_ID is not set/,
    );
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['no endpoint', { DCR_IMMUTABLE_ID: 'dcr-1' }, /LOGS_INGESTION_ENDPOINT is not set/],
    [
      'an endpoint without TLS',
      { ...env, LOGS_INGESTION_ENDPOINT: 'http://dce.example.com' },
      /must begin with https/,
    ],
    ['no rule', { LOGS_INGESTION_ENDPOINT: 'https://dce.example.com' }, /DCR_IMMUTABLE_ID is not set/],
    ['DCR_STREAMS that is not JSON', { ...env, DCR_STREAMS: '{' }, /reading DCR_STREAMS: it is not JSON/],
    [
      'DCR_STREAMS without a rule',
      streams({ A_CL: { stream: 'x' } }),
      /reading DCR_STREAMS: dcr of A_CL is missing/,
    ],
    [
      'DCR_STREAMS with a number',
      streams({ A_CL: { dcr: 'x', endpoint: 5 } }),
      /endpoint of A_CL is not text/,
    ],
    [
      'DCR_STREAMS without TLS',
      streams({ A_CL: { dcr: 'x', endpoint: 'http://b.example.com' } }),
      /DCR_STREAMS, A_CL (?:has no scheme|must begin with https)/,
    ],
  ])('are refused with %s', (_, wrong, message) => {
    expect(() => readLogsIngestion(wrong)).toThrow(SettingError);
    expect(() => readLogsIngestion(wrong)).toThrow(message);
  });
});
