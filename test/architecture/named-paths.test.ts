import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ROOT, read } from './sources';

/* Scripts bundle source files by name. No compiler checks these names when a file moves. */

const JOINED = /\bjoin\(root, ((?:'[\w./-]+'(?:, )?)+)\)/g;

test('every source file that a script joins to the root exists', () => {
  const scripts = ['test', 'tools', 'local'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.mjs'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  const named = scripts.flatMap((script) =>
    [...read(script).matchAll(JOINED)].map(([, words = '']) => ({
      script,
      path: [...words.matchAll(/'([^']+)'/g)].map(([, word]) => word).join('/'),
    })),
  );
  const sources = named.filter(({ path }) => /\.(ts|mjs|py)$/.test(path));
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
});
