import { Agent, get } from 'node:http';
import type { FaultKind } from '../../local/vendor/faults';
import { closeVendors, pullFrom, recordsOf, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const audit = ['globex', 'auditEvents'] as const;
const logs = ['acme', 'systemLog'] as const;

test('faults apply to matching requests, after the given number passed, as often as given', async () => {
  const vendor = await vendorOf({ pageSize: 2 });
  vendor.behave([
    { do: 'status', status: 500, connector: 'globex', source: 'auditEvents', skip: 1, times: 2 },
  ]);
  await pullFrom(vendor, ...logs);
  await expect(pullFrom(vendor, ...audit)).rejects.toThrow('500');
  await expect(pullFrom(vendor, ...audit)).rejects.toThrow('500');
  expect(recordsOf(await pullFrom(vendor, ...audit))).toEqual(vendor.published(...audit));
});

test('a status fault may set Retry-After', async () => {
  const vendor = await vendorOf();
  vendor.behave([{ do: 'status', status: 429, retryAfterSeconds: 7, body: '{}' }]);
  const headers = { authorization: 'Token local-acme-token' };
  const url = `${vendor.url}/acme/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2026-11-20T00:00:00Z`;
  const response = await fetch(url, { headers });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
});

test.each<[string, FaultKind, string]>([
  ['a connection closed before the answer', { do: 'close', when: 'before' }, 'fetch failed'],
  ['a connection closed in the answer', { do: 'close', when: 'during' }, 'terminated'],
  ['half of the JSON', { do: 'truncated' }, 'the text ends before its value does'],
  ['half of a gzip stream', { do: 'truncated-gzip' }, 'the text ends before its value does'],
  ['a page of HTML', { do: 'html' }, 'JSON'],
  ['a redirect', { do: 'redirect', to: 'https://elsewhere.test/' }, '302'],
  ['the same page for ever', { do: 'same-token' }, 'the same next page twice'],
])('%s is an error of the read', async (_, fault, message) => {
  const vendor = await vendorOf({ pageSize: 2 });
  vendor.behave([{ ...fault, skip: 1, times: 100 }]);
  await expect(pullFrom(vendor, ...audit)).rejects.toThrow(message);
});

test('a foreign next link is followed', async () => {
  const [vendor, other] = [await vendorOf(), await vendorOf()];
  vendor.behave([{ do: 'foreign-link', to: other.url }]);
  await expect(pullFrom(vendor, ...logs)).rejects.toThrow('asking /api/v1/logs: 404');
});

test('a body in pieces is complete in the end', async () => {
  const vendor = await vendorOf({ pageSize: 2 });
  vendor.behave([{ do: 'slow-body', ms: 20 }]);
  expect(recordsOf(await pullFrom(vendor, ...audit))).toEqual(vendor.published(...audit));
  expect(vendor.faultsMet).toBe(1);
});

test('a connection that is reset after the answer is not reused', async () => {
  const vendor = await vendorOf();
  vendor.behave([{ do: 'close', when: 'after' }]);
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: 'Token local-acme-token' };
  const path = '/acme/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2026-11-20T00:00:00Z';
  const closed = new Promise((resolve) => {
    get(`${vendor.url}${path}`, { headers, agent }, (answer) => {
      answer.on('error', () => undefined).resume();
      answer.socket.once('close', resolve);
    }).on('error', resolve);
  });
  await expect(closed).resolves.toBeDefined();
  agent.destroy();
});

test('an empty page in the middle loses nothing', async () => {
  const vendor = await vendorOf({ pageSize: 2 });
  vendor.behave([{ do: 'empty-page', skip: 1, times: 2 }]);
  const pages = await pullFrom(vendor, ...audit);
  expect(pages.map(({ records }) => records.length)).toEqual([2, 0, 0, 2, 2, 2]);
  expect(recordsOf(pages)).toEqual(vendor.published(...audit));
});

test('a repeated page returns its records again and then continues', async () => {
  const vendor = await vendorOf({ pageSize: 2 });
  vendor.behave([{ do: 'repeated-page', skip: 1 }]);
  const records = recordsOf(await pullFrom(vendor, ...audit));
  const published = vendor.published(...audit);
  expect(records).toEqual([...published.slice(0, 2), ...published]);
});

test('only a page of the same read is repeated', async () => {
  const vendor = await vendorOf({ pageSize: 2 });
  await pullFrom(vendor, ...audit);
  vendor.behave([{ do: 'repeated-page' }]);
  const records = recordsOf(await pullFrom(vendor, ...audit));
  const published = vendor.published(...audit);
  expect(records).toEqual([...published.slice(0, 2), ...published]);
});

test('a fault may insert any text as records', async () => {
  const vendor = await vendorOf();
  const deep = '['.repeat(5_000) + ']'.repeat(5_000);
  vendor.behave([{ do: 'more-records', records: ['{"__proto__":{"x":1}}', deep] }]);
  const [odd, nested, ...others] = recordsOf(await pullFrom(vendor, ...logs));
  expect(Object.keys(odd ?? {})).toEqual(['__proto__']);
  expect(nested).toEqual([expect.anything()]);
  expect(others).toEqual(vendor.published(...logs));
});

test('a huge page is a page with blanks at its end', async () => {
  const vendor = await vendorOf();
  vendor.behave([{ do: 'huge', bytes: 3_000_000 }]);
  expect(recordsOf(await pullFrom(vendor, ...audit))).toEqual(vendor.published(...audit));
});

test('a page of two gigabytes is sent until the client closes the connection', async () => {
  const vendor = await vendorOf();
  vendor.behave([{ do: 'huge', bytes: 2_000_000_000 }]);
  const headers = { authorization: 'Token local-acme-token' };
  const url = `${vendor.url}/acme/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2026-11-20T00:00:00Z`;
  const { body } = await fetch(url, { headers });
  let bytes = 0;
  for await (const chunk of body ?? []) if ((bytes += (chunk as Uint8Array).length) > 20_000_000) break;
  expect(bytes).toBeGreaterThan(20_000_000);
});

test('a slow answer ends when its client disconnects', async () => {
  const vendor = await vendorOf();
  vendor.behave([{ do: 'slow', ms: 600_000 }]);
  const gone = new AbortController();
  const headers = { authorization: 'Token local-acme-token' };
  const url = `${vendor.url}/acme/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2026-11-20T00:00:00Z`;
  const answer = fetch(url, { headers, signal: gone.signal });
  while (vendor.requests.length === 0) await new Promise(setImmediate);
  gone.abort(new Error('the run is out of time'));
  await expect(answer).rejects.toThrow('the run is out of time');
});
