import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { folders } from '../../connectors/list';
import { startVendor } from '../../local/vendor/vendor';
import type { VendorRules } from '../../shared/contract/simulator';
import { loadConnectors } from '../../shared/load';

/* The environment of a soak: the vendors, whose clock is set from outside, and a collector that counts its rows. */

let at = new Date(process.argv[2] ?? '');
const ids = new Map<string, Set<string>>();
let rows = 0;

const collector = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const table = /Custom-(\w+)/.exec(request.url ?? '')?.[1] ?? '';
    const stored = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as { readonly EventId: string }[];
    if (table !== 'ConnectorHealth_CL') {
      const known = ids.get(table) ?? new Set();
      ids.set(table, known);
      for (const { EventId } of stored) known.add(EventId);
      rows += stored.length;
    }
    response.writeHead(204).end();
  });
});

async function main(): Promise<void> {
  const all = folders();
  const { connectors } = loadConnectors(all);
  const simulated = connectors.map((connector) => {
    const { path = '', simulator } = all.find(({ name }) => name === connector.name) ?? {};
    const rules = (simulator?.() as { readonly default?: VendorRules } | undefined)?.default;
    return { connector, folder: path, ...(rules === undefined ? {} : { rules }) };
  });
  // One source's wait moves the clock of all, so another may exceed its limit; that is not a fault.
  const world = { live: true, limits: false, now: () => at, bornAt: at, seed: 1 };
  const vendor = await startVendor({ connectors: simulated, ...world });
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done));
  const published = (): number =>
    connectors
      .flatMap(({ name, sources }) => Object.keys(sources).map((key) => vendor.published(name, key).length))
      .reduce((sum, count) => sum + count, 0);
  process.on('message', ({ now }: { readonly now: string }) => {
    at = new Date(now);
    const distinct = [...ids.values()].reduce((sum, { size }) => sum + size, 0);
    process.send?.({ published: published(), rows, distinct, complaints: vendor.complaints });
  });
  process.send?.({
    collector: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    settings: Object.fromEntries(connectors.map(({ name }) => [name, vendor.settings(name)])),
  });
}

process.on('disconnect', () => process.exit(0));
void main();
