import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import githubAudit from '.';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import rules from './simulator';

/*
 * GitHub's own client, unmodified, against the simulated GitHub: the simulator must accept every request that the real service
 * accepts.
 */

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor({
    connectors: [{ connector: githubAudit, rules, folder: __dirname }],
    live: false,
  });
});
afterAll(() => vendor.close());

const idOf = (record: unknown): unknown => (record as { readonly _document_id: unknown })._document_id;

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
  expect(records.map(idOf)).toEqual(published.map(idOf));
  expect(records.length).toBeGreaterThan(2);
  expect(vendor.complaints).toEqual([]);
});
