import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { folders } from '../../connectors/list';
import type { Report } from './report';
import { loadConnectors } from '../../shared/load';

/* The short form of the rig. What it prints names the command that tries a failure again. */

const ROOT = join(__dirname, '..', '..');
const { connectors } = loadConnectors(folders());
const pulled = connectors.filter(({ sources }) =>
  Object.values(sources).some(({ pull }) => pull !== undefined),
);
/** How many mixes each connector meets here; `npm run faults` tries more. */
const MIXES = 1;

interface Proof {
  readonly code: number | null;
  readonly error: string;
  readonly report: Report;
}

async function prove(...words: readonly string[]): Promise<Proof> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'test', 'faults', 'run.mjs'), '--json', '--seed', '1', ...words],
    {
      cwd: ROOT,
    },
  );
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, error, report: JSON.parse(out === '' ? '{}' : out) as Report };
}

const failuresIn = ({ results }: Report) => results.flatMap(({ failures }) => failures);
const sumOf = ({ results }: Report, of: 'missing' | 'doubled' | 'left' | 'kills' | 'attempts'): number =>
  results.reduce((sum, result) => sum + result[of], 0);

test('a process killed at every crossing of a door loses nothing, and doubles a page at most', async () => {
  const fewest = [...pulled].sort((a, b) => Object.keys(a.sources).length - Object.keys(b.sources).length)[0];
  const { code, error, report } = await prove(
    '--connector',
    fewest?.name ?? '',
    '--journey',
    'pull',
    '--fault',
    'crash',
  );
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(sumOf(report, 'missing')).toBe(0);
  expect(sumOf(report, 'doubled')).toBeGreaterThan(0);
  expect(sumOf(report, 'left')).toBe(0);
  expect(sumOf(report, 'kills')).toBeGreaterThan(40);
});

test('of what is pushed nothing is lost, whatever is killed; queues may do what they like, and the workspace be away for hours', async () => {
  const faults = ['crash', 'workspace-away', 'messages-lost', 'messages-repeated'];
  const words = ['--connector', 'logs', '--seconds', '40', ...faults.flatMap((name) => ['--fault', name])];
  const { code, error, report } = await prove(...words);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(report.results.map(({ fault }) => fault).sort()).toEqual([...faults].sort());
  expect(sumOf(report, 'missing')).toBe(0);
  expect(sumOf(report, 'left')).toBe(0);
  expect(sumOf(report, 'kills')).toBeGreaterThan(5);
});

test('no mix of faults loses anything, of any connector or of what is pushed; nor does a version before this one on the same state', async () => {
  const { code, error, report } = await prove(
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
      String(MIXES),
    ],
  );
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  const mixes = report.results.filter(({ fault }) => fault === 'mix');
  expect(mixes.map(({ attempts, connector }) => [connector, attempts]).sort()).toEqual(
    [...pulled.map(({ name }) => name), 'logs'].map((name) => [name, MIXES]).sort(),
  );
  expect(sumOf(report, 'kills')).toBeGreaterThan(0);
});

test('a backfill loses nothing under what breaks, and none of it is sent by two workers', async () => {
  const faults = ['calm', 'mix', 'two-starts', 'lease-lost', 'messages-lost', 'extreme-numbers'];
  const words = faults.flatMap((fault) => ['--fault', fault]);
  const { code, error, report } = await prove(
    ...['--journey', 'backfill', '--connector', 'github-audit', '--seeds', '2', ...words],
  );
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect(report.results.map(({ fault }) => fault).sort()).toEqual(
    faults.map((fault) => `backfill ${fault}`).sort(),
  );
  expect(sumOf(report, 'missing')).toBe(0);
});

test('of a vendor that is 45 minutes late nothing is missing and nothing comes twice; the common rule loses some', async () => {
  const words = ['--connector', 'github-audit', '--journey', 'pull', '--fault', 'very-late-events'];
  const { code, error, report } = await prove(...words);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  expect([sumOf(report, 'missing'), sumOf(report, 'doubled')]).toEqual([0, 0]);
  expect(report.results.reduce((sum, { lostByPeers }) => sum + lostByPeers, 0)).toBeGreaterThan(10);
});

test('what no signature covers decides nothing, of whatever is pushed', async () => {
  const words = ['--journey', 'push', '--journey', 'hooks', '--fault', 'unsigned-parts'];
  const { code, error, report } = await prove(...words);
  expect({ code, error, failures: failuresIn(report) }).toEqual({ code: 0, error: '', failures: [] });
  const posted = connectors.filter(({ sources }) =>
    Object.values(sources).some(({ receive }) => receive !== undefined),
  );
  expect(new Set(report.results.map(({ connector }) => connector))).toEqual(
    new Set([...posted.map(({ name }) => name), 'logs']),
  );
  expect(sumOf(report, 'doubled')).toBeGreaterThan(100);
});

test('a workspace that lies is seen, with the command that shows it again', async () => {
  const { code, report } = await prove(
    '--connector',
    'okta',
    '--journey',
    'pull',
    '--fault',
    'lying-workspace',
  );
  expect(code).toBe(1);
  expect(report.results).toMatchObject([{ connector: 'okta', missing: 10 }]);
  expect(failuresIn(report)).toMatchObject([
    {
      broken: expect.arrayContaining(['systemLog: 10 records are missing']),
      again: 'npm run faults -- --connector okta --journey pull --fault lying-workspace --seed 1',
    },
  ]);
});

test('and so it is of what is pushed', async () => {
  const { code, report } = await prove('--connector', 'logs', '--fault', 'lying-workspace');
  expect(code).toBe(1);
  expect(report.results).toMatchObject([{ connector: 'logs', missing: 120 }]);
});

test('a secret that is written is seen', async () => {
  const { report } = await prove('--connector', 'okta', '--journey', 'pull', '--fault', 'common-secret');
  const broken = failuresIn(report).flatMap((failure) => failure.broken);
  expect(broken).toContain('a secret stands in blob /tributary/checkpoints/okta/default/systemLog.json');
});

test('what is not known is said with what is', async () => {
  const { code, error } = await prove('--connector', 'nobody');
  expect(code).toBe(2);
  expect(error).toContain('There is no connector nobody. Known: duo, duo/');
});
