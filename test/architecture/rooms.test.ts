import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { preProcessFile } from 'typescript';

/* The one law of `shared/`: a room imports only rooms above it. */

const ROOT = join(__dirname, '..', '..');

/** Read from top to bottom: the pure half, the doors to the outside, and where they meet. */
const ROOMS = [
  ...['contract', 'values', 'windows', 'rate-limit', 'kit', 'rows', 'pull', 'push'],
  ...['process', 'settings', 'http', 'sink', 'storage'],
  ...['run', 'tables', 'backfill', 'admin'],
] as const;
type Room = (typeof ROOMS)[number];

/** Packages and modules of Node's, by the first room that may import them; what a pure room may, any room may. */
const PURE = ['node:buffer', 'node:crypto', 'node:zlib', 'json-p3', 'lossless-json', 'p-limit'];
const OUTSIDE: Partial<Record<Room, readonly string[]>> = {
  process: ['node:async_hooks', 'node:timers/promises'],
  settings: ['node:fs', 'node:net'],
  http: ['node:http', 'node:https', 'node:net', 'node:tls', 'agent-base', 'axios', 'p-retry'],
  sink: ['node:async_hooks', 'node:util', '@azure/identity'],
  storage: ['node:os', '@azure/identity', '@azure/storage-blob', '@azure/storage-queue', 'package.json'],
};

/** A room of more files than this holds two ideas. The contract is one: the nouns. */
const MOST_FILES = 16;

const FILES = readdirSync(join(ROOT, 'shared'), { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
  .sort();
const IMPORTS = new Map(FILES.map((file) => [file, importsOf(file)]));

/** Every module that a file names: files of the project as paths from the root. */
function importsOf(file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
  return importedFiles.map(({ fileName: name }) => {
    if (!name.startsWith('.')) return name;
    const path = posix.join(posix.dirname(file), name);
    return FILES.includes(`${path}.ts`) ? `${path}.ts` : path;
  });
}

/** The room of a path in `shared/`, by its place in the order; `undefined` for a loose file and for anything else. */
function roomOf(path: string): number | undefined {
  const at = ROOMS.indexOf(/^shared\/([^/]+)\//.exec(path)?.[1] as Room);
  return at < 0 ? undefined : at;
}

test('a room imports only itself and rooms above it; nothing in a room imports a loose file', () => {
  const wrong = [...IMPORTS].flatMap(([file, names]) => {
    const own = roomOf(file);
    if (own === undefined) return [];
    return names
      .filter((name) => name.startsWith('shared') && (roomOf(name) ?? Infinity) > own)
      .map((name) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test('only a door imports what reaches outside', () => {
  const wrong = [...IMPORTS].flatMap(([file, names]) => {
    const room = ROOMS[roomOf(file) ?? -1];
    const allowed = [...PURE, ...((room && OUTSIDE[room]) ?? [])];
    return names
      .filter((name) => !name.startsWith('shared') && !allowed.includes(name))
      .map((name) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test('every folder is a room, and the loose files are the faces of shared/', () => {
  expect(FILES.filter((file) => file.split('/').length > 2 && roomOf(file) === undefined)).toEqual([]);
  expect(FILES.filter((file) => file.split('/').length === 2)).toEqual([
    'shared/admin.ts',
    'shared/app.ts',
    'shared/index.ts',
    'shared/load.ts',
  ]);
});

test('the authors’ API is made of the pure half', () => {
  const doors = ROOMS.indexOf('rows');
  expect(IMPORTS.get('shared/index.ts')?.filter((name) => (roomOf(name) ?? Infinity) >= doors)).toEqual([]);
});

test('no file imports itself by way of others', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const name of IMPORTS.get(file) ?? []) if (IMPORTS.has(name)) visit(name, [...path, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
  expect(circles).toEqual([]);
});

test(`a room holds at most ${MOST_FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const file of FILES) counts.set(posix.dirname(file), (counts.get(posix.dirname(file)) ?? 0) + 1);
  const crowded = [...counts].filter(([folder, count]) => count > MOST_FILES && folder !== 'shared/contract');
  expect(crowded).toEqual([]);
});
