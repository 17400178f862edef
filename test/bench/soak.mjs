/**
 * The soak: a simulated day of all connectors on their schedules against their simulated vendors, with real storage. Checks
 * that memory, handles and blobs stay flat after a warm-up. `--short`: an hour and a half of the invented connectors, as a
 * test. `--json` prints one object. Ends with 1 if something grew, was lost or sent twice, or a vendor complained.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { connectorList } from '../../tools/build/connector-list.mjs';
import { argsOf } from '../../tools/build/script-args.mjs';
import { stopChild } from './stop-child.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { json, short } = argsOf('soak');
/**
 * A folder for each process, so that two soaks do not overwrite each other's programs; below the packages, so that built files
 * find them.
 */
const out = join(root, 'node_modules', '.cache', `tributary-soak-${process.pid}`);
const temporary = mkdtempSync(join(tmpdir(), 'tributary-soak-'));
const CONNECTORS = short ? join(root, 'test', 'fixtures', 'connectors') : join(root, 'connectors');
const MB = 1_000_000;
/**
 * For a day. A source may begin one blob a day. The dedup segments of windows grow until they cover the source's lag, and then
 * vary.
 */
const BEGIN = '2026-11-20T00:00:00.000Z';
const LONG = { hours: 23.95, samples: 48, allowed: { heapBytes: 2 * MB, handles: 4, blobs: 8 } };
/**
 * A pool of kept connections varies by about six between two samples, and with four samples the minimum is uncertain. A handle
 * that leaks at every tenth run adds more.
 */
const SHORT = { hours: 1.5, samples: 16, allowed: { heapBytes: 2 * MB, handles: 8, blobs: 24 } };

const children = [];
try {
  const common = { bundle: true, platform: 'node', format: 'cjs', target: 'node20' };
  const plan = { build, common, connectors: [CONNECTORS], broken: [], laptopOut: out };
  await build({
    ...common,
    entryPoints: {
      world: join(root, 'test', 'bench', 'soak-environment.ts'),
      run: join(root, 'test', 'bench', 'soak-run.ts'),
      azurite: join(root, 'test', 'bench', 'azurite.ts'),
      storage: join(root, 'local', 'storage', 'main.ts'),
    },
    outdir: out,
    packages: 'external',
    plugins: [connectorList({ ...plan, shared: join(root, 'shared', 'index.ts') })],
  });
  const [, storage] = await start('azurite', [join(out, 'storage.js'), join(temporary, 'storage')]);
  const [world, around] = await start('world', [BEGIN]);
  const report = await soak(world, {
    ...(short ? SHORT : LONG),
    ...around,
    begin: BEGIN,
    storage: storage.connectionString,
    hostJsonFile: join(root, 'host.json'),
  });
  const wrong = wrongOf(report);
  const { samples, ...brief } = report;
  console.log(json ? JSON.stringify({ ...report, wrong }) : readable(brief, samples, wrong));
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await Promise.all(children.map(stopChild));
  rmSync(temporary, { recursive: true, force: true });
  rmSync(out, { recursive: true, force: true });
}

async function start(name, args = [], options = {}) {
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const child = fork(join(out, `${name}.js`), args, { stdio, ...options });
  children.push(child);
  const [ready] = await once(child, 'message');
  return [child, ready];
}

/** Runs the app in its own process; passes its time to the environment, and the environment's observations back. */
async function soak(world, task) {
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const app = fork(join(out, 'run.js'), [], { stdio, execArgv: ['--expose-gc'] });
  children.push(app);
  world.on('message', (seen) => app.connected && app.send(seen));
  return new Promise((resolve, reject) => {
    app.on('message', ({ now, report }) => (report === undefined ? world.send({ now }) : resolve(report)));
    app.on('exit', (code) => reject(new Error(`soaking: the app ended with ${code} and without a report`)));
    app.send(task);
  });
}

function wrongOf({ accepted, distinct, flatness, problems, published, rows, unbalanced }) {
  return [
    ...flatness.problems,
    ...problems,
    ...(unbalanced > 0 ? [`${unbalanced} runs are not balanced`] : []),
    ...(rows !== accepted ? [`${accepted} were accepted, and ${rows} arrived`] : []),
    ...(rows !== distinct ? [`${rows - distinct} rows are doubled`] : []),
    ...(accepted === 0 || accepted > published
      ? [`${published} were published, and ${accepted} accepted`]
      : []),
  ];
}

function readable({ flatness, ...brief }, samples, wrong) {
  const lines = Object.entries({ ...brief, ...flatness })
    .filter(([name]) => name !== 'problems')
    .map(([name, value]) => `${name.padEnd(18)} ${value}`);
  const table = samples.map(
    ({ blobs, handles, heapBytes, hour }) =>
      `${String(hour).padStart(6)} h  heap ${(heapBytes / MB).toFixed(2)} MB  handles ${handles}  blobs ${blobs}`,
  );
  return [
    ...table,
    '',
    ...lines,
    ...(wrong.length === 0 ? ['flat'] : wrong.map((one) => `WRONG: ${one}`)),
  ].join('\n');
}
