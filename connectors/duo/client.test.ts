import https from 'node:https';
import { connect } from 'node:net';
import * as duoApi from '@duosecurity/duo_api';
import duo from '.';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import rules from './simulator';

/*
 * Duo's own client, unmodified, against the simulated Duo: the simulator must accept every request that the real service
 * accepts.
 */

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor({ connectors: [{ connector: duo, rules, folder: __dirname }], live: false });
});
afterAll(() => vendor.close());

const idOf = (record: unknown): unknown => (record as { readonly txid: unknown }).txid;

const { globalAgent } = https;
beforeAll(() => {
  // The client supports only Duo's own port and certificate.
  const agent = new https.Agent();
  agent.createConnection = () => connect(Number(new URL(vendor.url).port), '127.0.0.1');
  https.globalAgent = agent;
});
afterAll(() => {
  https.globalAgent.destroy();
  https.globalAgent = globalAgent;
});

interface Answer {
  readonly stat: string;
  readonly response: {
    readonly authlogs: readonly unknown[];
    readonly metadata: { readonly next_offset?: readonly string[] | null };
  };
}

test.each([
  ['its default signature, version 2 with SHA-512', duoApi.SIGNATURE_VERSION_2],
  ['version 5', duoApi.SIGNATURE_VERSION_5],
])('Duo’s client reads the authentication log to its end, with %s', async (_, version) => {
  const { integrationKey = '', secretKey = '' } = vendor.settings('duo');
  const client = new duoApi.Client(integrationKey, secretKey, new URL(vendor.url).host, version);
  const ask = (parameters: Readonly<Record<string, string>>): Promise<Answer> =>
    new Promise((done) => {
      client.jsonApiCall('GET', '/duo/admin/v2/logs/authentication', parameters, (answer) =>
        done(answer as Answer),
      );
    });
  const range = { mintime: '0', maxtime: '4102444800000', sort: 'ts:asc', limit: '1000' };
  const records: unknown[] = [];
  for (let more: readonly string[] | null | undefined = []; more;) {
    const { response, stat } = await ask(
      more.length === 0 ? range : { ...range, next_offset: more.join(',') },
    );
    expect(stat).toBe('OK');
    records.push(...response.authlogs);
    more = response.metadata.next_offset;
  }
  expect(records.map(idOf)).toEqual(vendor.published('duo', 'authentication').map(idOf));
  expect(records.length).toBeGreaterThan(2);
  expect(vendor.complaints).toEqual([]);
});
