import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { writeOutside } from '../integration/outside-folder';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { makeClone, said, type Clone } from './clone';

/* `npm run func` and `npm run watch` without Core Tools: a fake `func` is on the PATH. */

const ROOT = join(__dirname, '..', '..');
/** Prints its arguments, and whether the storage of the settings answers. */
const FAKE = `#!/usr/bin/env node
const { connect } = require('node:net');
if (process.argv[2] === '--version') console.log(process.env.FAKE_VERSION ?? '4.15.1');
else {
  const { AzureWebJobsStorage, languageWorkers__node__arguments } = process.env;
  const tell = (answers) => {
    console.log(JSON.stringify({ words: process.argv.slice(2), cwd: process.cwd(), AzureWebJobsStorage, languageWorkers__node__arguments, answers }));
    process.exit(Number(process.env.FAKE_CODE ?? 0));
  };
  connect(10000, '127.0.0.1').on('connect', () => tell(true)).on('error', () => tell(false));
}
`;

let clone: Clone;
const bin = mkdtempSync(join(tmpdir(), 'tributary-func-'));

beforeAll(() => {
  clone = makeClone([
    ...['tools', 'dist/cli.js', 'dist/storage.js', 'connectors'],
    'local.settings.sample.json',
  ]);
  writeFileSync(join(bin, 'func'), FAKE);
  chmodSync(join(bin, 'func'), 0o755);
});
afterAll(() => {
  clone.remove();
  rmSync(bin, { recursive: true, force: true });
});

const withFunc = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: `${bin}${delimiter}${inheritedEnvironment()['PATH'] ?? ''}`,
  ...more,
});

/** The arguments that `func` received. */
function given(out: string): Record<string, unknown> {
  const line = out.split('\n').find((one) => one.startsWith('{"words"')) ?? '{}';
  return JSON.parse(line) as Record<string, unknown>;
}

test('without Core Tools it says what to install and what works without them, and creates nothing', async () => {
  const nodeAlone = mkdtempSync(join(tmpdir(), 'tributary-path-'));
  const { code, error, out } = await clone.tributary(['func'], { PATH: nodeAlone });
  rmSync(nodeAlone, { recursive: true, force: true });
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(
    /^"func" was not found: .*npm install -g azure-functions-core-tools@4.*"npm start" runs/,
  );
  expect(existsSync(join(clone.root, 'local.settings.json'))).toBe(false);
});

test('Core Tools of another version are named in the message', async () => {
  const { code, error } = await clone.tributary(['func'], withFunc({ FAKE_VERSION: '3.0.3904' }));
  expect([code, error]).toEqual([2, expect.stringMatching(/^"func" is version 3\.0\.3904; it must be 4\./)]);
});

test('it starts the bundle with settings, storage and the given arguments, and exits with func’s own code', async () => {
  const env = withFunc({ FAKE_CODE: '7' });
  const { code, out } = await clone.tributary(['func', '--inspect', '--', '--port', '7072'], env);
  expect(code).toBe(7);
  expect(given(out)).toEqual({
    words: ['start', '--port', '7072'],
    cwd: expect.stringContaining('tributary-clone-'),
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    languageWorkers__node__arguments: '--inspect=9229',
    answers: true,
  });
  // A running Azurite is used; otherwise ours is started, and ends with func.
  expect(out).toMatch(/Azurite: http:\/\/127\.0\.0\.1:10000\/devstoreaccount1|Port 10000 is in use/);
  const sample = readFileSync(join(ROOT, 'local.settings.sample.json'), 'utf8');
  expect(readFileSync(join(clone.root, 'local.settings.json'), 'utf8')).toBe(sample);
  expect(out).toContain('Created local.settings.json');
});

test('existing settings are kept, and the operator’s own storage is used as it is', async () => {
  const own = JSON.stringify({
    Values: { AzureWebJobsStorage: 'DefaultEndpointsProtocol=https;AccountName=x' },
  });
  writeFileSync(join(clone.root, 'local.settings.json'), own);
  const { code, out } = await clone.tributary(['func'], withFunc());
  expect(code).toBe(0);
  expect(given(out)).not.toHaveProperty('AzureWebJobsStorage');
  expect(given(out)).not.toHaveProperty('languageWorkers__node__arguments');
  expect(out).not.toMatch(/Azurite|listens/);
  expect(readFileSync(join(clone.root, 'local.settings.json'), 'utf8')).toBe(own);
});

test('watch rebuilds the app when a source changes, and names a connector that does not build', async () => {
  const tree = makeClone([
    ...['LICENSE', 'package.json', 'tsconfig.json', 'functions', 'shared', 'connectors'],
    ...['local', 'tools', 'test/faults'],
  ]);
  const outside = writeOutside();
  const index = join(outside, 'connectors', 'acme', 'index.ts');
  const sound = readFileSync(index, 'utf8');
  /** Replaces the file in one step: a build of half a file would hide the next change. */
  const save = (text: string): void => {
    writeFileSync(join(outside, 'next.ts'), text);
    renameSync(join(outside, 'next.ts'), index);
  };
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    [join(tree.root, 'tools', 'build', 'build.mjs'), '--watch', '--connectors', join(outside, 'connectors')],
    { cwd: tree.root, env: inheritedEnvironment() },
  );
  try {
    await said(child.stdout, 'Built; watching.');
    const broken = said(child.stderr, 'Left out of the bundle: ');
    const again = said(child.stdout, 'Built; watching.');
    save(`${sound}\nimport './nowhere';\n`);
    expect(await broken).toContain('Could not resolve "./nowhere"');
    await again;
    const mended = said(child.stdout, 'Built; watching.');
    save(sound.replace("title: 'Acme'", "title: 'Acme the second'"));
    await mended;
    const app = (): string => readFileSync(join(tree.root, 'dist', 'app.js'), 'utf8');
    expect(app()).toContain('Acme the second');
    const failed = said(child.stdout, 'Not built; watching.');
    appendFileSync(join(tree.root, 'shared', 'load.ts'), '\nconst = ;\n');
    await failed;
    // A program that runs it meanwhile finds the previous build.
    expect(app()).toContain('Acme the second');
  } finally {
    child.kill();
    await once(child, 'close');
    tree.remove();
    rmSync(outside, { recursive: true, force: true });
  }
});

test('the tasks and ports that F5 in VS Code uses exist', () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as Record<string, unknown>;
  const { scripts } = read('package.json') as { scripts: Record<string, string> };
  const { tasks } = read('.vscode/tasks.json') as { tasks: Record<string, unknown>[] };
  const settings = read('.vscode/settings.json');
  const [launch] = read('.vscode/launch.json')['configurations'] as Record<string, unknown>[];
  const labels = tasks.map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining([launch?.['preLaunchTask']]));
  expect(labels).toEqual(expect.arrayContaining(tasks.flatMap(({ dependsOn }) => dependsOn ?? [])));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(tasks.flatMap(({ script }) => script ?? [])));
  expect(launch).toMatchObject({ type: 'node', request: 'attach', port: 9229 });
  expect(labels).toContain(settings['azureFunctions.preDeployTask']);
  expect(settings['azureFunctions.deploySubpath']).toBe('package/app');
  expect(read('.vscode/extensions.json')['recommendations']).toContain('ms-azuretools.vscode-azurefunctions');
});
