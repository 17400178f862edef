import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startHost, type HostLog } from '../../local/host/host';
import { reportIn } from '../../local/start/report-text';
import { startVendor } from '../../local/vendor/vendor';
import { inheritedEnvironment } from '../fakes/inherited-environment';
import { writeSample } from '../fixtures/outside-sample';
import { buildEntry } from '../local/build-entry';
import { writeOutside } from '../integration/outside-folder';
import { realStorage, realWorkspace, variablesFor, variablesOf } from '../integration/harness';
import { loadConnectors } from '../../shared/load';
import { BUILT, makeClone } from './clone';

/* A connector in its own repository: type-checked there, run from here, and bundled with the tree's own. */

const INDEX = 'connectors/acme/index.ts';
/** The tree, with one connector, however many there are. */
const OWN = 'globex';
const clone = makeClone(BUILT, [OWN]);
const outside = writeOutside();
const connectors = join(outside, 'connectors');
const data = mkdtempSync(join(tmpdir(), 'tributary-outside-data-'));
afterAll(() => {
  clone.remove();
  [outside, data].forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
  readonly pid: number | undefined;
}

/** Runs a Node program to its end, in the tree. */
function node(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((done) => {
    const options = { cwd: clone.root, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, words, options, (_failed, out, error) =>
      done({ code: child.exitCode ?? -1, out, error, pid: child.pid }),
    );
  });
}

const tributary = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  node([join('tools', 'bin', 'tributary'), ...words, '--data', data], env);
const types = (folder: string): Promise<Ended> =>
  node([join('node_modules', 'typescript', 'bin', 'tsc'), '-p', folder]);

test('it is type-checked against the package', async () => {
  expect(await types(outside)).toMatchObject({ code: 0, out: '' });
  const wrong = writeOutside({
    [INDEX]: `import { url } from 'tributary/shared';\nexport default url(1);\n`,
  });
  expect(await types(wrong)).toMatchObject({ out: expect.stringContaining(`index.ts(2,20): error TS2345`) });
  rmSync(wrong, { recursive: true, force: true });
});

test('run --connectors runs it against its simulated vendor, and leaves nothing behind', async () => {
  const { code, error, out, pid } = await tributary([
    'run',
    'acme/alerts',
    '--json',
    '--connectors',
    connectors,
  ]);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const { runs } = JSON.parse(out) as { runs: { accepted: number }[] };
  expect(runs).toMatchObject([{ table: 'AcmeAlerts_CL', outcome: 'caught-up' }]);
  expect(runs[0]?.accepted).toBeGreaterThan(1);
  expect(existsSync(join(clone.root, `dist-${pid ?? ''}`))).toBe(false);
});

test('an error class of the framework that it throws is recognized as such', async () => {
  const env = { CONNECTORS_DIR: ['', connectors].join(delimiter) };
  const { code, out } = await tributary(['run', 'acme/seats', '--json'], env);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    runs: [{ error: { name: 'SettingError', message: 'counting seats: none is free. Buy one.' } }],
  });
});

test('start --connectors runs it in the function app; a connector in code asks the vendor of its simulator.ts', async () => {
  writeSample(connectors);
  const words = ['start', '--once', '--port', '0', `--connectors=${connectors}`];
  const { out } = await tributary(words, { ACME_SOURCES: 'alerts' });
  rmSync(join(connectors, 'acme-export'), { recursive: true });
  expect(out).toMatch(/^acme\/alerts .* yes .*caught-up$/m);
  expect(out).toMatch(/^acme-export\/logins .* yes .*caught-up$/m);
  expect(out).toMatch(/^acme-export\/reports .* yes .*caught-up$/m);
});

test('a source in code without a simulator is off, and each command says why and what to do', async () => {
  const alone = writeOutside({ 'connectors/acme/simulator.ts': 'export default {};\n' });
  const named = ['--connectors', join(alone, 'connectors')];
  const why = /acme\/seats has no simulated vendor: .*simulator\.ts.*write-a-connector/;
  const start = await tributary(['start', '--once', '--port', '0', ...named]);
  expect(start.out).toMatch(/^ +acme\/seats +off: its folder has no answer\(\) that simulates its vendor$/m);
  expect(start.out).toMatch(/^acme\/alerts .* yes .*caught-up$/m);
  expect(start.out).not.toMatch(/^acme\/seats /m);
  const run = await tributary(['run', 'acme/seats', ...named]);
  expect(run).toMatchObject({ code: 2, error: expect.stringMatching(why) });
  expect(run.error).toContain('To use the real vendor, set ACME_URL, ACME_TOKEN.');
  for (const words of [
    ['try', 'acme/seats'],
    ['replay', 'acme', '--source', 'seats'],
  ]) {
    const ended = await node([join('tools', 'bin', 'tributary'), ...words, ...named]);
    expect(ended).toMatchObject({ code: 2, error: expect.stringMatching(why) });
  }
  rmSync(alone, { recursive: true, force: true });
});

test('it is bundled beside the connectors of the tree, with one copy of shared', async () => {
  const out = mkdtempSync(join(tmpdir(), 'tributary-outside-bundle-'));
  const entry = join(out, 'dist', 'app.js');
  const options = JSON.stringify({
    connectors: [join(clone.root, 'connectors'), connectors],
    outfile: entry,
  });
  const script = `import(${JSON.stringify(join(clone.root, 'tools', 'build', 'build.mjs'))}).then((b) => b.buildApp(${options})).then((r) => console.log(r.broken.length))`;
  expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('0\n');
  cpSync(join(clone.root, 'host.json'), join(out, 'host.json'));

  const module: unknown = await import(join(connectors, 'acme'));
  const [loaded] = loadConnectors([{ name: 'acme', load: () => module }]).connectors;
  const acme = loaded!;
  const worker = buildEntry('local/host/worker/worker.ts');
  const storage = realStorage();
  const workspace = await realWorkspace([acme]);
  const vendor = await startVendor({
    connectors: [{ connector: acme, folder: join(connectors, 'acme') }],
    live: false,
  });
  const logs: HostLog[] = [];
  const host = await startHost({
    entry,
    workerEntry: worker.file,
    environment: {
      ...inheritedEnvironment(),
      ACME_START: '2020-01-01T00:00:00Z',
      ...variablesFor(storage, workspace),
      ...variablesOf('acme', vendor.settings('acme')),
    },
    port: 0,
    hostJson: join(out, 'host.json'),
    hostId: 'outside-test',
    storageConnectionString: storage.connectionString,
    onLog: (line) => void logs.push(line),
  });
  await expect(host.invoke('pull-acme')).rejects.toThrow('SettingError');
  const rows = await workspace.query('SELECT "Headline" FROM "AcmeAlerts_CL" ORDER BY 1');
  const errors = logs.flatMap((line) => reportIn(line)?.error ?? []);
  await host.stop();
  await Promise.all([vendor.close(), workspace.close()]);
  worker.remove();
  rmSync(out, { recursive: true, force: true });
  expect(rows).toEqual([{ Headline: 'first' }, { Headline: 'second' }]);
  // Its timer may fire meanwhile.
  expect(new Set(errors.map(({ name }) => name))).toEqual(new Set(['SettingError']));
});

test.each([
  ['a folder that is not there', 'no-such-folder', 'Reading --connectors: there is no folder'],
  ['a connector instead of the folder that contains it', 'connectors/acme', 'is a connector itself'],
])('%s: one clear sentence', async (_what, name, sentence) => {
  const { code, error } = await tributary(['run', 'acme', '--connectors', join(outside, name)]);
  expect(code).toBe(2);
  expect(error).toContain(sentence);
});

const PURE = `
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { defineConnector, string, url } from 'tributary/shared';
export default defineConnector({
  name: 'pure',
  title: createHash('sha256').update('Pure').digest('hex'),
  settings: { url: url('Where it answers.') },
  sources: {
    files: {
      table: { name: 'PureFiles_CL', time: 'at', columns: { Name: string('name') } },
      async *pull({ http, settings }) {
        const { body } = await http.request({ url: settings.url });
        yield { records: [gunzipSync(body).toString()], checkpoint: {} };
      },
    },
  },
});
`;

test('a folder with a taken name, and one that imports a module that reaches outside, are left out; the others run', async () => {
  const more = writeOutside({
    [`connectors/${OWN}/index.ts`]: 'export default {};',
    [INDEX]: `import { readFileSync } from 'node:fs';\nexport default readFileSync;\n`,
    'connectors/pure/index.ts': PURE,
  });
  const words = ['start', '--once', '--port', '0', '--connectors', join(more, 'connectors')];
  const { error, out } = await tributary(words);
  expect(error).toMatch(new RegExp(`${OWN} is left out: .*has the same name. Rename one of them.`));
  expect(error).toContain('acme is left out: loading it: It imports node:fs. A connector may import');
  expect(error).not.toContain('pure is left out');
  expect(out).toMatch(new RegExp(`^${OWN}/.* yes `, 'm'));
  rmSync(more, { recursive: true, force: true });
});
