import { join } from 'node:path';
import type { VendorAnswer, VendorRules } from '../../shared/contract/simulator';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import acmeExport from '../fixtures/connectors/acme-export';

/* The HTTP answers of a folder's answer(), also under faults. */

const folder = join(__dirname, '../fixtures/connectors/acme-export');
const open: Vendor[] = [];
afterEach(() => Promise.all(open.splice(0).map((vendor) => vendor.close())));

async function vendorOf(answer: VendorRules['answer'], live = false): Promise<Vendor> {
  const rules = answer === undefined ? {} : { answer };
  const vendor = await startVendor({ connectors: [{ connector: acmeExport, folder, rules }], live });
  open.push(vendor);
  return vendor;
}

const ask = (vendor: Vendor, path = '/any'): Promise<Response> => fetch(`${vendor.url}/acme-export${path}`);

test.each<[string, VendorAnswer['body'], string, string]>([
  ['JSON', { a: 1 }, 'application/json', '{"a":1}'],
  ['text', 'a,b', 'text/plain', 'a,b'],
  ['bytes', new Uint8Array([97, 98]), 'application/octet-stream', 'ab'],
])('%s is sent with its content type', async (_kind, body, type, text) => {
  const response = await ask(await vendorOf(() => ({ status: 202, headers: { 'X-Own': 'yes' }, body })));
  expect([response.status, response.headers.get('x-own')]).toEqual([202, 'yes']);
  expect([response.headers.get('content-type'), await response.text()]).toEqual([type, text]);
});

test('a gzip answer is decompressed by the client, and its own content type is kept', async () => {
  const headers = { 'content-type': 'text/csv', 'content-encoding': 'gzip' };
  const response = await ask(await vendorOf((_, { gzip }) => ({ headers, body: gzip('a,b') })));
  expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/csv', 'a,b']);
});

test('answer() gets the connector’s own address, its settings, and no clock while fixtures are replayed', async () => {
  const vendor = await vendorOf(({ base, now, path, query, settings, source }) => ({
    body: {
      base,
      path,
      query: { ...query },
      source,
      id: settings['clientId'] ?? '',
      isLive: now !== undefined,
    },
  }));
  expect(await (await ask(vendor, '/v1/logins?after=7')).json()).toEqual({
    base: `${vendor.url}/acme-export`,
    path: '/v1/logins',
    query: { after: '7' },
    source: '',
    id: 'acme-client',
    isLive: false,
  });
  const live = await vendorOf(({ now }) => ({ body: now !== undefined }), true);
  expect(await (await ask(live)).json()).toBe(true);
});

test('the events of a source are its fixtures in their order, and a page is those of one file', async () => {
  const vendor = await vendorOf((_request, { page }, events) => {
    const all = events('logins');
    const { next, records } = page(all, 2);
    return { body: [all.length, next ?? null, [...records], events('nobody').length] };
  });
  const published = vendor.published('acme-export', 'logins');
  expect(await (await ask(vendor)).json()).toEqual([6, 4, published.slice(2, 4), 0]);
});

test.each<[string, VendorRules['answer'], number, RegExp]>([
  ['answer() does not know', () => undefined, 404, /GET \/any: there is no such address$/],
  [
    'answer() refuses',
    () => ({ status: 400, because: 'after is missing' }),
    400,
    /GET \/any: after is missing$/,
  ],
  [
    'answer() throws for',
    () => {
      throw new TypeError('no day');
    },
    500,
    /answer\(\) of connectors\/acme-export\/simulator\.ts throws TypeError: no day$/,
  ],
])(
  'a request that %s is refused, and the complaint tells the author',
  async (_, answer, status, complaint) => {
    const vendor = await vendorOf(answer);
    expect((await ask(vendor)).status).toBe(status);
    expect(vendor.complaints).toEqual([expect.stringMatching(complaint)]);
  },
);

test('without answer() a source in code has no vendor and publishes nothing', async () => {
  const vendor = await vendorOf(undefined);
  expect((await ask(vendor)).status).toBe(404);
  expect(vendor.published('acme-export', 'logins')).toEqual([]);
});

describe('a fault', () => {
  test('for one source applies to the answers about it', async () => {
    const vendor = await vendorOf(({ path }) =>
      path === '/token' ? { body: {} } : { source: 'logins', body: {} },
    );
    vendor.behave([{ do: 'status', status: 503, source: 'logins', times: 2 }]);
    const statuses = [await ask(vendor, '/token'), await ask(vendor), await ask(vendor), await ask(vendor)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 503, 503, 200]);
  });

  test('that only declarations can have skips code, and waits for an answer that it fits', async () => {
    const vendor = await vendorOf(({ path }) => ({ body: path === '/text' ? 'a' : { a: 1 } }));
    vendor.behave([{ do: 'same-token', times: 9 }, { do: 'truncated' }]);
    expect(await (await ask(vendor, '/text')).text()).toBe('a');
    expect(await (await ask(vendor)).text()).toBe('{"a');
    expect(vendor.faultsMet).toBe(1);
  });

  test('that links elsewhere replaces the vendor’s own address in body and headers', async () => {
    const vendor = await vendorOf(({ base, path }) =>
      path === '/none' ? { body: {} } : { headers: { link: `<${base}/2>` }, body: { next: `${base}/2` } },
    );
    vendor.behave([{ do: 'foreign-link', to: 'https://elsewhere.test' }]);
    expect(await (await ask(vendor, '/none')).json()).toEqual({});
    const led = await ask(vendor);
    expect(led.headers.get('link')).toBe('<https://elsewhere.test/2>');
    expect(await led.json()).toEqual({ next: 'https://elsewhere.test/2' });
  });

  test('that repeats an answer returns the first one of each path, until other rules are set', async () => {
    let count = 0;
    const vendor = await vendorOf(() => ({ body: ++count }));
    const bodies = async (...paths: readonly string[]): Promise<unknown[]> => {
      const all: unknown[] = [];
      for (const path of paths) all.push(await (await ask(vendor, path)).json());
      return all;
    };
    vendor.behave([{ do: 'same-answer', times: 100 }]);
    expect(await bodies('/a', '/b', '/a', '/b')).toEqual([1, 2, 1, 2]);
    vendor.behave([]);
    expect(await bodies('/a')).toEqual([5]);
  });
});
