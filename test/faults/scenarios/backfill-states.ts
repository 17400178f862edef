import type { TestEnvironment } from '../test-environment';

/** The stored state of each source's backfill job. */
export async function backfillStates({
  storage: { container },
}: TestEnvironment): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  // Before the first write there is no container.
  if (!(await container.exists())) return found;
  for await (const { name } of container.listBlobsFlat({ prefix: 'backfills/' })) {
    if (!name.endsWith('/order.json')) continue;
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString('utf8');
    const order = JSON.parse(text) as { readonly state?: unknown } | null;
    found.set(name.split('/')[3] ?? '', String(order?.state));
  }
  return found;
}
