import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test('the page about stored data names every folder of blobs that the code uses', () => {
  const page = read('docs/data.md');
  const files = readdirSync(join(ROOT, 'shared', 'storage'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(join('shared', 'storage', file)));
  const folders = files.flatMap((text) =>
    [...text.matchAll(/[`'](?:folder: ')?([a-z]+(?:-[a-z]+)*)\/(?:\$\{|['`<])/g)].map(([, folder]) => folder),
  );
  const known = [...new Set(folders)].filter((folder) => folder !== 'application');
  expect(known).toEqual(expect.arrayContaining(['checkpoints', 'dead-letters', 'runs']));
  expect(known.filter((folder) => !page.includes(`\`${folder}/`))).toEqual([]);
});
