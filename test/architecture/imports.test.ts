import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { Linter } from 'eslint';
import { ROOT, circlesIn, countsOf, filesBelow, importsOf, read } from './sources';

/* Who may import what, outside `shared/`. The law within `shared/` is in `rooms.test.ts`. */

const RULE = 'no-restricted-imports';
const ESLINT = join(ROOT, 'node_modules', 'eslint', 'bin', 'eslint.js');

/** The parts of `shared/` that any program may import: the app, the nouns, and pure code. */
const OPEN = [
  'shared/app',
  'shared/admin',
  'shared/load',
  'shared/contract/',
  'shared/values/',
  'shared/windows/',
  'shared/kit/',
];

/** What `local/` imports in addition, to play vendors and the workspace. */
const SIMULATION = ['shared/rate-limit/', 'shared/push/data-collector/'];
/** What a laptop process imports that loads connectors without the app: a simulated vendor, and every command. */
const UNHANDLED_ERRORS = 'shared/process/unhandled-errors';

/** What the files below a folder may import: project paths and packages, each as a prefix. The first match counts. */
const LAW: readonly (readonly [folder: string, mayImport: readonly string[]])[] = [
  [
    'functions/',
    ['functions/', 'shared/app', 'shared/contract/', 'connectors/list', 'node:path', '@azure/functions'],
  ],
  ['connectors/list.ts', ['node:']],
  [
    'local/',
    [
      ...['local/', 'connectors/list', 'node:', '@azure/storage-', '@duckdb/node-api', 'croner'],
      ...['csv-parse/sync', 'lossless-json', 'p-limit', 'selfsigned', 'azurite/', 'zod/mini'],
      ...[...OPEN, ...SIMULATION, UNHANDLED_ERRORS],
    ],
  ],
  // The fault suite uses the same fakes as the tests.
  [
    'test/faults/',
    [
      ...['test/faults/', 'test/fakes/', 'local/', 'connectors/list', 'node:', '@azure/storage-'],
      ...['commander', 'p-limit', ...OPEN],
    ],
  ],
  // Code that rebuilds a folder gives it this program's own `shared`; all others import it through `shared/app`.
  ['tools/try/rebuild-connector.ts', ['tools/', 'shared', ...OPEN, 'node:', 'esbuild']],
  [
    'tools/',
    [
      ...['tools/', 'local/', 'connectors/list', 'package.json', 'node:', 'commander', 'cli-table3'],
      ...['prettier', 'prettier/', 'typescript', 'zod/mini', ...OPEN],
      UNHANDLED_ERRORS,
    ],
  ],
];

const isAllowed = (name: string, allowed: readonly string[]): boolean =>
  allowed.some((start) => (/[/:-]$/.test(start) ? name.startsWith(start) : name === start));

/** The forbidden imports of files. */
const unlawful = (of: readonly string[], allowedTo: (file: string) => readonly string[]): string[] =>
  of.flatMap((file) =>
    importsOf(file)
      .filter((name) => !isAllowed(name, allowedTo(file)))
      .map((name) => `${file} imports ${name}`),
  );

const all = ['shared', 'functions', 'connectors', 'local', 'test/faults', 'tools'].flatMap(filesBelow);
const ofConnectors = all.filter((file) => /^connectors\/[^/]+\//.test(file));
const lawOf = (file: string) => LAW.find(([folder]) => file.startsWith(folder));

/** Node's modules that only compute. */
const pure = JSON.parse(read('tools/build/pure-modules.json')) as string[];

describe('imports', () => {
  test('every file imports only what its folder may, and every folder has a rule', () => {
    const others = all.filter((file) => !file.startsWith('shared/') && !ofConnectors.includes(file));
    expect(others.filter((file) => lawOf(file) === undefined)).toEqual([]);
    expect(unlawful(others, (file) => lawOf(file)?.[1] ?? [])).toEqual([]);
  });

  test('the architecture page names what tools/ and local/ may import of shared/', () => {
    const [, both = '', local = '', each = ''] =
      /`tools\/` and `local\/` import ([^.]+)\. To play vendors[^`]+`local\/` also imports ([^.]+)\. Both import ([^.]+)\./.exec(
        read('docs/architecture.md'),
      ) ?? [];
    const namesIn = (text: string): string[] =>
      [...text.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name);
    const named = (paths: readonly string[]): string[] =>
      paths.map((path) => path.replace(/^shared\/|\/$/g, ''));
    expect(namesIn(both)).toEqual(named(OPEN));
    expect(namesIn(local)).toEqual(named(SIMULATION));
    expect(namesIn(each)).toEqual(named([UNHANDLED_ERRORS]));
  });

  const laptop = ['local', 'tools'].flatMap(filesBelow);

  test('a room of local/ or tools/ holds at most sixteen files', () => {
    expect([...countsOf(laptop)].filter(([, count]) => count > 16)).toEqual([]);
  });

  test('no file of local/ or tools/ imports itself through others', () => {
    expect(circlesIn(laptop)).toEqual([]);
  });

  test('a connector imports only shared, its own folder and pure modules', () => {
    expect(ofConnectors.length).toBeGreaterThan(1);
    expect(unlawful(ofConnectors, (file) => ['shared', `${posix.dirname(file)}/`, ...pure])).toEqual([]);
  });

  test('the linter and the guide say which modules a connector may import, and refuse the others', () => {
    const others = ['node:fs', 'node:http', 'fs', 'crypto', 'axios', 'shared', 'node:crypto/x'];
    const asked = [...pure, '../../shared', './tables', 'tributary/shared', ...others];
    const name = ofConnectors.find((file) => file.endsWith('/index.ts')) ?? '';
    const { stdout } = spawnSync(process.execPath, [ESLINT, '--print-config', name], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const rule = (JSON.parse(stdout) as Linter.Config).rules?.[RULE];
    const source = asked.map((module) => `import '${module}';\n`).join('');
    const refused = new Linter().verify(source, { rules: { [RULE]: rule } });
    expect(refused.map(({ line }) => asked[line - 1])).toEqual(others);
    const guide = read('docs/write-a-connector.md');
    expect(pure.filter((module) => !guide.includes(`\`${module}\``))).toEqual([]);
  });
});

describe('names', () => {
  const vendors = readdirSync(join(ROOT, 'connectors'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name);

  test('shared/ names no vendor', () => {
    expect(vendors.length).toBeGreaterThan(1);
    const vendor = new RegExp(
      vendors.map((name) => `\\b${name}\\b|\\b${name.toUpperCase().replaceAll('-', '_')}_`).join('|'),
      'i',
    );
    const named = all.filter((file) => file.startsWith('shared/') && vendor.test(read(file)));
    expect(named).toEqual([]);
  });

  test('no file has a vague name', () => {
    const vague = /(^|-)(utils?|helpers?|common|misc|base|manager|service|handler|data|info)(-|$)/;
    // Names that others chose: an API of Azure's, a folder of data, the answers to pulls and pushes.
    const proper = /^(?:data-collector(?:-.*)?|data-folder|(?:push|pull)-service)$/;
    const names = all.map((file) => [file, posix.basename(file, '.ts')] as const);
    expect(names.filter(([, name]) => vague.test(name) && !proper.test(name))).toEqual([]);
  });

  test('a function file has at most 40 lines', () => {
    const long = all.filter((file) => file.startsWith('functions/') && read(file).split('\n').length > 40);
    expect(long).toEqual([]);
  });
});
