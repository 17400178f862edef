import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/* Every package with code in a bundle has a chapter, and every chapter a copyright line and a licence text. */

const MODULE = pathToFileURL(join(__dirname, '..', '..', 'tools', 'build', 'notices.mjs')).href;
const GRANT = 'Permission is hereby granted, free of charge, to any person obtaining a copy';
const home = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-notices-')));

afterEach(() => rmSync(home, { recursive: true, force: true }));

test('for a package without a licence file the licence comes from its README', () => {
  const readme = `# a\n\n## Use\n\nx\n\nLicense\n-------\n\n(The MIT License)\n\nCopyright (c) 2013 N &lt;n@x.net&gt;\n\n${GRANT}\n\n[a]: https://x\n`;
  addPackage('a', { license: 'MIT', author: 'N' }, { 'README.md': readme });
  expect(chapterOf('a 1.0.0')).toBe(
    `MIT\n${'-'.repeat(78)}\n(The MIT License)\n\nCopyright (c) 2013 N <n@x.net>\n\n${GRANT}\n`,
  );
});

test('the licence ends where the next heading of the README begins', () => {
  const readme = `# a\n\n## License\n\nCopyright (c) 2013 N\n\n${GRANT}\n\n### of others\n\nmore\n\n## Thanks\n\nto all\n`;
  addPackage('a', { license: 'MIT' }, { 'README.md': readme });
  expect(chapterOf('a 1.0.0')).toMatch(/more\n$/);
});

test.each([
  [{ author: 'Ann <a@x.net> (https://x.net)' }, 'Copyright (c) Ann <a@x.net> (https://x.net)'],
  [{ author: { name: 'Ann', email: 'a@x.net' } }, 'Copyright (c) Ann'],
  [{}, 'Copyright (c) the authors of a'],
])('a package that ships no text gets the text of its licence, with its author %j', (author, line) => {
  addPackage('a', { license: 'MIT', ...author }, { 'README.md': '# a\n\n## License\n\nMIT\n' });
  const chapter = chapterOf('a 1.0.0');
  expect(chapter).toContain(`${line}\n\n${GRANT}`);
  expect(chapter).toMatch(/OTHER DEALINGS IN THE\nSOFTWARE\.\n$/);
});

test('a licence file without a copyright line gets one', () => {
  addPackage('a', { license: 'MIT', author: 'Ann' }, { LICENSE: `MIT\n\n${GRANT}` });
  expect(chapterOf('a 1.0.0')).toContain(`Copyright (c) Ann\n\nMIT\n\n${GRANT}`);
});

test.each(['Copyright jQuery Foundation', 'Copyright (c) 2013 N', 'Copyright © N', '(c) 2013 N'])(
  'a copyright line stays the only one: %s',
  (line) => {
    addPackage('a', { license: 'MIT', author: 'Ann' }, { LICENSE: `${line}\n\n${GRANT}` });
    expect(chapterOf('a 1.0.0')).toBe(`MIT\n${'-'.repeat(78)}\n${line}\n\n${GRANT}\n`);
  },
);

test('the licence names of old packages are recognized', () => {
  addPackage(
    'a',
    { licenses: [{ type: 'MIT' }, { type: 'ISC' }] },
    { LICENSE: `Copyright 2010 X\n${GRANT}` },
  );
  expect(chapterOf('a 1.0.0')).toMatch(/^MIT OR ISC\n/);
});

test('each package in a published file has a chapter, and so have its dependencies', () => {
  const held = { LICENSE: `Copyright 2010 X\n${GRANT}` };
  addPackage('a', { license: 'MIT', dependencies: { b: '1' } }, held);
  addPackage('b', { license: 'MIT', dependencies: { '@x/c': '1' } }, held);
  addPackage('@x/c', { license: 'MIT' }, held, 'node_modules/b');
  addPackage('d', { license: 'MIT' }, held);
  addPackage('e', { license: 'MIT' }, held);
  const source = `/*! d v1.0.0 2026-08-18 */\n// node_modules/e/lib/index.js\n// node_modules/away/index.js\n`;
  write('node_modules/a/index.js', source);
  const titles = [...notices().matchAll(/={78}\n(.+)\n/g)].map(([, title]) => title);
  expect(titles.slice(1)).toEqual(['@x/c 1.0.0', 'a 1.0.0', 'b 1.0.0', 'd 1.0.0', 'e 1.0.0']);
});

test('a package of the company’s own needs no licence text', () => {
  addPackage('a', { license: 'UNLICENSED', author: 'Acme' });
  expect(chapterOf('a 1.0.0')).toContain('Copyright (c) Acme\n\nAll rights reserved.');
});

test.each([
  [{}, 'it declares no licence'],
  [{ license: 'EUPL-1.2' }, 'it is under EUPL-1.2 and does not include its text'],
])('a package with an unknown licence fails the build: %j', (manifest, because) => {
  addPackage('a', manifest, { LICENSE: 'see our site' });
  expect(() => notices()).toThrow(
    `collecting licences: a 1.0.0: ${because}, so it must not be redistributed. Ask its author for a licence file, or use another package.`,
  );
});

function addPackage(name: string, manifest: object, files: Record<string, string> = {}, below = '.'): void {
  const folder = join(below, 'node_modules', name);
  write(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }));
  write(join(folder, 'index.js'), '');
  for (const [file, text] of Object.entries(files)) write(join(folder, file), text);
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(home, name)), { recursive: true });
  writeFileSync(join(home, name), text);
}

/** The notices of a bundle of the package `a`. Runs in Node, because this test's runner cannot import the module. */
function notices(): string {
  const metafile = { inputs: { 'shared/index.ts': {}, 'node_modules/a/index.js': {} } };
  const script = `import(${JSON.stringify(MODULE)}).then(({ noticesOf }) => process.stdout.write(noticesOf(${JSON.stringify(metafile)})))`;
  return execFileSync(process.execPath, ['-e', script], { cwd: home, encoding: 'utf8', stdio: 'pipe' });
}

function chapterOf(title: string): string {
  const [, chapter = ''] = notices().split(`${'='.repeat(78)}\n${title}\n`);
  return chapter;
}
