import type { VendorRequest, VendorTools } from '../../shared/contract/simulator';
import { closeVendors, vendorOf } from '../../test/local/vendor-setup';
import githubAudit from '.';
import rules from './simulator';

afterEach(closeVendors);

const audit = '/github-audit/orgs/example-org/audit-log';
const github = {
  authorization: 'Bearer local-github-audit-token',
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
};
const connectors = [{ connector: githubAudit, rules, folder: __dirname }];

describe('the simulated GitHub', () => {
  const query = 'include=all&order=asc&per_page=100';
  const right = `${query}&phrase=created:%3E%3D2026-11-20T08:00:00Z`;

  test('answers below the organisation’s own path', async () => {
    const vendor = await vendorOf({ connectors });
    const response = await fetch(`${vendor.url}${audit}?${right}`, { headers: github });
    expect(response.status).toBe(200);
    expect(response.headers.get('link')).toContain(
      `${vendor.url}${audit}?include=all&order=asc&per_page=100&after=`,
    );
  });

  const { 'x-github-api-version': _version, ...unversioned } = github;
  test.each([
    ['the scheme token', { ...github, authorization: github.authorization.replace('Bearer', 'token') }],
    ['JSON by its common name', { ...github, accept: 'application/json' }],
    ['the media type of version 3', { ...github, accept: 'application/vnd.github.v3+json' }],
    ['no version', unversioned],
  ])('accepts %s, as GitHub does', async (_, headers) => {
    const vendor = await vendorOf({ connectors });
    const response = await fetch(`${vendor.url}${audit}?${right}`, { headers });
    expect([response.status, vendor.complaints]).toEqual([200, []]);
  });

  test.each([
    ['another scheme', audit, right, { ...github, authorization: 'Basic local-github-audit-token' }, 401],
    ['another token', audit, right, { ...github, authorization: 'token other' }, 401],
    ['another organisation', audit.replace('example-org', 'other'), right, github, 404],
    ['another version', audit, right, { ...github, 'x-github-api-version': '2026-03-10' }, 400],
    ['an empty version', audit, right, { ...github, 'x-github-api-version': '' }, 400],
    ['another media type', audit, right, { ...github, accept: 'application/vnd.github.diff' }, 400],
    ['a phrase without a time', audit, `${query}&phrase=created:%3E%3D`, github, 400],
    ['a phrase in another format', audit, `${query}&phrase=created:2026-11-20`, github, 400],
    ['milliseconds', audit, right.replace('00Z', '00.000Z'), github, 400],
    ['no user agent', audit, right, { ...github, 'user-agent': '' }, 403],
  ])('refuses %s', async (_, path, search, headers, status) => {
    const vendor = await vendorOf({ connectors });
    const response = await fetch(`${vendor.url}${path}?${search}`, { headers });
    expect([response.status, vendor.complaints]).toEqual([status, [expect.any(String)]]);
  });
});

test.each([
  ['created:>=2026-11-20T08:00:00Z', undefined],
  ['created:2026-11-20', undefined],
  ['created:>=2026-11-20T08:00:00+01:00', undefined],
  ['created:>=2026-11-20T08:00:00.000Z', 422],
  ['created>=2026-11-20', 422],
  ['since:2026-11-20', 422],
])('answers the phrase %s by GitHub’s grammar: %p', (phrase, status) => {
  const request = { headers: { 'user-agent': 'x' }, query: { phrase } } as unknown as VendorRequest;
  expect(rules.check?.(request, {} as VendorTools)?.status).toBe(status);
});
