/** Writes the type declarations of `shared/`, for connectors in a repository of their own. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file with the hash of the sources. */
const MADE_FROM = 'made-from';

/**
 * Copies the declarations of the previous build if their sources are unchanged: the compiler takes as long as the rest of a
 * build.
 * @param {string} root the clone
 * @param {string} out receives `index.d.ts` and the declarations that it imports
 * @param {string} before the declarations of the previous build
 */
export async function buildSharedTypes(root, out, before) {
  const sources = hashOfSources(root);
  if (!copyMadeFrom(sources, before, out)) await compile(root, out);
  writeFileSync(join(out, MADE_FROM), sources);
}

/** @returns false if `before` has no declarations of these sources, or another build removes them meanwhile */
function copyMadeFrom(sources, before, out) {
  const isDeclaration = (path) => statSync(path).isDirectory() || path.endsWith('.d.ts');
  try {
    if (readFileSync(join(before, MADE_FROM), 'utf8') !== sources) return false;
    cpSync(before, out, { recursive: true, filter: isDeclaration });
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Hashes all sources, also those that hold types alone and are in no bundle, and the lock file, which names the compiler's
 * version.
 */
function hashOfSources(root) {
  const shared = readdirSync(join(root, 'shared'), { recursive: true, encoding: 'utf8' });
  const names = shared.filter((name) => name.endsWith('.ts')).map((name) => join('shared', name));
  const others = ['tsconfig.json', 'package-lock.json', join('tools', 'build', 'shared-types.mjs')];
  const hash = createHash('sha256');
  for (const name of [...names, ...others].sort())
    if (existsSync(join(root, name))) hash.update(`${name}\n`).update(readFileSync(join(root, name)));
  return hash.digest('base64url');
}

async function compile(root, out) {
  const { default: ts } = await import('typescript');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([join(root, 'shared', 'index.ts')], {
    ...options,
    noEmit: false,
    // `npm run types` checks the types.
    noCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(root, 'shared'),
    outDir: out,
    types: [],
  });
  program.emit();
}
