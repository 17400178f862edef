import type { Connector } from '../../shared/contract/connector';
import type { SignRequest } from '../../shared/contract/rest';
import type { VendorRequest, VendorTools } from '../../shared/contract/simulator';
import { sign } from '../../connectors/duo/sign';
import githubAuditRules from '../../connectors/github-audit/simulator';
import { basicAuthorization, canonicalQuery, hmacHex, rfc2822 } from '../../shared/kit/signatures';
import { closeVendors, connectors, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const log = '/duo/admin/v2/logs/authentication';
const bounds = { sort: 'ts:asc', limit: '1000', mintime: '1795161690000', maxtime: '1795162690000' };
const duoKeys = { integrationKey: 'DIXXXXXXXXXXXXXXXXXX', secretKey: 'local-duo-secretKey' };
const audit = '/github-audit/orgs/example-org/audit-log';
const github = {
  authorization: 'Bearer local-github-audit-token',
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
};

/** Asks for the log with a right signature, unless `keys` or `headers` say otherwise. */
async function askDuo(parts: {
  readonly query?: Readonly<Record<string, string>>;
  readonly keys?: Partial<typeof duoKeys>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signer?: SignRequest;
  readonly at?: Date;
  readonly live?: boolean;
}): Promise<readonly [number, unknown, readonly string[]]> {
  const { query = bounds, keys = {}, headers = {}, signer = sign } = parts;
  const { at = new Date('2026-11-21T12:00:00Z') } = parts;
  const vendor = await vendorOf({ live: parts.live === true, now: () => new Date('2026-11-21T12:00:00Z') });
  const url = new URL(vendor.url + log);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const request = {
    method: 'GET',
    host: url.host,
    path: log,
    query: Object.entries(query),
    body: '',
    at,
  } as const;
  const signed = signer(request, { ...duoKeys, ...keys });
  const response = await fetch(url, { headers: { ...signed, ...headers } });
  return [response.status, await response.json(), vendor.complaints];
}

describe('the simulated Duo', () => {
  test('takes a right signature', async () => {
    expect((await askDuo({}))[0]).toBe(200);
  });

  test('takes one of the way before it, HMAC-SHA1 over five lines', async () => {
    const before: SignRequest = (
      { method, host, path, query, at },
      { integrationKey = '', secretKey = '' },
    ) => {
      const date = rfc2822(at);
      const text = [date, method, host, path, canonicalQuery(query)].join('\n');
      return { date, authorization: basicAuthorization(integrationKey, hmacHex('sha1', secretKey, text)) };
    };
    expect((await askDuo({ signer: before }))[0]).toBe(200);
    expect((await askDuo({ signer: before, keys: { secretKey: 'x' } }))[0]).toBe(401);
  });

  test('takes what Duo’s client for Node sends: its GMT, and SHA-512 over five lines', async () => {
    const ofNode: SignRequest = (
      { method, host, path, query, at },
      { integrationKey = '', secretKey = '' },
    ) => {
      const date = at.toUTCString();
      const text = [date, method, host, path, canonicalQuery(query)].join('\n');
      return { date, authorization: basicAuthorization(integrationKey, hmacHex('sha512', secretKey, text)) };
    };
    expect((await askDuo({ signer: ofNode, live: true }))[0]).toBe(200);
    expect((await askDuo({ signer: ofNode, keys: { secretKey: 'x' } }))[0]).toBe(401);
    const late = { signer: ofNode, live: true, at: new Date('2026-11-21T11:50:00Z') };
    expect((await askDuo(late))[0]).toBe(401);
  });

  test.each([
    ['no date', { headers: { 'x-duo-date': '' } }, 40104],
    ['a date of another form', { headers: { 'x-duo-date': '2026-11-21T12:00:00Z' } }, 40105],
    ['no credentials', { headers: { authorization: '' } }, 40101],
    ['another integration key', { keys: { integrationKey: 'DI' } }, 40102],
    ['another secret key', { keys: { secretKey: 'x' } }, 40103],
    ['a date that was not signed', { headers: { 'x-duo-date': 'Sat, 21 Nov 2026 12:00:01 -0000' } }, 40103],
    ['another header of its own', { headers: { 'x-duo-other': 'x' } }, 40103],
    ['a date ten minutes old', { at: new Date('2026-11-21T11:50:00Z'), live: true }, 40105],
  ])('refuses %s', async (_, parts, code) => {
    const [status, body] = await askDuo(parts);
    expect([status, body]).toEqual([401, { code, message: expect.any(String), stat: 'FAIL' }]);
  });

  const live = (ms: number): string => String(Date.parse('2026-11-21T12:00:00Z') + ms);
  test.each([
    [
      'seconds for milliseconds',
      { ...bounds, mintime: '1795161690' },
      'mintime is no time in epoch milliseconds',
    ],
    ['an end that is no number', { ...bounds, maxtime: 'now' }, 'maxtime is no time in epoch milliseconds'],
    ['an end that is the beginning', { ...bounds, maxtime: bounds.mintime }, 'mintime is not before maxtime'],
    [
      'an end too near to now',
      { ...bounds, maxtime: live(-119_999) },
      'maxtime is later than the declared lag',
    ],
    ['a cursor of its own making', { ...bounds, next_offset: '1,2' }, 'never issued here'],
  ])('refuses %s', async (_, query, because) => {
    const [status, , complaints] = await askDuo({ query, live: true });
    expect(status).toBe(400);
    expect(complaints[0]).toContain(because);
  });

  test('takes an end that is just as far from now as the shortest lag', async () => {
    expect((await askDuo({ query: { ...bounds, maxtime: live(-120_000) }, live: true }))[0]).toBe(200);
  });
});

describe('the simulated GitHub', () => {
  const query = 'include=all&order=asc&per_page=100';
  const right = `${query}&phrase=created:%3E%3D2026-11-20T08:00:00Z`;

  test('answers under the organisation’s own path', async () => {
    const vendor = await vendorOf();
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
  ])('takes %s, as GitHub does', async (_, headers) => {
    const vendor = await vendorOf();
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
    ['a phrase of another form', audit, `${query}&phrase=created:2026-11-20`, github, 400],
    ['milliseconds', audit, right.replace('00Z', '00.000Z'), github, 400],
    ['no user agent', audit, right, { ...github, 'user-agent': '' }, 403],
  ])('refuses %s', async (_, path, search, headers, status) => {
    const vendor = await vendorOf();
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
])('GitHub’s own grammar says of the phrase %s: %p', (phrase, status) => {
  const request = { headers: { 'user-agent': 'x' }, query: { phrase } } as unknown as VendorRequest;
  expect(githubAuditRules.check?.(request, {} as VendorTools)?.status).toBe(status);
});

test('a connector that signs is not simulated without a check of its own', async () => {
  const signing = connectors.find(({ connector }) => connector.name === 'duo');
  const connector = signing?.connector as Connector;
  await expect(vendorOf({ connectors: [{ connector, folder: signing?.folder ?? '' }] })).rejects.toThrow(
    'Write connectors/duo/simulator.ts with a check',
  );
});
