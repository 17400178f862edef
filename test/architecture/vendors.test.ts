import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folders } from '../../connectors/list';
import { ROOT, read } from './sources';

/* Removing a vendor's folder edits nothing else. Tests use the invented connectors of test/fixtures/connectors. */

const vendors = folders().map(({ name }) => name);
const PARTS = ['functions', 'local', 'shared', 'test', 'tools', '.ci'];
const FILES = ['eslint.config.mjs', 'jest.config.js', 'tsconfig.json', 'host.json'];

/** Files that name a vendor, and what for. */
const EXEMPT: Readonly<Record<string, string>> = {
  'tools/operator/commands.ts': 'has an example in the help of backfill',
};

function filesOf(part: string): string[] {
  return readdirSync(join(ROOT, part), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

test('no file outside a vendor’s folder names the folder', () => {
  expect(vendors.length).toBeGreaterThan(1);
  // Not a host (duo.com), nor a part of another word or header (x-duo-date).
  const vendor = new RegExp(`(?<![\\w.-])(?:${vendors.join('|')})(?![\\w-]|\\.\\w)`);
  const files = [...PARTS.flatMap(filesOf), ...FILES];
  expect(files.filter((file) => !(file in EXEMPT) && vendor.test(read(file)))).toEqual([]);
});

describe('a tree without a vendor', () => {
  const tree = mkdtempSync(join(tmpdir(), 'tributary-without-'));
  beforeAll(() => {
    for (const name of [...PARTS, ...FILES, 'connectors', 'docs', 'package.json'])
      if (name !== '.ci') cpSync(join(ROOT, name), join(tree, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction');
    rmSync(join(tree, 'connectors', vendors[0] ?? ''), { recursive: true });
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  const run = (...words: readonly string[]) => {
    const { status, stdout } = spawnSync(process.execPath, words, { cwd: tree, encoding: 'utf8' });
    return { status, said: status === 0 ? '' : stdout };
  };

  test('passes the compiler', () => {
    expect(existsSync(join(tree, 'connectors', vendors[0] ?? ''))).toBe(false);
    expect(run(join(ROOT, 'node_modules/typescript/bin/tsc'), '--noEmit')).toEqual({ status: 0, said: '' });
  });
});
