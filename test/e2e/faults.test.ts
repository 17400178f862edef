import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { folders } from '../../connectors/list';
import { sampleOf } from '../contract/sample';
import type { Report } from '../faults/report';
import { loadConnectors } from '../../shared/load';

/* A short run of the fault tests. Its output names the command that repeats a failure. */

const ROOT = join(__dirname, '..', '..');
/** Invented connectors, beside those of the tree. */
const INVENTED = join(ROOT, 'test', 'fixtures', 'connectors');
/** Connectors outside the tree, if there are any. */
const outside = (process.env['CONNECTORS_DIR'] ?? '').split(delimiter).filter((one) => one !== '');
const connectors = [INVENTED, ...outside];
const pulled = loadConnectors(folders()).connectors.filter(({ sources }) =>
  Object.values(sources).some(({ pull }) => pull !== undefined),
);
/** The connectors of the tree that are tested with a mix. `npm run faults` tests all. */
const sampled = sampleOf(
  'connectors',
  pulled.map(({ name }) => name),
  2,
);

interface Run {
  readonly code: number | null;
  readonly error: string;
  readonly report: Report;
}

/** Runs a Node program to its end. */
async function node(
  ...words: readonly string[]
): Promise<{ code: number | null; error: string; out: string }> {
  const env = { ...process.env, CONNECTORS_DIR: connectors.join(delimiter) };
  const child = spawn(process.execPath, words, { cwd: ROOT, env });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, error, out };
}

/** What `npm run faults` builds before each run: once for all tests. */
let built: string;
const folder = join(ROOT, 'node_modules', '.cache', 'tributary-faults', `test-${process.pid}`);
beforeAll(async () => {
  const builder = JSON.stringify(join(ROOT, 'test', 'faults', 'build.mjs'));
  const asked = `${JSON.stringify(connectors)}, ${JSON.stringify(folder)}`;
  const { error, out } = await node(
    ...[
      '-e',
      `import(${builder}).then((b) => b.buildHarness(${asked})).then((b) => console.log(JSON.stringify(b)))`,
    ],
  );
  expect(error).toBe('');
  built = out;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runFaults(...args: readonly string[]): Promise<Run> {
  const main = `require(${JSON.stringify(join(folder, 'main.js'))}).main(process.argv.slice(1), ${built})`;
  const script = `${main}.then((code) => (process.exitCode = code))`;
  const { code, error, out } = await node('-e', script, '--', '--json', '--seed', '1', ...args);
  return { code, error, report: JSON.parse(out === '' ? '{}' : out) as Report };
}

const failuresIn = ({ results }: Report) => results.flatMap(({ failures }) => failures);
const sumOf = ({ results }: Report, of: 'missing' | 'doubled' | 'left' | 'kills' | 'attempts'): number =>
  results.reduce((sum, result) => sum + result[of], 0);

test('a process killed at each injection point loses nothing, and sends at most one page twice', async () => {
  const args = ['--connector', 'acme', '--journey', 'pull', '--fault', 'crash', '--every', '8'];
  const { code, error, report } = await runFaults(...args);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(sumOf(report, 'missing')).toBe(0);
  expect(sumOf(report, 'left')).toBe(0);
  expect(sumOf(report, 'kills')).toBeGreaterThan(0);
});

test('pushed records are not lost whatever is killed, with an unreliable queue, and a workspace down for hours', async () => {
  const faults = ['crash', 'workspace-away', 'messages-lost', 'messages-repeated'];
  const args = ['--connector', 'logs', '--every', '12', ...faults.flatMap((name) => ['--fault', name])];
  const { code, error, report } = await runFaults(...args);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(report.results.map(({ fault }) => fault).sort()).toEqual([...faults].sort());
  expect(sumOf(report, 'missing')).toBe(0);
  expect(sumOf(report, 'left')).toBe(0);
  expect(sumOf(report, 'kills')).toBeGreaterThan(0);
});

test('no mix of faults loses anything, pulled or pushed, and neither does an earlier version on the same state', async () => {
  const { code, error, report } = await runFaults(
    ...[
      '--journey',
      'pull',
      '--journey',
      'push',
      '--fault',
      'mix',
      '--fault',
      'versions',
      '--seeds',
      '1',
      ...[...sampled, 'logs'].flatMap((name) => ['--connector', name]),
    ],
  );
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  const mixes = report.results.filter(({ fault }) => fault === 'mix');
  expect(mixes.map(({ attempts, connector }) => [connector, attempts]).sort()).toEqual(
    [...sampled, 'logs'].map((name) => [name, 1]).sort(),
  );
  expect(sumOf(report, 'kills')).toBeGreaterThan(0);
});

test('a backfill loses nothing under faults, and no two workers send the same slice', async () => {
  const faults = ['mix', 'two-starts', 'lease-lost'];
  const args = faults.flatMap((fault) => ['--fault', fault]);
  const { code, error, report } = await runFaults(
    ...['--journey', 'backfill', '--connector', 'initech-audit', '--seeds', '1', ...args],
  );
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(report.results.map(({ fault }) => fault).sort()).toEqual(
    faults.map((fault) => `backfill ${fault}`).sort(),
  );
  expect(sumOf(report, 'missing')).toBe(0);
});

test('with a vendor that is 45 minutes late nothing is missing or doubled; the baseline reader loses events', async () => {
  const args = ['--connector', 'initech-audit', '--journey', 'pull', '--fault', 'very-late-events'];
  const { code, error, report } = await runFaults(...args);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect([sumOf(report, 'missing'), sumOf(report, 'doubled')]).toEqual([0, 0]);
  expect(report.results.reduce((sum, { lostByBaseline }) => sum + lostByBaseline, 0)).toBeGreaterThan(10);
});

test('unsigned parts of a post change nothing, for every kind of push', async () => {
  const posted = ['logs', 'acme-webhooks', 'globex-webhooks'];
  const args = posted.flatMap((name) => ['--connector', name]).concat('--fault', 'unsigned-parts');
  const { code, error, report } = await runFaults(...args);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(new Set(report.results.map(({ connector }) => connector))).toEqual(new Set(posted));
  expect(sumOf(report, 'doubled')).toBeGreaterThan(100);
});

test('a lying workspace and a written secret are detected, with the command that reproduces it', async () => {
  const faults = ['--fault', 'lying-workspace', '--fault', 'common-secret'];
  const journeys = ['--journey', 'pull', '--journey', 'push'];
  const { code, report } = await runFaults(
    '--connector',
    'acme',
    '--connector',
    'logs',
    ...journeys,
    ...faults,
  );
  expect(code).toBe(1);
  const of = (connector: string, fault: string) =>
    report.results.find((result) => result.connector === connector && result.fault === fault);
  expect(of('acme', 'lying-workspace')).toMatchObject({
    missing: 10,
    failures: [
      {
        violations: expect.arrayContaining(['systemLog: 10 records are missing']),
        rerun: 'npm run faults -- --connector acme --journey pull --fault lying-workspace --seed 1',
      },
    ],
  });
  expect(of('logs', 'lying-workspace')).toMatchObject({ missing: 120 });
  expect(of('acme', 'common-secret')?.failures.flatMap(({ violations }) => violations)).toContain(
    'a secret is in blob /tributary/checkpoints/acme/default/systemLog.json',
  );
});

test('an unknown name is answered with the known ones', async () => {
  const { code, error } = await node(join(ROOT, 'test', 'faults', 'run.mjs'), '--connector', 'nobody');
  expect(code).toBe(2);
  expect(error).toMatch(/^There is no connector nobody\. Known: .*acme, acme\/systemLog, /);
});
