import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector, PullSource } from '../../shared/contract/connector';
import { closeVendors, connectors, pullFrom, recordsOf, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const sources = [
  ['acme', 'systemLog', 12],
  ['globex', 'signInAttempts', 9],
  ['globex', 'itemUsages', 9],
  ['globex', 'auditEvents', 8],
] as const;

describe.each(sources)('the simulated vendor of %s %s', (name, source, count) => {
  test('returns every fixture record once and complains about nothing', async () => {
    const vendor = await vendorOf();
    const pages = await pullFrom(vendor, name, source);
    expect(recordsOf(pages)).toEqual(vendor.published(name, source));
    expect(recordsOf(pages)).toHaveLength(count);
    expect(pages.map(({ records }) => records.length)).toEqual(
      [1, 2, 3].map((page) => recordsInFixture(name, source, page)),
    );
    expect(vendor.complaints).toEqual([]);
  });

  test('returns the same records in pages of two', async () => {
    const vendor = await vendorOf({ pageSize: 2 });
    const pages = await pullFrom(vendor, name, source);
    expect(recordsOf(pages)).toEqual(vendor.published(name, source));
  });

  test('continues from the checkpoint of every page', async () => {
    const vendor = await vendorOf({ pageSize: 2 });
    const pages = await pullFrom(vendor, name, source);
    for (const [i, { checkpoint }] of pages.entries()) {
      const rest = await pullFrom(vendor, name, source, { checkpoint });
      expect(recordsOf(rest)).toEqual(recordsOf(pages.slice(i + 1)));
    }
    expect(vendor.complaints).toEqual([]);
  });

  test('returns nothing and keeps the position once everything is read', async () => {
    const vendor = await vendorOf();
    const pages = await pullFrom(vendor, name, source);
    const checkpoint = pages.at(-1)?.checkpoint ?? null;
    expect(await pullFrom(vendor, name, source, { checkpoint })).toEqual([]);
  });

  test('accepts the token of an earlier process', async () => {
    const pages = await pullFrom(await vendorOf(), name, source);
    const again = await vendorOf();
    const rest = await pullFrom(again, name, source, { checkpoint: pages[0]?.checkpoint ?? null });
    expect(recordsOf(rest)).toEqual(recordsOf(pages.slice(1)));
  });
});

test('since leaves out what was published before', async () => {
  const vendor = await vendorOf();
  const pages = await pullFrom(vendor, 'acme', 'systemLog', {
    startFrom: new Date('2026-11-20T08:20:55.043Z'),
  });
  expect(recordsOf(pages)).toEqual(vendor.published('acme', 'systemLog').slice(-3));
});

test('every setting has a value, and addresses point to the connector', async () => {
  const vendor = await vendorOf();
  expect(vendor.settings('acme')).toEqual({ url: `${vendor.url}/acme`, token: 'local-acme-token' });
  expect(vendor.settings('unknown')).toEqual({});
});

test('requests are remembered without their credentials', async () => {
  const vendor = await vendorOf();
  await pullFrom(vendor, 'acme', 'systemLog');
  expect(vendor.requests[0]).toMatchObject({
    connector: 'acme',
    source: 'systemLog',
    method: 'GET',
    path: '/api/v1/logs',
    query: { sortOrder: 'ASCENDING', limit: '1000', since: '1970-01-01T00:00:00.000Z' },
  });
  expect(JSON.stringify(vendor.requests)).not.toContain('local-acme-token');
});

test('an Acme page names itself and the next one, even when it is empty', async () => {
  const vendor = await vendorOf();
  const url = `${vendor.url}/acme/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2030-01-01T00:00:00Z`;
  const response = await fetch(url, { headers: { authorization: 'Token local-acme-token' } });
  expect(await response.json()).toEqual([]);
  const [self, next] = (response.headers.get('link') ?? '').split(', ');
  expect(self).toBe(`<${url}>; rel="self"`);
  expect(next).toMatch(/\/acme\/api\/v1\/logs\?sortOrder=ASCENDING&limit=1000&after=[\w-]+>; rel="next"$/);
});

test('a folder’s own rules may refuse what its declaration allows', async () => {
  const rules = { check: () => ({ status: 403, because: 'no scope', body: { errorCode: 'E0000006' } }) };
  const vendor = await vendorOf({ connectors: connectors.map((each) => ({ ...each, rules })) });
  await expect(pullFrom(vendor, 'acme', 'systemLog')).rejects.toThrow('403');
  expect(vendor.complaints).toEqual(['acme systemLog: GET /api/v1/logs: no scope']);
});

test('a declaration that cannot be simulated is refused at start', async () => {
  const [first] = connectors;
  const systemLog = { ...(first?.connector.sources['systemLog'] as PullSource | undefined) };
  const pull = Object.assign(() => undefined, { rest: { ...systemLog.pull?.rest, records: '$..events[*]' } });
  const connector = {
    ...first?.connector,
    sources: { systemLog: { ...systemLog, pull } },
  } as unknown as Connector;
  await expect(vendorOf({ connectors: [{ connector, folder: first?.folder ?? '' }] })).rejects.toThrow(
    'the path $..events is not a chain of member names',
  );
});

function recordsInFixture(name: string, source: string, page: number): number {
  const path = join(__dirname, '../fixtures/connectors', name, 'fixtures', source, `page-${page}.json`);
  const body = JSON.parse(readFileSync(path, 'utf8')) as unknown[] | { items: unknown[] };
  return (Array.isArray(body) ? body : body.items).length;
}
