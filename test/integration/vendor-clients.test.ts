import https from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as duoApi from '@duosecurity/duo_api';
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { Client as OktaClient } from '@okta/okta-sdk-nodejs';
import duo from '../../connectors/duo';
import duoRules from '../../connectors/duo/simulator';
import githubAudit from '../../connectors/github-audit';
import githubAuditRules from '../../connectors/github-audit/simulator';
import okta from '../../connectors/okta';
import oktaRules from '../../connectors/okta/simulator';
import { startVendor, type Vendor } from '../../local/vendor/vendor';

/*
 * The vendors' own clients, unaltered, against the vendors that are simulated: what they send is what the real vendor
 * accepts, so the simulated one must accept it too.
 */

const connectors = [
  { connector: duo, rules: duoRules },
  { connector: githubAudit, rules: githubAuditRules },
  { connector: okta, rules: oktaRules },
].map((each) => ({ ...each, folder: join(__dirname, '../../connectors', each.connector.name) }));

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor({ connectors, live: false });
});
afterAll(() => vendor.close());
afterEach(() => expect(vendor.complaints).toEqual([]));

const idsOf = (records: readonly unknown[], member: string): unknown[] =>
  records.map((record) => (record as Readonly<Record<string, unknown>>)[member]);

describe('Duo’s client', () => {
  const { globalAgent } = https;
  beforeAll(() => {
    // The client knows no other port and no other certificate than Duo's own.
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
  ])('reads the authentication log to its end, with %s', async (_, version) => {
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
    expect(idsOf(records, 'txid')).toEqual(idsOf(vendor.published('duo', 'authentication'), 'txid'));
    expect(records.length).toBeGreaterThan(2);
  });
});

test('Octokit follows the pages of an organisation’s audit log', async () => {
  const { organization = '', token = '' } = vendor.settings('github-audit');
  const client = new (Octokit.plugin(paginateRest))({ auth: token, baseUrl: `${vendor.url}/github-audit` });
  const records = await client.paginate('GET /orgs/{org}/audit-log', {
    org: organization,
    phrase: 'created:>=2020-01-01T00:00:00Z',
    include: 'all',
    order: 'asc',
    per_page: 100,
  });
  const published = vendor.published('github-audit', 'organizationEvents');
  expect(idsOf(records, '_document_id')).toEqual(idsOf(published, '_document_id'));
  expect(records.length).toBeGreaterThan(2);
});

test.each([
  ['a bounded request', { until: '2100-01-01T00:00:00Z' }],
  ['a polling request', {}],
])('Okta’s SDK reads the System Log by %s, to its end', async (_, bound) => {
  const { token = '' } = vendor.settings('okta');
  const orgUrl = `${vendor.url}/okta`;
  const testing = { disableHttpsCheck: true };
  const client = new OktaClient({ orgUrl, token, testing });
  const log = await client.systemLogApi.listLogEvents({
    since: '2020-01-01T00:00:00Z',
    sortOrder: 'ASCENDING',
    limit: 1000,
    ...bound,
  });
  const records: unknown[] = [];
  await log.each((event) => void records.push(event));
  const published = [...vendor.feed('okta', 'systemLog')];
  // Okta sorts what has an end by time, and gives all else in the order in which it was stored.
  if ('until' in bound) published.sort((a, b) => a.timeMs - b.timeMs);
  const expected = published.map(({ record }) => record);
  expect(idsOf(records, 'uuid')).toEqual(idsOf(expected, 'uuid'));
  expect(records.length).toBeGreaterThan(2);
});
