import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const OWN = ['connectors', 'docs', 'functions', 'local', 'shared', 'test', 'tools'];

test('no file contains a merge conflict marker', () => {
  const below = OWN.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs|md|json)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const files = [
    ...below,
    join(ROOT, 'README.md'),
    join(ROOT, 'CHANGELOG.md'),
    join(ROOT, 'CONTRIBUTING.md'),
  ];
  // A formatter may have put spaces between the signs.
  expect(files.filter((file) => /^(<{7}|>{7}|(> ){6}>) /m.test(readFileSync(file, 'utf8')))).toEqual([]);
});
