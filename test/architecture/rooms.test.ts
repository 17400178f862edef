import { circlesIn, countsOf, filesBelow, importsOf } from './sources';

/* The law of `shared/`: a room imports only rooms above it. */

/** The rooms from top to bottom: the pure half, the doors to the outside, and the rooms that use both. */
const ROOMS = [
  ...['contract', 'values', 'windows', 'rate-limit', 'kit', 'rows', 'pull', 'push'],
  ...['process', 'settings', 'http', 'sink', 'storage'],
  ...['run', 'tables', 'backfill', 'admin'],
] as const;
type Room = (typeof ROOMS)[number];

/** Packages and Node's modules, by the first room that may import them. What a pure room may import, any room may. */
const PURE = [
  ...['node:buffer', 'node:crypto', 'node:stream', 'node:zlib'],
  ...['@aws-sdk/client-s3', '@aws-sdk/client-sqs', '@aws-sdk/credential-providers'],
  ...['csv-parse', 'jose', 'json-p3', 'lossless-json', 'p-limit'],
];
const OUTSIDE: Partial<Record<Room, readonly string[]>> = {
  process: ['node:async_hooks', 'node:timers/promises'],
  settings: ['node:fs', 'node:net', 'zod/mini'],
  http: ['node:http', 'node:https', 'node:net', 'node:tls', 'node:util', 'agent-base', 'axios', 'p-retry'],
  sink: ['node:async_hooks', 'node:util', '@azure/identity', 'zod/mini'],
  storage: ['node:os', '@azure/identity', '@azure/storage-blob', '@azure/storage-queue', 'package.json'],
  tables: ['zod/mini'],
};

/** A room with more files holds two ideas. The contract is the exception. */
const MOST_FILES = 16;

const FILES = filesBelow('shared');
const IMPORTS = new Map(FILES.map((file) => [file, importsOf(file)]));

/** The place of a path's room in the order; `undefined` for a file outside of all rooms. */
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

test('only a door imports modules that reach outside', () => {
  const wrong = [...IMPORTS].flatMap(([file, names]) => {
    const room = ROOMS[roomOf(file) ?? -1];
    const allowed = [...PURE, ...((room && OUTSIDE[room]) ?? [])];
    return names
      .filter((name) => !name.startsWith('shared') && !allowed.includes(name))
      .map((name) => `${file} imports ${name}`);
  });
  expect(wrong).toEqual([]);
});

test('every folder is a room, and the loose files are the entry points of shared/', () => {
  expect(FILES.filter((file) => file.split('/').length > 2 && roomOf(file) === undefined)).toEqual([]);
  expect(FILES.filter((file) => file.split('/').length === 2)).toEqual([
    'shared/admin.ts',
    'shared/app.ts',
    'shared/index.ts',
    'shared/load.ts',
  ]);
});

test('the authors’ API imports only the pure rooms', () => {
  const doors = ROOMS.indexOf('rows');
  expect(IMPORTS.get('shared/index.ts')?.filter((name) => (roomOf(name) ?? Infinity) >= doors)).toEqual([]);
});

test('no file imports itself through others', () => {
  expect(circlesIn(FILES)).toEqual([]);
});

test(`a room holds at most ${MOST_FILES} files`, () => {
  const crowded = [...countsOf(FILES)].filter(
    ([folder, count]) => count > MOST_FILES && folder !== 'shared/contract',
  );
  expect(crowded).toEqual([]);
});
