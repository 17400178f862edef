import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, read } from './sources';

/* Every connector's folder has the same files, so that a reader of one finds everything in the next. */

const FOLDERS = readdirSync(join(ROOT, 'connectors'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `connectors/${name}`);

test.each(FOLDERS)('%s has the files that every connector has', (folder) => {
  const expected = ['README.md', 'fixtures', 'index.ts', 'tables.ts'];
  expect(expected.filter((name) => !existsSync(join(ROOT, folder, name)))).toEqual([]);
});

test.each(FOLDERS)('%s declares its tables in tables.ts', (folder) => {
  expect(read(`${folder}/tables.ts`)).toMatch(/^export const \w+ = \{[\s\S]*satisfies Table;$/m);
  expect(read(`${folder}/index.ts`)).not.toMatch(/\bcolumns: \{|_CL'/);
  expect(read(`${folder}/index.ts`)).toContain("from './tables';");
});

test.each(FOLDERS)('%s has a README with the five headings', (folder) => {
  const headings = [...read(`${folder}/README.md`).matchAll(/^## (.+)$/gm)].map(([, text]) => text);
  expect(headings).toEqual(['Prerequisites', 'Connect', 'Data', 'Limits', 'Troubleshooting']);
});
