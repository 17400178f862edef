import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { unzipSync } from 'fflate';
import { startWorkerProcess } from '../../local/host/worker/worker-process';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { writeOutside } from '../integration/outside-folder';

/* The output of `npm run package` is complete: a function app needs no installation and no build. */

const ROOT = join(__dirname, '..', '..');
const FILES = ['dist/app.js', 'dist/app.js.LEGAL.txt', 'host.json', 'package-lock.json', 'package.json'];
/** The first words of each licence among the packages: MIT, ISC and 0BSD, BSD, Apache-2.0. */
const GRANTS =
  /permission is hereby granted|permission to use, copy, modify|redistribution and use in source|apache license\s+version 2\.0/i;
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('the package holds the app, its licences, host.json and a manifest without dependencies', () => {
  const out = packed();
  const { name, version, main, engines } = JSON.parse(text(ROOT, 'package.json')) as Record<string, unknown>;
  expect(filesIn(join(out, 'app'))).toEqual(FILES);
  expect(JSON.parse(text(out, 'app/package.json'))).toEqual({ name, version, main, engines });
  expect(text(out, 'app/host.json')).toBe(text(ROOT, 'host.json'));
  const notices = text(out, 'app/dist/app.js.LEGAL.txt');
  const { dependencies } = JSON.parse(text(ROOT, 'package.json')) as { dependencies: Record<string, string> };
  for (const [name, version] of Object.entries(dependencies))
    expect(notices).toContain(`\n${name} ${version}\n`);
  const chapters = notices.split(`${'='.repeat(78)}\n`).slice(1);
  expect(chapters.length).toBeGreaterThan(Object.keys(dependencies).length);
  expect(chapters[0]).toBe(
    `tributary ${String(version)}\nMIT\n${'-'.repeat(78)}\n${text(ROOT, 'LICENSE')}\n`,
  );
  expect(notices).toContain(`\n@azure/msal-common ${versionOf('@azure/msal-common')}\n`);
  const isWhole = (chapter: string): boolean => /copyright/i.test(chapter) && GRANTS.test(chapter);
  expect(chapters.filter((chapter) => !isWhole(chapter))).toEqual([]);
});

test('the zip holds the same files, and the same sources give the same bytes in any time zone', () => {
  const [here, there] = [packed(), packed([], { TZ: 'Pacific/Apia' })];
  const zip = readFileSync(join(here, 'app.zip'));
  const inside = Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, hash(bytes)]);
  expect(inside).toEqual(FILES.map((name) => [name, hash(readFileSync(join(here, 'app', name)))]));
  expect(hash(readFileSync(join(there, 'app.zip')))).toBe(hash(zip));
});

test('each npm step of a remote build does nothing in the package', () => {
  const app = join(packed(), 'app');
  const before = FILES.map((name) => hash(readFileSync(join(app, name))));
  for (const step of ['ci --omit=dev', 'install', 'install --omit=dev', 'prune --omit=dev']) {
    execFileSync('npm', [...step.split(' '), '--offline', '--no-audit', '--no-fund'], {
      cwd: app,
      stdio: 'pipe',
    });
  }
  expect(filesIn(app)).toEqual(FILES);
  expect(FILES.map((name) => hash(readFileSync(join(app, name))))).toEqual(before);
});

test('a worker loads the package in its folder, with connectors from outside the tree', async () => {
  const outside = folderOf(writeOutside());
  const app = join(packed(['--connectors', join(outside, 'connectors')]), 'app');
  const worker = await startWorkerProcess(
    {
      entry: join(app, 'dist', 'app.js'),
      workerEntry: join(ROOT, 'dist', 'worker.js'),
      folder: app,
      environment: { ...inheritedEnvironment(), ACME_URL: 'https://acme.example', ACME_TOKEN: 'x' },
      onLog: () => undefined,
    },
    new AbortController().signal,
  );
  const names = worker.app.functions.map(({ name }) => name);
  await worker.terminate();
  expect(names).toEqual(expect.arrayContaining(['pull-acme', 'push-logs', 'deliver', 'sweep']));
});

test('a connector that does not build is named, and no package is written without it', () => {
  const outside = folderOf(writeOutside({ 'connectors/broken/index.ts': `export { x } from './nowhere';` }));
  const out = folderOf(mkdtempSync(join(tmpdir(), 'tributary-package-')));
  const { error } = failed(['--out', out, '--connectors', join(outside, 'connectors')]);
  expect(error).toMatch(
    /^packing the app: .*broken: Could not resolve ".\/nowhere".* Fix it or remove its folder/,
  );
  expect(readdirSync(out)).toEqual([]);
});

test('a connector that does not load is named, and no package is written without it', () => {
  const outside = folderOf(writeOutside({ 'connectors/broken/index.ts': `throw new Error('not today');` }));
  const out = folderOf(mkdtempSync(join(tmpdir(), 'tributary-package-')));
  const { error } = failed(['--out', out, '--connectors', join(outside, 'connectors')]);
  expect(error).toMatch(/^packing the app: broken: loading it: not today\. Fix it or remove its folder/);
  expect(readdirSync(out)).toEqual([]);
});

test('a folder with other files is not emptied, and neither is one of another function app', () => {
  const out = folderOf(mkdtempSync(join(tmpdir(), 'tributary-package-')));
  mkdirSync(join(out, 'app'));
  writeFileSync(join(out, 'app', 'thesis.txt'), 'mine');
  writeFileSync(join(out, 'app', 'host.json'), '{}');
  expect(failed(['--out', out]).error).toMatch(
    /it contains thesis\.txt, .* Choose another folder with --out\./,
  );
  expect(existsSync(join(out, 'app', 'thesis.txt'))).toBe(true);
});

function versionOf(name: string): string {
  return (JSON.parse(text(ROOT, `node_modules/${name}/package.json`)) as { version: string }).version;
}

/** Makes a package in a folder of its own. */
function packed(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): string {
  const out = folderOf(mkdtempSync(join(tmpdir(), 'tributary-package-')));
  execFileSync(process.execPath, [join(ROOT, 'tools', 'build', 'package.mjs'), '--out', out, ...words], {
    env: { ...process.env, ...env },
    stdio: 'pipe',
  });
  return out;
}

function failed(words: readonly string[]): { readonly error: string } {
  try {
    execFileSync(process.execPath, [join(ROOT, 'tools', 'build', 'package.mjs'), ...words], {
      stdio: 'pipe',
    });
  } catch (error) {
    return { error: (error as { stderr: Buffer }).stderr.toString() };
  }
  throw new Error('it did not fail');
}

function folderOf(folder: string): string {
  folders.push(folder);
  return folder;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function text(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
