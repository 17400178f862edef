/** Writes the declarations of `shared/`, for connectors that live in a repository of their own. */
import { join } from 'node:path';

/** @param {string} root the tree @param {string} out gets `index.d.ts` and what it names */
export async function buildSharedTypes(root, out) {
  const { default: ts } = await import('typescript');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([join(root, 'shared', 'index.ts')], {
    ...options,
    noEmit: false,
    // `npm run types` does that.
    noCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(root, 'shared'),
    outDir: out,
    types: [],
  });
  program.emit();
}
