import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { preProcessFile } from 'typescript';

const ROOT = join(__dirname, '..', '..');
const ESLINT = join(ROOT, 'node_modules', 'eslint', 'bin', 'eslint.js');

/** What the files below a folder may import: project paths and packages, each as a beginning. First match counts. */
const LAW: readonly (readonly [folder: string, mayImport: readonly string[]])[] = [
  ['shared/contract/', ['shared/contract/']],
  [
    'shared/kit/',
    [
      'shared/contract/',
      'shared/kit/',
      'node:buffer',
      'node:crypto',
      'node:zlib',
      'json-p3',
      'lossless-json',
    ],
  ],
  ['shared/flow/', ['shared/contract/', 'shared/kit/', 'shared/flow/', 'node:crypto']],
  [
    'shared/io/',
    [
      'shared/contract/',
      'shared/kit/',
      'shared/io/',
      'package.json',
      'node:',
      'axios',
      'p-retry',
      'agent-base',
      '@azure/storage-',
      '@azure/identity',
    ],
  ],
  ['shared/index.ts', ['shared/contract/', 'shared/kit/']],
  ['shared/', ['shared/', 'node:crypto', 'p-limit']],
  [
    'functions/',
    ['functions/', 'shared/app', 'shared/contract/', 'connectors/list', 'node:path', '@azure/functions'],
  ],
  ['connectors/list.ts', ['node:']],
  [
    'local/',
    [
      'local/',
      'shared/app',
      'shared/load',
      'shared/io/stray-errors',
      'shared/contract/',
      'shared/kit/',
      'connectors/list',
      'node:',
      '@azure/storage-',
      '@duckdb/node-api',
      'croner',
      'lossless-json',
      'p-limit',
      'selfsigned',
      'azurite/',
    ],
  ],
  // The rig surrounds the app with what tests surround it with.
  [
    'test/faults/',
    [
      'test/faults/',
      'local/',
      'shared/app',
      'shared/contract/',
      'shared/kit/',
      'connectors/list',
      'test/fakes/',
      'node:',
      '@azure/storage-',
      'commander',
      'p-limit',
    ],
  ],
  // What builds a folder afresh gives it this program's own `shared`; the others take it through `shared/app`.
  [
    'tools/fresh-folder.ts',
    ['tools/', 'tools/build/pure-modules.json', 'shared', 'shared/app', 'node:', 'esbuild'],
  ],
  // The author's tools write what authors write, so they read the same nouns and use the same kit.
  [
    'tools/',
    [
      'tools/',
      'local/',
      'shared/app',
      'shared/contract/',
      'shared/kit/',
      'connectors/list',
      'package.json',
      'node:',
      'commander',
      'cli-table3',
      'prettier',
      'prettier/',
      'typescript',
    ],
  ],
];

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Every module that a file names, project files as paths from the root. */
function importsOf(file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
  return importedFiles.map(({ fileName: name }) =>
    name.startsWith('.') ? posix.join(posix.dirname(file), name) : name,
  );
}

const isAllowed = (name: string, allowed: readonly string[]): boolean =>
  allowed.some((start) =>
    start.endsWith('/') || start.endsWith(':') || start.endsWith('-')
      ? name.startsWith(start)
      : name === start,
  );

const all = ['shared', 'functions', 'connectors', 'local', 'test/faults', 'tools']
  .flatMap(files)
  .filter((file) => !file.endsWith('.test.ts'));

describe('imports', () => {
  const lawful = all.filter((file) => LAW.some(([folder]) => file.startsWith(folder)));

  test.each(lawful)('%s imports only what its folder may', (file) => {
    const [, allowed] = LAW.find(([folder]) => file.startsWith(folder))!;
    expect(importsOf(file).filter((name) => !isAllowed(name, allowed))).toEqual([]);
  });

  const ofConnectors = all.filter((file) => /^connectors\/[^/]+\//.test(file) && !file.endsWith('.test.ts'));

  // Modules of Node's that compute and reach nothing outside.
  const pure = JSON.parse(
    readFileSync(join(ROOT, 'tools', 'build', 'pure-modules.json'), 'utf8'),
  ) as readonly string[];

  test.each(ofConnectors)('%s imports only shared, its own folder and what is pure', (file) => {
    const own = `${posix.dirname(file)}/`;
    const allowed = ['shared', own, ...pure];
    expect(importsOf(file).filter((name) => !isAllowed(name, allowed))).toEqual([]);
  });

  test('the linter and the guide say which modules a connector may import, and refuse the others', () => {
    const others = ['node:fs', 'node:http', 'fs', 'crypto', 'axios', 'shared', 'node:crypto/x'];
    const asked = [...pure, '../../shared', './tables', 'tributary/shared', ...others];
    const words = ['--stdin', '--stdin-filename', 'connectors/okta/index.ts', '--format', 'json'];
    const input = asked.map((module) => `import '${module}';\n`).join('');
    const { stdout } = spawnSync(process.execPath, [ESLINT, ...words], {
      cwd: ROOT,
      input,
      encoding: 'utf8',
    });
    const [{ messages }] = JSON.parse(stdout) as [{ messages: { ruleId: string; line: number }[] }];
    const refused = messages.filter(({ ruleId }) => ruleId === 'no-restricted-imports');
    expect(refused.map(({ line }) => asked[line - 1])).toEqual(others);
    const guide = readFileSync(join(ROOT, 'docs', 'write-a-connector.md'), 'utf8');
    expect(pure.filter((module) => !guide.includes(`\`${module}\``))).toEqual([]);
  });

  test('flow and io meet only in the composition root, and where a run, its preview or a replay is put together', () => {
    const meeting = all.filter((file) => {
      const names = importsOf(file);
      return (
        names.some((name) => name.startsWith('shared/flow/')) &&
        names.some((name) => name.startsWith('shared/io/'))
      );
    });
    expect(meeting).toEqual([
      'shared/app-parts.ts',
      'shared/run/declared-tables.ts',
      'shared/admin/dead-letters/route.ts',
      'shared/run/failed-runs.ts',
      'shared/run/health-row.ts',
      'shared/admin/preview-post.ts',
      'shared/admin/preview-source.ts',
      'shared/run/delivery-route.ts',
      'shared/run/push-service.ts',
      'shared/run/run-source.ts',
      'shared/tables/tables.ts',
    ]);
  });

  test('every file belongs to a folder that has a rule', () => {
    expect(
      all.filter(
        (file) => !lawful.includes(file) && !ofConnectors.includes(file) && !file.endsWith('.test.ts'),
      ),
    ).toEqual([]);
  });
});

describe('words', () => {
  const vendors = readdirSync(join(ROOT, 'connectors'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name);

  test('there are connectors to look for', () => {
    expect(vendors.length).toBeGreaterThan(1);
  });

  test.each(all.filter((file) => file.startsWith('shared/')))('%s names no vendor', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    expect(
      vendors.filter((vendor) => new RegExp(`\\b${vendor}\\b|\\b${vendor.toUpperCase()}_`, 'i').test(text)),
    ).toEqual([]);
  });

  test.each(all)('%s has a name that says what is inside', (file) => {
    const name = posix.basename(file, '.ts');
    const isProper = [
      'data-collector',
      'data-collector-answers',
      'data-collector-post',
      'data-folder',
    ].includes(name);
    expect(
      isProper ||
        !/(^|-)(utils?|helpers?|common|misc|base|manager|service|handler|data|info)(-|$)/.test(name),
    ).toBe(true);
  });

  test.each(all.filter((file) => file.startsWith('functions/')))('%s has under 40 lines', (file) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split('\n').length).toBeLessThanOrEqual(40);
  });
});
