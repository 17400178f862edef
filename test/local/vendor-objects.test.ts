import { join } from 'node:path';
import acmeFiles from '../fixtures/connectors/acme-files';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import type { PullSource } from '../../shared/contract/connector';
import type { RunReport } from '../../shared/contract/run';
import { createHttp } from '../../shared/http/http';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';

/* The clients of AWS against the simulated queue and store: what they sign and send, and what stays in the queue. */

let vendor: Vendor;
let harness: PullHarness;
beforeEach(async () => {
  harness = pullHarness();
  const folder = join(__dirname, '../fixtures/connectors/acme-files');
  const connectors = [{ connector: acmeFiles, folder }];
  vendor = await startVendor({ connectors, live: false, now: () => harness.clock.now() });
});
afterEach(() => vendor.close());

function run(settings: Readonly<Record<string, string>> = {}, source = 'trail'): Promise<RunReport> {
  const values = { ...vendor.settings('acme-files'), ...settings };
  const { clock, log, sink } = harness;
  const secrets = secretsOf([values['secretAccessKey'] ?? '', values['sessionToken'] ?? '']);
  const deadline = new Date(clock.now().getTime() + 240_000);
  return harness.run(acmeFiles.sources[source as 'trail'] as PullSource, {
    settings: values,
    secrets,
    connect: async (signal) => {
      const variables = { address: ['ACME_FILES_URL'], credentials: ['ACME_FILES_SECRET_ACCESS_KEY'] };
      const origins = [vendor.url];
      const http = createHttp({
        who: 'acme-files',
        origins,
        variables,
        secrets,
        signal,
        deadline,
        clock,
        log,
      });
      return { http, sink };
    },
  });
}

const sent = (): readonly string[] => vendor.requests.map(({ method, path }) => `${method} ${path}`);

test('signed requests are accepted, keys that need encoding are found, and the queue is empty in the end', async () => {
  expect(await run()).toMatchObject({ outcome: 'caught-up', accepted: 9, deadLettered: 0 });
  // The role is assumed first; a message that brings nothing new is deleted before the page of the others.
  expect(sent()).toEqual([
    ...['POST /trail', 'POST /trail'],
    'GET /trail/2026/part%200%2B%C3%A9.json',
    'GET /trail/2026/part%201%2B%C3%A9.json.gz',
    'GET /trail/2026/part%202%2B%C3%A9.json',
    ...['POST /trail', 'POST /trail', 'POST /trail'],
  ]);
  harness.clock.advance(3_600_000);
  expect(await run()).toMatchObject({ outcome: 'caught-up', fetched: 0 });
  expect(vendor.complaints).toEqual([]);
});

test.each([
  ['secretAccessKey', 'another', 'the signature is wrong'],
  ['accessKeyId', 'AKIAOTHER', 'the access key is wrong'],
  ['sessionToken', 'another', 'the session token is wrong'],
])('a wrong %s is a SettingError', async (setting, value, because) => {
  expect(await run({ [setting]: value })).toMatchObject({
    outcome: 'failed',
    error: { name: 'SettingError' },
  });
  expect(vendor.complaints).toEqual([expect.stringContaining(because)]);
});

test('an expired key is a SettingError, whatever the status', async () => {
  const body = '{"__type":"com.amazonaws.sqs#ExpiredToken","message":"ended"}';
  vendor.behave([{ do: 'status', status: 400, body, times: 9 }]);
  expect(await run()).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
});

test('a bucket of another region is a SettingError', async () => {
  const body = '<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>';
  vendor.behave([{ do: 'status', status: 301, body, skip: 1, times: 3 }]);
  const report = await run();
  expect(report.error).toMatchObject({
    name: 'SettingError',
    message: expect.stringContaining('in another region'),
  });
});

test('an answer that does not come from SQS is not an empty queue', async () => {
  vendor.behave([{ do: 'html' }]);
  expect(await run()).toMatchObject({ outcome: 'failed', error: { name: 'ContractError' } });
});

test('a message that could not be deleted comes back, and its file is not read again', async () => {
  vendor.behave([{ do: 'status', status: 500, skip: 6, times: 99 }]);
  expect(await run()).toMatchObject({ outcome: 'failed', accepted: 9 });
  vendor.behave([]);
  const before = sent().length;
  // Hidden: nobody has said that its reader failed.
  expect(await run()).toMatchObject({ outcome: 'caught-up', fetched: 0 });
  harness.clock.advance(60_000);
  expect(await run()).toMatchObject({ outcome: 'caught-up', fetched: 0 });
  expect(sent().slice(before)).toEqual(Array<string>(4).fill('POST /trail'));
  expect(harness.delivered()).toHaveLength(9);
});

test('where a file is cut off in the middle the run fails, and the next one reads all of it', async () => {
  vendor.behave([{ do: 'close', when: 'during', skip: 1 }]);
  expect(await run({}, 'flows')).toMatchObject({
    outcome: 'failed',
    error: { name: 'UnavailableError' },
    deadLettered: 0,
  });
  expect(await run({}, 'flows')).toMatchObject({ outcome: 'caught-up', deadLettered: 0 });
  expect(harness.delivered()).toHaveLength(9);
});
