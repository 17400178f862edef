import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { folders } from '../../connectors/list';
import { ROOT, read } from './sources';

/* Removing a vendor's folder needs no other edit. Tests use the invented connectors of test/fixtures/connectors. */

const vendors = folders().map(({ name }) => name);
const PARTS = ['functions', 'local', 'shared', 'test', 'tools', '.ci'];
const FILES = ['eslint.config.mjs', 'jest.config.js', 'tsconfig.json', 'host.json'];

/** Files that name a vendor, with the reason. */
const EXEMPT: Readonly<Record<string, string>> = {
  'tools/operator/commands.ts': 'has an example in the help of backfill',
};

function filesOf(part: string, tree = ROOT): string[] {
  return readdirSync(join(tree, part), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1));
}

test('no file outside a vendor’s folder names the folder', () => {
  expect(vendors.length).toBeGreaterThan(1);
  // Not a host (duo.com), nor a part of another word or header (x-duo-date).
  const vendor = new RegExp(`(?<![\\w.-])(?:${vendors.join('|')})(?![\\w-]|\\.\\w)`);
  const files = [...PARTS.flatMap((part) => filesOf(part)), ...FILES];
  expect(files.filter((file) => !(file in EXEMPT) && vendor.test(read(file)))).toEqual([]);
});

describe('a tree without one connector', () => {
  const tree = mkdtempSync(join(tmpdir(), 'tributary-without-'));
  beforeAll(() => {
    for (const name of [...PARTS, ...FILES, 'connectors', 'docs', 'package.json'])
      if (name !== '.ci') cpSync(join(ROOT, name), join(tree, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction');
    rmSync(join(tree, 'connectors', vendors[0] ?? ''), { recursive: true });
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  test('still resolves every import', async () => {
    expect(existsSync(join(tree, 'connectors', vendors[0] ?? ''))).toBe(false);
    const files = filesOf('.', tree).filter((file) => /(?<!\.d)\.(?:ts|mjs|js)$/.test(file));
    expect(files.length).toBeGreaterThan(500);
    const contents = files.map((file) => `import './${file}';`).join('\n');
    const { errors } = await build({
      ...{ bundle: true, stdin: { contents, resolveDir: tree }, write: false },
      ...{ format: 'esm', logLevel: 'silent', packages: 'external', platform: 'node' },
    });
    expect(errors).toEqual([]);
  });
});
