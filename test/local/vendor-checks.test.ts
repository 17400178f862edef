import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Vendor } from '../../local/vendor/vendor';
import { closeVendors, pullFrom, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const logs = '/acme/api/v1/logs';
const ssws = { authorization: 'Token local-acme-token' };
const first = `${logs}?sortOrder=ASCENDING&limit=1000&since=2026-11-20T00:00:00.000Z`;

describe('the simulated vendor refuses', () => {
  test.each([
    ['an unknown address', '/acme/api/v2/logs', ssws, 404, 'there is no such address'],
    ['an unknown vendor', '/nobody/api', ssws, 404, 'there is no such address'],
    ['a request without credential', first, {}, 401, 'the credential is missing or wrong'],
    [
      'another scheme',
      first,
      { authorization: 'Bearer local-acme-token' },
      401,
      'the credential is missing or wrong',
    ],
    [
      'a missing parameter',
      `${logs}?limit=1000&since=2026-11-20T00:00:00Z`,
      ssws,
      400,
      'the query lacks sortOrder',
    ],
    ['no since', `${logs}?sortOrder=ASCENDING&limit=1000`, ssws, 400, 'the query lacks since'],
    ['an unknown parameter', `${first}&to=x`, ssws, 400, 'the query has to, which is not declared'],
    ['a parameter twice', `${first}&limit=1000`, ssws, 400, 'the query has a different limit than declared'],
    ['a time without zone', first.replace('.000Z', ''), ssws, 400, 'since is not a time in ISO 8601 and UTC'],
    [
      'no time at all',
      first.replace('2026-11', '2026-13'),
      ssws,
      400,
      'since is not a time in ISO 8601 and UTC',
    ],
    [
      'an invented token',
      `${logs}?sortOrder=ASCENDING&limit=1000&after=1_0_0_forged`,
      ssws,
      400,
      'the page token was not issued by this simulator',
    ],
  ])('%s', async (_, path, headers, status, because) => {
    const vendor = await vendorOf();
    const response = await fetch(vendor.url + path, { headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { status, message: because } });
    expect(vendor.complaints).toHaveLength(1);
    expect(vendor.complaints[0]).toContain(because);
  });

  const start = '{"limit":1000,"start_time":"2026-11-20T00:00:00.000Z"}';
  test.each([
    ['another method', 'PUT', 'application/json', start, 405, 'the method is PUT, not POST'],
    ['another content type', 'POST', 'text/plain', start, 415, 'the content type is text/plain'],
    ['invalid JSON', 'POST', 'application/json', '{', 400, 'the body is not JSON'],
    ['an array', 'POST', 'application/json', '[]', 400, 'the body is not a JSON object'],
    [
      'no limit',
      'POST',
      'application/json',
      '{"start_time":"2026-11-20T00:00:00Z"}',
      400,
      'the body lacks limit',
    ],
    ['a limit as text', 'POST', 'application/json', start.replace('1000', '"1000"'), 400, 'different limit'],
    [
      'a cursor with more',
      'POST',
      'application/json',
      '{"cursor":"x","limit":1000}',
      400,
      'the body has limit',
    ],
    ['a cursor that is a number', 'POST', 'application/json', '{"cursor":1}', 400, 'cursor is not a string'],
    ['an unknown cursor', 'POST', 'application/json', '{"cursor":"x"}', 400, 'not issued by this simulator'],
  ])('a POST with %s', async (...[, method, type, body, status, because]) => {
    const vendor = await vendorOf();
    const headers = { authorization: 'Bearer local-globex-token', 'content-type': type };
    const response = await fetch(`${vendor.url}/globex/api/v2/auditevents`, { method, headers, body });
    expect(response.status).toBe(status);
    expect(vendor.complaints[0]).toContain(because);
  });

  test('the token of another source', async () => {
    const vendor = await vendorOf();
    const [page] = await pullFrom(vendor, 'globex', 'auditEvents');
    const checkpoint = page?.checkpoint ?? null;
    await expect(pullFrom(vendor, 'globex', 'itemUsages', { checkpoint })).rejects.toThrow('400');
  });
});

describe('the simulator’s own endpoints', () => {
  test('set faults, and show requests and published records', async () => {
    const vendor = await vendorOf();
    const body = JSON.stringify([{ do: 'status', status: 503 }]);
    expect((await fetch(`${vendor.url}/behave`, { method: 'POST', body })).status).toBe(200);
    await expect(pullFrom(vendor, 'acme', 'systemLog')).rejects.toThrow('503');
    const seen = (await (await fetch(`${vendor.url}/requests`)).json()) as { requests: unknown[] };
    expect(seen.requests).toEqual(vendor.requests);
    const published = await fetch(`${vendor.url}/published?connector=acme&source=systemLog`);
    expect(await published.json()).toEqual(vendor.published('acme', 'systemLog'));
  });

  test.each(['{', '{}', '[{"do":"dance"}]', '[null]'])('refuse %p as faults', async (body) => {
    const vendor = await vendorOf();
    expect((await fetch(`${vendor.url}/behave`, { method: 'POST', body })).status).toBe(400);
  });
});

describe('every route', () => {
  const PATHS = ['/requests', '/behave', '/acme/api/v1/logs', '/nobody'];

  test.each([
    ['a foreign Host', { host: 'evil.test' }],
    ['a foreign Origin', { origin: 'https://evil.test' }],
    ['an opaque Origin', { origin: 'null' }],
  ])('refuses %s, and neither remembers nor answers the request', async (_what, headers) => {
    const vendor = await vendorOf();
    const statuses = PATHS.map((path) => statusOf(vendor, path, headers));
    expect(await Promise.all(statuses)).toEqual(PATHS.map(() => 403));
    expect([vendor.requests, vendor.complaints]).toEqual([[], []]);
  });

  test.each(['//', '/\\', '//evil.test/requests', 'http://evil.test/requests', '*'])(
    'answers 400 to an invalid path: %s',
    async (path) => {
      expect(await statusOf(await vendorOf(), path)).toBe(400);
    },
  );
});

/** Sends the path unchanged, which `fetch` would normalise. */
async function statusOf(
  vendor: Vendor,
  path: string,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  const { hostname, port } = new URL(vendor.url);
  const asked = request({ hostname, port, path, headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}
