import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

const ROOT = resolve(__dirname, '../..');
/** Below the repository, so that packages are found, and not in dist, which a build may replace meanwhile. */
const CACHE = join(ROOT, 'node_modules/.cache/tributary-test');

/** A built entry; `remove` deletes its folder. */
export interface BuiltEntry {
  readonly file: string;
  remove(): void;
}

/** Builds a process's entry (`local/host/worker/worker.ts`) as the real build does. */
export function buildEntry(source: string): BuiltEntry {
  return build(source, { packages: 'external' });
}

/** Builds a function app as for Azure: one file that includes its packages. */
export function buildApp(source: string): BuiltEntry {
  return build(source, {
    external: ['@azure/functions-core'],
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'importMetaUrl' },
  });
}

function build(source: string, options: BuildOptions): BuiltEntry {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'entry-'));
  const file = join(folder, basename(source).replace(/\.ts$/, '.js'));
  const common = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  } as const;
  buildSync({ entryPoints: [resolve(ROOT, source)], outfile: file, ...common, ...options });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
