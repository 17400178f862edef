import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVendor } from '../../local/vendor/vendor';
import { defineConnector, rest, secret, string, url } from '../../shared';

/* A vendor that answers 200 in any case is simulated as one, from what a good answer says. */

const folder = mkdtempSync(join(tmpdir(), 'tributary-success-'));
mkdirSync(join(folder, 'fixtures', 'events'), { recursive: true });
writeFileSync(
  join(folder, 'fixtures', 'events', 'page-1.json'),
  JSON.stringify({ items: [{ id: 'e-1', at: '2026-11-20T08:00:00.000Z' }] }),
);
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
  ['a good answer', 'local-token', { meta: { stat: 'OK' }, items: [expect.objectContaining({ id: 'e-1' })] }],
  ['a wrong token', 'another', { meta: { stat: 'INVALID_TOKEN' } }],
])('%s is a 200 that says so', async (_, token, body) => {
  const vendor = await startVendor({ connectors: [{ connector, folder }], live: false });
  const known = token === 'another' ? token : (vendor.settings('acme')['token'] ?? '');
  const answer = await fetch(`${vendor.url}/acme/events?since=2026-11-20T00:00:00.000Z`, {
    headers: { authorization: `Bearer ${known}` },
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject(body);
  await vendor.close();
});
