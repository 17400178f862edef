import okta from '.';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import rules from './simulator';

/*
 * Okta's own SDK, unmodified, against the simulated Okta: the simulator must accept every request that the real service
 * accepts.
 */

/** The part of the SDK that this test uses. */
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

/** Not a literal, so that the compiler does not read the SDK's types, some 2,000 files, at every type check. */
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
  // Okta sorts a bounded request by time, and a polling request by the order of storage.
  if ('until' in bound) published.sort((a, b) => a.timeMs - b.timeMs);
  const idOf = (record: unknown): unknown => (record as { readonly uuid: unknown }).uuid;
  expect(records.map(idOf)).toEqual(published.map(({ record }) => idOf(record)));
  expect(records.length).toBeGreaterThan(2);
  expect(vendor.complaints).toEqual([]);
});
