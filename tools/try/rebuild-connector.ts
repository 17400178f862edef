import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, resolve, sep } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Plugin } from 'esbuild';
import pureModules from '../build/pure-modules.json';
import * as shared from '../../shared';
import type { ConnectorFolder } from '../cli/connector-folders';
import type { Connector } from '../../shared/contract/connector';
import { loadConnectors, loadRules } from '../../shared/load';
import type { VendorRules } from '../../shared/contract/simulator';
import { asLoadOf } from '../../shared/admin';

/** A connector built from its current files; the built command line may be older. */
export interface RebuiltConnector extends Omit<ConnectorFolder, 'path'> {
  readonly connector: Connector;
  readonly folder: string;
  /** The rules of its simulator.ts. */
  readonly rules: VendorRules | undefined;
}

/** Builds and loads one folder. @throws Error with file and line when the build fails */
export async function rebuildConnector({
  name,
  path,
  shown,
  argv,
}: ConnectorFolder): Promise<RebuiltConnector> {
  const module = await evaluate({ name, path, shown }, 'index.ts');
  const { connectors: sound, broken } = loadConnectors([{ name, load: () => module }]);
  const [connector] = sound;
  if (connector === undefined) throw new Error(`${shown}/index.ts: ${broken[0]?.problem ?? ''}`);
  const simulator = 'simulator.ts';
  const itsRules = existsSync(join(path, simulator))
    ? await evaluate({ name, path, shown }, simulator)
    : undefined;
  const rules = loadRules(name, () => itsRules);
  return { name, connector, folder: path, shown, argv, rules };
}

const SHARED = 'tributary:shared';

/**
 * Resolves a connector's `shared`, by either name, to this program's copy, so that error classes are the same. Otherwise
 * a connector may import its own files and Node's pure modules, as in every build (`tools/build/connector-list.mjs`).
 */
const ownShared = (folder: string): Plugin => ({
  name: 'own-shared',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ importer, path }) => {
      if (importer === '') return undefined;
      const target = /^\.{1,2}(\/|$)/.test(path) ? resolve(dirname(importer), path) : undefined;
      if (target?.startsWith(folder + sep)) return undefined;
      if (path === 'tributary/shared' || target === resolve(folder, '..', '..', 'shared'))
        return { path: SHARED, external: true };
      if (pureModules.includes(path)) return { path, external: true };
      const text =
        `It imports ${path}. ` +
        `A connector may import only tributary/shared, its own files and ${pureModules.join(', ')}.`;
      return { errors: [{ text }] };
    });
  },
});

/** Bundles a file of a folder, and runs it. */
async function evaluate(
  { name: connector, path: folder, shown }: Pick<ConnectorFolder, 'name' | 'path' | 'shown'>,
  name: string,
): Promise<unknown> {
  const { build } = await import('esbuild');
  const real = realpathSync(folder);
  const file = join(real, name);
  const built = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
    absWorkingDir: real,
    plugins: [ownShared(real)],
  }).catch((error: unknown) => {
    throw new Error(whereItFails(error, shown), { cause: error });
  });
  const module = { exports: {} };
  // The plugin lets only these be required.
  const own = (name: string): unknown => (name === SHARED ? shared : createRequire(file)(name));
  const run = compileFunction(built.outputFiles[0]?.text ?? '', ['module', 'exports', 'require'], {
    filename: file,
  }) as (...parts: readonly unknown[]) => void;
  try {
    asLoadOf(connector, () => run(module, module.exports, own));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${shown}/${name}: loading it: ${why}.`, { cause });
  }
  return module.exports;
}

interface BuildMessage {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

function whereItFails(error: unknown, shown: string): string {
  const { errors = [] } = error as { readonly errors?: readonly BuildMessage[] };
  const lines = errors.map(({ location, text }) =>
    location === null
      ? text
      : `${posix.join(shown, location.file)}:${location.line}:${location.column + 1}  ${text}`,
  );
  return lines.length > 0 ? lines.join('\n') : String(error);
}
