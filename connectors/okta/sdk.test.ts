import okta from '.';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import rules from './simulator';

/* Okta's own SDK, unaltered, against the simulated Okta: what it sends the real one accepts, so this one must too. */

/** The part of the SDK that is used here. */
interface Client {
  readonly systemLogApi: {
    listLogEvents(query: {
      readonly since: string;
      readonly until?: string;
      readonly sortOrder: 'ASCENDING' | 'DESCENDING';
      readonly limit: number;
    }): Promise<{ each(take: (event: unknown) => void): Promise<void> }>;
  };
}

interface Options {
  readonly orgUrl: string;
  readonly token: string;
  readonly testing: { readonly disableHttpsCheck: boolean };
}

/** Not a literal: the SDK's own types are some 2,000 files, which every check of the types would read. */
const SDK: string = '@okta/okta-sdk-nodejs';

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor({ connectors: [{ connector: okta, rules, folder: __dirname }], live: false });
});
afterAll(() => vendor.close());

test.each([
  ['a bounded request', { until: '2100-01-01T00:00:00Z' }],
  ['a polling request', {}],
])('Okta’s SDK reads the System Log by %s, to its end', async (_, bound) => {
  const sdk = (await import(SDK)) as { readonly Client: new (options: Options) => Client };
  const { token = '' } = vendor.settings('okta');
  const client = new sdk.Client({
    orgUrl: `${vendor.url}/okta`,
    token,
    testing: { disableHttpsCheck: true },
  });
  const log = await client.systemLogApi.listLogEvents({
    since: '2020-01-01T00:00:00Z',
    sortOrder: 'ASCENDING',
    limit: 1000,
    ...bound,
  });
  const records: unknown[] = [];
  await log.each((event) => void records.push(event));
  const published = [...vendor.feed('okta', 'systemLog')];
  // Okta sorts a bounded request by time, and a polling request in the order in which events were stored.
  if ('until' in bound) published.sort((a, b) => a.timeMs - b.timeMs);
  const idOf = (record: unknown): unknown => (record as { readonly uuid: unknown }).uuid;
  expect(records.map(idOf)).toEqual(published.map(({ record }) => idOf(record)));
  expect(records.length).toBeGreaterThan(2);
  expect(vendor.complaints).toEqual([]);
});
