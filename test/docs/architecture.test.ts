import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/* The tree that docs/architecture.md draws is the one that is there. */

const ROOT = join(__dirname, '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8');
const DRAWN = [...PAGE.matchAll(/^([a-z][\w./-]*) {2,}\S/gm)].map(([, path = '']) => path);

/** Folders that are built, installed or written by programs. */
const MADE = /^(?:node_modules|dist(?:-\d+)?|package|coverage)$/;

function foldersIn(path: string): string[] {
  return readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !MADE.test(entry.name))
    .map(({ name }) => `${path}${name}/`);
}

test('everything in the drawing exists', () => {
  expect(DRAWN.length).toBeGreaterThan(20);
  expect(DRAWN.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the drawing has every top-level folder, every room and every entry point of shared/', () => {
  const faces = readdirSync(join(ROOT, 'shared')).filter((name) => name.endsWith('.ts'));
  const all = [...foldersIn(''), ...foldersIn('shared/'), ...faces.map((name) => `shared/${name}`)];
  expect(all.filter((path) => !DRAWN.includes(path))).toEqual([]);
});

test('every code path that the architecture, design and rate limit pages name exists', () => {
  const design = join(ROOT, 'docs', 'design');
  const pages = readdirSync(design).map((file) => readFileSync(join(design, file), 'utf8'));
  pages.push(readFileSync(join(ROOT, 'docs', 'rate-limits.md'), 'utf8'));
  const named = [...[PAGE, ...pages].join('\n').matchAll(/`([a-z-]+\/[\w./-]+\.(?:ts|mjs))`/g)].map(
    ([, path = '']) => path,
  );
  const missing = named.filter(
    (path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'shared', path)),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(missing).toEqual([]);
});

test('the main loop is quoted as it is in the code', () => {
  const source = readFileSync(join(ROOT, 'shared', 'pull', 'pull.ts'), 'utf8');
  const loop = /^ {2}for await \(const page of take[\s\S]*?^ {2}\}$/m.exec(source)?.[0] ?? '';
  expect(loop).toContain('save(');
  expect(/```ts\n([\s\S]*?)\n```/.exec(PAGE)?.[1]).toBe(loop.replace(/^ {2}/gm, ''));
});
