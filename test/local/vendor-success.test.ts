import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { defineConnector, rest, secret, string, url } from '../../shared';

/* A vendor that answers 200 in any case is simulated from its declaration of a good answer. */

const folder = mkdtempSync(join(tmpdir(), 'tributary-success-'));
mkdirSync(join(folder, 'fixtures', 'events'), { recursive: true });
writeFileSync(
  join(folder, 'fixtures', 'events', 'page-1.json'),
  JSON.stringify({ items: [{ id: 'e-1', at: '2026-11-20T08:00:00.000Z' }] }),
);
const vendors: Vendor[] = [];
afterEach(() => Promise.all(vendors.splice(0).map((vendor) => vendor.close())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const connector = defineConnector({
  name: 'acme',
  title: 'Acme',
  settings: { url: url('The address.'), token: secret('A token.') },
  sources: {
    events: {
      pull: rest({
        base: 'url',
        path: '/events',
        auth: { kind: 'bearer', setting: 'token' },
        records: 'items',
        details: {
          path: '/details',
          query: { ids: '{ids}' },
          records: 'items',
          recordId: 'id',
          batch: 10,
        },
        success: { from: 'meta.stat', is: ['OK'], denied: ['INVALID_TOKEN'] },
        next: { kind: 'cursor', from: 'next', send: { in: 'query', name: 'page' } },
        stop: { on: 'no-next' },
        resume: 'time',
        since: { in: 'query', name: 'since' },
      }),
      table: { name: 'AcmeEvents_CL', time: 'at', eventId: 'id', columns: { Id: string('id') } },
    },
  },
});

test.each([
  ['a good answer', '/events', { meta: { stat: 'OK' }, items: ['e-1'] }],
  [
    'a good answer of details',
    '/details?ids=e-1',
    { meta: { stat: 'OK' }, items: [expect.objectContaining({ id: 'e-1' })] },
  ],
  ['a wrong token', '/events', { meta: { stat: 'INVALID_TOKEN' } }],
  ['a wrong token for details', '/details?ids=e-1', { meta: { stat: 'INVALID_TOKEN' } }],
])('%s is a 200 whose body says so', async (title, path, body) => {
  const vendor = await startVendor({ connectors: [{ connector, folder }], live: false });
  vendors.push(vendor);
  const token = title.startsWith('a wrong token') ? 'another' : (vendor.settings('acme')['token'] ?? '');
  const query = path === '/events' ? '?since=2026-11-20T00:00:00.000Z' : '';
  const answer = await fetch(`${vendor.url}/acme${path}${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject(body);
});
