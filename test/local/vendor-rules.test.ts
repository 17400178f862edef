import hooli, { sign } from '../fixtures/connectors/hooli';
import { closeVendors, connectors, vendorOf } from './vendor-setup';

afterEach(closeVendors);

const PATH = '/hooli/v2/calls';
const bounds = { sort: 'ts:asc', limit: '1000', mintime: '1795161690000', maxtime: '1795162690000' };
const now = new Date('2026-11-21T12:00:00Z');

/** Requests the calls, signed as the connector signs. */
async function ask(query: Readonly<Record<string, string>>): Promise<readonly [number, string]> {
  const vendor = await vendorOf({ live: true, now: () => now });
  const url = new URL(vendor.url + PATH);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const request = {
    method: 'GET',
    host: url.host,
    path: PATH,
    query: Object.entries(query),
    body: '',
    at: now,
  } as const;
  const response = await fetch(url, { headers: sign(request, vendor.settings('hooli')) });
  return [response.status, vendor.complaints.join()];
}

const live = (ms: number): string => String(now.getTime() + ms);
test.each([
  [
    'seconds for milliseconds',
    { ...bounds, mintime: '1795161690' },
    'mintime is not a time in epoch milliseconds',
  ],
  [
    'an end that is not a number',
    { ...bounds, maxtime: 'now' },
    'maxtime is not a time in epoch milliseconds',
  ],
  ['an end equal to the beginning', { ...bounds, maxtime: bounds.mintime }, 'mintime is not before maxtime'],
  [
    'an end too near to now',
    { ...bounds, maxtime: live(-119_999) },
    'maxtime is later than the declared lag',
  ],
  ['an invented cursor', { ...bounds, next_offset: '1,2' }, 'not issued by this simulator'],
])('refuses %s', async (_, query, because) => {
  const [status, complaints] = await ask(query);
  expect(status).toBe(400);
  expect(complaints).toContain(because);
});

test('accepts an end that is exactly the shortest lag before now', async () => {
  expect((await ask({ ...bounds, maxtime: live(-120_000) }))[0]).toBe(200);
});

test('a connector that signs is not simulated unless its simulator checks the signature', async () => {
  const folder = connectors.find(({ connector }) => connector === hooli)?.folder ?? '';
  await expect(vendorOf({ connectors: [{ connector: hooli, folder }] })).rejects.toThrow(
    'Write connectors/hooli/simulator.ts with a check',
  );
});
