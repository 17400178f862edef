import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Plugin } from 'esbuild';
import * as shared from '../shared';
import { loadConnectors, type Connector, type VendorRules } from '../shared/app';

/** A connector's folder, built from what its files say now: the built command line may be older. */
export interface FreshFolder {
  readonly connector: Connector;
  readonly folder: string;
  /** What its simulator.ts adds to the simulated vendor. */
  readonly rules: VendorRules | undefined;
}

/** The names of all folders that hold a connector. */
export function folderNames(connectors: string): string[] {
  return readdirSync(connectors, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name)
    .sort();
}

/** The path of a connector's folder. @throws Error that names those that are there */
export function findFolder(connectors: string, name: string): string {
  const known = folderNames(connectors);
  if (known.includes(name)) return join(connectors, name);
  throw new Error(`There is no connector ${name} in ${connectors}. Known: ${known.join(', ')}.`);
}

/** Builds and loads one folder below `connectors`. @throws Error with file and line where it does not build */
export async function loadFresh(connectors: string, name: string): Promise<FreshFolder> {
  const folder = findFolder(connectors, name);
  const module = await evaluate(join(folder, 'index.ts'));
  const { connectors: sound, broken } = loadConnectors([{ name, load: () => module }]);
  const [connector] = sound;
  if (connector === undefined)
    throw new Error(`${basename(connectors)}/${name}/index.ts: ${broken[0]?.problem ?? ''}`);
  const simulator = join(folder, 'simulator.ts');
  const rules = existsSync(simulator) ? ((await evaluate(simulator)) as VendorModule).default : undefined;
  return { connector, folder, rules };
}

interface VendorModule {
  readonly default: VendorRules;
}

const SHARED = 'tributary:shared';

/** A folder's `shared` is this program's own, so that one kind of error is one class. */
const ownShared: Plugin = {
  name: 'own-shared',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*shared$/ }, ({ importer, path }) =>
      basename(resolve(dirname(importer), path)) === 'shared' ? { path: SHARED, external: true } : undefined,
    );
  },
};

/** Builds a file with what it imports of its folder, and runs it. */
async function evaluate(file: string): Promise<unknown> {
  const { build } = await import('esbuild');
  const built = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
    packages: 'external',
    absWorkingDir: dirname(dirname(dirname(file))),
    plugins: [ownShared],
  }).catch((error: unknown) => {
    throw new Error(whereItFails(error), { cause: error });
  });
  const module = { exports: {} };
  const outside = createRequire(file);
  const own = (name: string): unknown => (name === SHARED ? shared : outside(name));
  const run = compileFunction(built.outputFiles[0]?.text ?? '', ['module', 'exports', 'require'], {
    filename: file,
  }) as (...parts: readonly unknown[]) => void;
  run(module, module.exports, own);
  return module.exports;
}

interface BuildMessage {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

function whereItFails(error: unknown): string {
  const { errors = [] } = error as { readonly errors?: readonly BuildMessage[] };
  const lines = errors.map(({ location, text }) =>
    location === null ? text : `${location.file}:${location.line}:${location.column + 1}  ${text}`,
  );
  return lines.length > 0 ? lines.join('\n') : String(error);
}
