import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import type { RestSpec } from '../../shared/contract/rest';
import { string, text, url, secret, defineConnector } from '../../shared';
import { rest } from '../../shared/kit/rest/rest';
import { fetchHttp } from '../fakes/fetch-http';
import { pullContext, readAll } from '../fakes/scripted-http';

/* The vendor of a declaration with placeholders in every possible place checks requests in each of them. */

const common: Pick<RestSpec, 'base' | 'records' | 'resume' | 'window'> = {
  base: 'url',
  records: '$.items[*]',
  resume: 'time',
  window: { lag: { minMs: 0, maxMs: 0 } },
};
const cursor = { kind: 'cursor', from: '$.next' } as const;

const SPECS: Readonly<Record<string, RestSpec>> = {
  graph: {
    ...common,
    path: '/graphql',
    method: 'POST',
    headers: { 'Content-Type': 'application/graphql+json', 'X-Tenant': 'site {site}' },
    body: {
      query: 'query ($after: String) { logs(first: 2, after: $after) { at, id } }',
      variables: {
        first: 2,
        after: '{cursor}',
        where: [{ at: { from: '{since}', to: '{until}' } }],
        region: '{region}',
      },
    },
    next: cursor,
    stop: { on: 'no-next' },
    since: { format: 'epoch-ms' },
    until: { format: 'iso-s' },
  },
  search: {
    ...common,
    path: '/search',
    query: { phrase: 'site:{site} created:{since}..{until} {region}', sort: 'up' },
    next: { kind: 'link' },
    stop: { on: 'no-next' },
    since: { format: 'iso-s' },
    until: { format: 'iso-s' },
  },
  forms: {
    ...common,
    path: '/jobs/{site}/{since}/{until}/{cursor}',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'X-Again': '{cursor}' },
    body: { search: 'from {since} {{all}}', count: 2 },
    next: { ...cursor, alone: true },
    stop: { on: 'no-next' },
    since: { format: 'epoch-s' },
    until: { format: 'epoch-s' },
  },
};

const connector = defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: {
    url: url('The address.'),
    token: secret('A token.'),
    site: text('The site.', { example: 'a/b (1)' }),
    region: text('The region.', { optional: true }),
  },
  sources: Object.fromEntries(
    Object.entries(SPECS).map(([name, spec]) => [
      name,
      { table: { name: `Acme${name}_CL`, time: 'at', columns: { Id: string('id') } }, pull: rest(spec) },
    ]),
  ),
});

const ids = ['1', '2', '3', '4', '5'];
const folder = mkdtempSync(join(tmpdir(), 'tributary-placeholders-'));
const open: Vendor[] = [];

beforeAll(() => {
  for (const name of Object.keys(SPECS)) {
    const path = join(folder, 'fixtures', name);
    mkdirSync(path, { recursive: true });
    const items = ids.map((id) => ({ id, at: `2026-11-01T0${id}:00:00.000Z` }));
    writeFileSync(join(path, 'page-1.json'), JSON.stringify({ items, next: 'x' }));
  }
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((vendor) => vendor.close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function vendorOf(): Promise<Vendor> {
  const vendor = await startVendor({ connectors: [{ connector, folder }], live: false, pageSize: 2 });
  open.push(vendor);
  return vendor;
}

const window = {
  lane: 'live',
  from: '2026-11-01T02:00:00.000Z',
  to: '2026-11-01T05:00:00.000Z',
} as const;

test.each(Object.keys(SPECS))('%s: the framework’s requests are accepted, page after page', async (name) => {
  const vendor = await vendorOf();
  const settings = vendor.settings('acme');
  const pull = connector.sources[name]?.pull;
  const pages = await readAll(pull!, pullContext(fetchHttp(), { settings, window }));
  expect(vendor.complaints).toEqual([]);
  const records = pages.flatMap((page) => page.records as { id: string }[]);
  expect(records.map(({ id }) => id)).toEqual(['2', '3', '4', '5']);
  expect(vendor.requests.length).toBeGreaterThan(1);
});

const first = {
  query: 'query ($after: String) { logs(first: 2, after: $after) { at, id } }',
  variables: { first: 2, where: [{ at: { from: 1_793_498_400_000, to: '2026-11-01T05:00:00Z' } }] },
};
const [where] = first.variables.where;
const asked = (variables: object): object => ({ ...first, variables: { ...first.variables, ...variables } });

test.each([
  ['all as declared', {}, first, 200, ''],
  ['no header', { 'x-tenant': 'site x' }, first, 400, 'X-Tenant does not match site {site}'],
  ['another content type', { 'content-type': 'application/json' }, first, 400, 'different Content-Type'],
  ['another text', {}, { ...first, query: '{ all }' }, 400, 'the body has a different query than declared'],
  ['a missing member', {}, { query: first.query, variables: {} }, 400, 'the body lacks variables.first'],
  [
    'a flat member',
    {},
    { ...first, 'variables.after': 'x' },
    400,
    "the body has ['variables.after'], which is not declared",
  ],
  [
    'an unset setting',
    {},
    asked({ region: '' }),
    400,
    'the body has variables.region, which is not declared',
  ],
  [
    'a time as text',
    {},
    asked({ where: [{ at: { ...where?.at, from: '1793498400000' } }] }),
    400,
    'from is not a number',
  ],
  [
    'a time in another format',
    {},
    asked({ where: [{ at: { ...where?.at, to: '2026-11-01' } }] }),
    400,
    'to is not a time',
  ],
  ['a range without end', {}, asked({ where: [{ at: { from: 1 } }] }), 400, 'lacks variables.where.0.at.to'],
  [
    'an invalid range',
    {},
    asked({ where: [{ at: { ...where?.at, from: 1_893_498_400_000 } }] }),
    400,
    'from is not before',
  ],
  ['an invented cursor', {}, asked({ after: 'x' }), 400, 'not issued by this simulator'],
] as const)('a request is checked in every part: %s', async (_, headers, body, status, because) => {
  const vendor = await vendorOf();
  const settings = vendor.settings('acme');
  const response = await fetch(`${vendor.url}/acme/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/graphql+json',
      'x-tenant': `site ${settings['site'] ?? ''}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(status);
  expect(vendor.complaints.join()).toContain(because);
});

test.each([
  ['site:a/b (1) created:2026-11-01T02:00:00Z..2026-11-01T05:00:00Z ', 200],
  ['site:a/b (2) created:2026-11-01T02:00:00Z..2026-11-01T05:00:00Z ', 400],
  ['created:2026-11-01T02:00:00Z..2026-11-01T05:00:00Z', 400],
  ['site:a/b (1) created:2026-11-01T02:00:00Z.2026-11-01T05:00:00Z ', 400],
  ['site:a/b (1) created:2026-11-01T05:00:00Z..2026-11-01T02:00:00Z ', 400],
])('two bounds in one parameter are distinguished: %s', async (phrase, status) => {
  const vendor = await vendorOf();
  const query = new URLSearchParams({ phrase, sort: 'up' });
  expect((await fetch(`${vendor.url}/acme/search?${query.toString()}`)).status).toBe(status);
});

test.each([
  ['/jobs/a%2Fb%20(1)/1793498400/1793509200', 'search=from+1793498400+{all}&count=2', 200],
  ['/jobs/a%2Fb%20(1)/1793498400/1793509200', 'search=from+1793498401+{all}&count=2', 400],
  ['/jobs/a%2Fb%20(1)/1793498400/1793509200', 'search=from+1793498400+{{all}}&count=2', 400],
  ['/jobs/a%2Fb%20(1)/1793498400', 'search=from+1793498400+{all}&count=2', 400],
  ['/jobs/other/1793498400/1793509200', 'search=from+1793498400+{all}&count=2', 404],
])('a path and a form are read: %s %s', async (path, body, status) => {
  const vendor = await vendorOf();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await fetch(`${vendor.url}/acme${path}`, { method: 'POST', headers, body })).status).toBe(status);
});
