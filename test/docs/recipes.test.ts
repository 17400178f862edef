import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { rulesOf } from '../../local/vendor/simulated';
import type { Connector, PullSource } from '../../shared/contract/connector';
import { createHttp } from '../../shared/http/http';
import { loadConnectors } from '../../shared/load';
import { secretsOf } from '../../shared/values/secrets/secrets';
import { pullHarness, type PullHarness } from '../fakes/pull-harness';

/*
 * Every recipe of docs/recipes.md, as an author would copy it: the first block is the folder's index.ts, the answer is its
 * fixture. Its vendor publishes for half an hour; then each record must have been delivered once.
 */

const ROOT = join(__dirname, '..', '..');
/** Inside the tree, so that `../../shared` is found. */
const FOLDER = join(ROOT, `.recipes-${process.pid}`);
const MINUTE_MS = 60_000;
const LIVES_MS = 30 * MINUTE_MS;
/** A source that reads whole days has delivered the last event when the next day is over. */
const LONGEST_MS = 72 * 3_600_000;

interface Recipe {
  readonly title: string;
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
}

function recipesIn(page: string): readonly Recipe[] {
  const sections = page.split(/^## /m).slice(1);
  return sections.map((section): Recipe => {
    const title = section.slice(0, section.indexOf('\n'));
    const blocks = [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind = '', text = '']) => ({
      kind,
      text,
    }));
    const [index, simulator] = blocks.filter(({ kind }) => kind === 'ts').map(({ text }) => text);
    const answer = blocks.find(({ kind }) => kind !== 'ts');
    const name = /^ {2}name: '([a-z0-9-]+)'/m.exec(index ?? '')?.[1] ?? '';
    const source = /^ {2}sources: \{\n {4}(\w+)/m.exec(index ?? '')?.[1] ?? '';
    return {
      title,
      name,
      files: {
        'index.ts': index ?? '',
        ...(simulator === undefined ? {} : { 'simulator.ts': simulator }),
        [`fixtures/${source}/page-1.${answer?.kind ?? ''}`]: answer?.text ?? '',
      },
    };
  });
}

const recipes = recipesIn(readFileSync(join(ROOT, 'docs', 'recipes.md'), 'utf8'));
for (const { files, name } of recipes) {
  for (const [file, text] of Object.entries(files)) {
    const path = join(FOLDER, name, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}
const folders = foldersIn(FOLDER);
const { broken, connectors } = loadConnectors(folders);

const vendors: Vendor[] = [];
afterEach(async () => {
  await Promise.all(vendors.splice(0).map((vendor) => vendor.close()));
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('every recipe is a connector with a unique name', () => {
  expect(broken).toEqual([]);
  expect(connectors.map(({ name }) => name).sort()).toEqual(recipes.map(({ name }) => name).sort());
});

test.each(recipes)('$title: every record is delivered once', async ({ name }) => {
  const connector = connectors.find((each) => each.name === name) as Connector;
  const [[sourceName, source] = []] = Object.entries(connector.sources) as [string, PullSource][];
  const harness = pullHarness();
  const folder = folders.find((each) => each.name === name);
  const rules = rulesOf(folder);
  const vendor = await startVendor({
    connectors: [{ connector, folder: join(FOLDER, name), ...(rules === undefined ? {} : { rules }) }],
    live: true,
    now: () => harness.clock.now(),
    events: { historyPages: 4, livesMs: LIVES_MS, gapMs: 40_000 },
    pageSize: 7,
  });
  vendors.push(vendor);
  const published = (): number => vendor.published(name, sourceName ?? '').length;
  const bornAt = harness.clock.now().getTime();
  for (let runsBehind = 0; runsBehind < 2;) {
    const report = await runOnce(connector, source as PullSource, vendor, harness);
    expect(report).toMatchObject({ outcome: 'caught-up', deadLettered: 0 });
    const livedMs = harness.clock.now().getTime() - bornAt;
    if (livedMs > LIVES_MS && harness.delivered().length >= published()) runsBehind++;
    if (livedMs > LONGEST_MS) break;
    harness.clock.advance(livedMs > 2 * LIVES_MS ? 60 * MINUTE_MS : 5 * MINUTE_MS);
  }
  expect(vendor.complaints).toEqual([]);
  expect(published()).toBeGreaterThan(60);
  expect(new Set(harness.delivered()).size).toBe(published());
  expect(harness.delivered()).toHaveLength(published());
});

function runOnce(
  connector: Connector,
  source: PullSource,
  vendor: Vendor,
  { clock, log, run, sink }: PullHarness,
): ReturnType<PullHarness['run']> {
  const settings = vendor.settings(connector.name);
  const all = { ...connector.settings, ...source.settings };
  const valuesOf = (kind: string): string[] =>
    Object.keys(all).flatMap((key) => (all[key]?.kind === kind ? [settings[key] ?? ''] : []));
  const secrets = secretsOf(valuesOf('secret'));
  const deadline = new Date(clock.now().getTime() + 240_000);
  return run(source, {
    settings,
    secrets,
    deadline,
    startFrom: new Date('2026-11-21T00:00:00Z'),
    connect: async (signal) => {
      const origins = [...valuesOf('url').map((url) => new URL(url).origin), ...(connector.origins ?? [])];
      const variables = { address: [], credentials: [] };
      const http = createHttp({
        who: connector.name,
        origins,
        variables,
        secrets,
        signal,
        deadline,
        clock,
        log,
      });
      return { http, sink };
    },
  });
}
