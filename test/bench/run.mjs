/**
 * The bench. It reports ratios of values that were measured in one run on the same data, each in its own process, with vendor
 * and collector in others. Prints each result as it is measured; `--json` prints one object at the end. `--quick` measures
 * less, `--only push,pushMinute` only these. It prints the machine, and never fails a test.
 */
import { fork, spawnSync } from 'node:child_process';
import { on, once } from 'node:events';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient } from '@azure/storage-blob';
import { build } from 'esbuild';
import { buildApp } from '../../tools/build/build.mjs';
import { argsOf } from '../../tools/build/script-args.mjs';
import { stopChild } from './stop-child.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { json, only = [], quick } = argsOf('bench');
/** Every measurement, in this order. */
const PARTS = {
  pull: ({ measure, common }) => measurePull(measure, common),
  sink: ({ measure }) => measureSink(measure),
  memory: ({ measure }) => measureMemory(measure),
  load: () => measureLoad(),
  push: ({ common }) => measurePush(common),
  pushMinute: ({ common }) => measurePushMinute(common),
  backfill: ({ common }) => measureBackfill(common),
  parsing: () => startWith('parsing-run', { bytes: quick ? 1e6 : 10e6, rounds: quick ? 1 : 3 }),
  file: ({ common }) => measureFile(common),
  blocks: ({ common }) => measureBlocks(common),
};
const chosen = only.flatMap((names) => names.split(','));
const unknown = chosen.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  console.error(`There is no part ${unknown}. Known: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(1);
}
/** Below node_modules, so that built files find packages. */
const out = join(root, 'node_modules', '.cache', 'tributary-bench');
const temporary = mkdtempSync(join(tmpdir(), 'tributary-bench-'));

await build({
  entryPoints: {
    ...Object.fromEntries(
      [
        'vendor',
        'collector',
        'measure',
        'azurite',
        'push-host',
        'push-load',
        'push-endpoint',
        'push-minute-run',
        'row-counter-run',
        'flatness',
        'parsing-run',
        'file-vendor',
        'file-run',
        'hostile-vendor',
        'blocks-run',
        'backfill',
        'backfill-environment',
      ].map((name) => [name, join(root, 'test', 'bench', `${name}.ts`)]),
    ),
    storage: join(root, 'local', 'storage', 'main.ts'),
    worker: join(root, 'local', 'host', 'worker', 'worker.ts'),
  },
  outdir: out,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  packages: 'external',
});

const children = [];
try {
  const vendor = await start('vendor');
  const collector = await start('collector');
  const azurite = await start('azurite', [join(out, 'storage.js'), join(temporary, 'storage')]);
  const trust = join(temporary, 'ca.pem');
  writeFileSync(trust, collector.certificate);
  const common = {
    vendor: vendor.url,
    collector: collector.url,
    collectorTls: collector.tlsUrl,
    storage: azurite.connectionString,
  };
  const measure = (kind, pages, more) => measureOnce({ kind, pages, ...common }, trust, more);

  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: process.platform,
  };
  show({ machine });
  const measured = await measureAll({ measure, common });
  if (json) console.log(JSON.stringify({ machine, ...measured }));
} finally {
  await Promise.all(children.map(stopChild));
  rmSync(temporary, { recursive: true, force: true });
}

/** Runs the measurements one after another; with `--only`, the named ones. */
async function measureAll(means) {
  const measured = {};
  for (const [name, measurePart] of Object.entries(PARTS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    measured[name] = await measurePart(means);
    show({ [name]: measured[name] });
  }
  return measured;
}

/** Prints a result, unless one object is printed at the end. */
function show(measured) {
  if (!json) console.log(readable(measured));
}

async function start(name, args = []) {
  const child = fork(join(out, `${name}.js`), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  const [ready] = await once(child, 'message');
  return ready;
}

/** Backfills: slices in parallel, and beside live collection. */
async function measureBackfill({ storage }) {
  return start('backfill', [join(out, 'backfill-environment.js'), storage, quick ? 'quick' : 'whole']);
}

/** A program that receives its input first. Its output before the result is printed. */
async function startWith(name, task, execArgv = []) {
  const child = fork(join(out, `${name}.js`), {
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  child.send(task);
  for await (const [message] of on(child, 'message', { close: ['exit'] })) {
    if (!('soFar' in message)) return message;
    show(message.soFar);
  }
  throw new Error(`measuring ${name}: the process ended without a result`);
}

async function measureOnce(task, trust, { gc = false } = {}) {
  const child = fork(join(out, 'measure.js'), [], {
    execArgv: gc ? ['--expose-gc'] : [],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trust },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(task);
  const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])]);
  if (answer === undefined) throw new Error(`measuring ${task.kind}: the process ended without a result`);
  return { ...answer, perSecond: (answer.events / answer.ms) * 1_000 };
}

/** Alternates the rounds of all candidates, so that other load on the machine affects all alike; the median of each. */
async function inTurn(kinds, rounds, measure) {
  const speeds = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) speeds[kind].push((await measure(kind)).perSecond);
  }
  return Object.fromEntries(kinds.map((kind) => [kind, median(speeds[kind])]));
}

async function measurePull(measure, common) {
  const kinds = ['bare', 'pull', 'pull-stored', 'bare-without-rows'];
  const speed = await inTurn(kinds, quick ? 1 : 5, (kind) => measure(kind, quick ? 30 : 100));
  const python = measurePython(common);
  return {
    vsBare: ratio(speed.pull, speed.bare),
    vsBareStored: ratio(speed['pull-stored'], speed.bare),
    eventsPerSecond: { ...rounded(speed), ...(python === undefined ? {} : { python }) },
  };
}

async function measureSink(measure) {
  const speed = await inTurn(['sink', 'sdk'], quick ? 1 : 5, (kind) => measure(kind, quick ? 20 : 60));
  return { vsSdk: ratio(speed.sink, speed.sdk), rowsPerSecond: rounded(speed) };
}

/** Medians, because the growth of a process's memory depends on when its garbage collection runs. */
async function measureMemory(measure) {
  const [few, many] = quick ? [20, 100] : [100, 1_000];
  const seen = { pull: { few: [], many: [] }, bare: { few: [], many: [] } };
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const [kind, sizes] of Object.entries(seen)) {
      sizes.few.push(await measure(kind, few, { gc: true }));
      sizes.many.push(await measure(kind, many, { gc: true }));
    }
  }
  const middle = (kind, size, member) => median(seen[kind][size].map((measured) => measured[member]));
  const growth = (kind) => middle(kind, 'many', 'maxRssBytes') / middle(kind, 'few', 'maxRssBytes');
  return {
    'pull.rssGrowthVsBare': ratio(growth('pull'), growth('bare')),
    peakRssMb: Math.round(Math.max(...seen.pull.many.map(({ maxRssBytes }) => maxRssBytes)) / 1e6),
    barePeakRssMb: Math.round(Math.max(...seen.bare.many.map(({ maxRssBytes }) => maxRssBytes)) / 1e6),
    heapAfterGcManyOverFew: ratio(middle('pull', 'many', 'heapBytes'), middle('pull', 'few', 'heapBytes')),
  };
}

/** Loads the bundle with all connectors by a bare `require`, compared with an empty app of the same library. */
async function measureLoad() {
  const bundle = join(temporary, 'app', 'dist', 'app.js');
  await buildApp({ outfile: bundle });
  const empty = join(temporary, 'empty.js');
  await build({
    stdin: {
      contents:
        "import { app } from '@azure/functions'; app.timer('empty', { schedule: '0 0 0 1 1 *', handler: () => {} });",
      resolveDir: root,
    },
    outfile: empty,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minify: true,
    external: ['@azure/functions-core'],
  });
  const time = (file) => median(Array.from({ length: quick ? 3 : 9 }, () => loadMs(file)));
  const [ours, none] = [time(bundle), time(empty)];
  return { ms: Math.round(ours), emptyMs: Math.round(none), kB: Math.round(statSync(bundle).size / 1_000) };
}

function loadMs(file) {
  const script = `const t = performance.now(); require(${JSON.stringify(file)}); console.error(performance.now() - t)`;
  const { stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  return Number(stderr.trim().split('\n').at(-1));
}

/**
 * Sends signed posts of 100 records to `/api/logs` on Azurite, in turns with the same posts to an empty function of the same
 * app; and directly to the app's endpoint, without the host. Nothing is delivered meanwhile, because delivery is another
 * function, for which Azure may use another instance.
 */
async function measurePush({ storage }) {
  const [workspaceId, key] = ['00000000-0000-4000-8000-000000000001', 'dGhlIGtleSBvZiB0aGUgYmVuY2g='];
  const bundle = join(temporary, 'push', 'dist', 'app.js');
  await buildApp({ outfile: bundle });
  const entry = join(temporary, 'push', 'dist', 'with-echo.js');
  const echo = `require('./app.js'); const { app } = require('@azure/functions');
    app.http('echo', { methods: ['POST'], authLevel: 'anonymous', handler: () => ({ status: 200 }) });`;
  await build({
    stdin: { contents: echo, resolveDir: root },
    outfile: entry,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@azure/functions-core', './app.js'],
  });
  const host = await startWith('push-host', {
    entry,
    worker: join(out, 'worker.js'),
    hostJson: join(root, 'host.json'),
    storage,
    environment: {
      AzureWebJobsStorage: storage,
      PUSH_KEYS: JSON.stringify({ [workspaceId]: [key] }),
      'AzureWebJobs.deliver.Disabled': 'true',
      'AzureWebJobs.sweep.Disabled': 'true',
    },
  });
  const load = (path) =>
    startWith('push-load', { url: host.url + path, seconds: quick ? 3 : 20, atOnce: 64, workspaceId, key });
  const hostJsonFile = join(root, 'host.json');
  const posts = quick ? 3_000 : 15_000;
  const endpoint = () =>
    startWith('push-endpoint', { storage, posts, atOnce: 64, workspaceId, key, hostJsonFile });
  const rounds = [];
  for (let round = 0; round < (quick ? 1 : 3); round++)
    rounds.push({
      echo: await load('/api/echo'),
      push: await load('/api/logs?api-version=2016-04-01'),
      endpoint: await endpoint(),
    });
  const of = (kind, what) => median(rounds.map((round) => round[kind][what]));
  const refused = rounds.reduce((sum, { push }) => sum + push.refused, 0);
  if (refused > 0) throw new Error(`measuring push: ${refused} posts were refused`);
  return {
    vsEcho: ratio(of('push', 'perSecond'), of('echo', 'perSecond')),
    postsPerSecond: Math.round(of('push', 'perSecond')),
    echoesPerSecond: Math.round(of('echo', 'perSecond')),
    p50Ms: Math.round(of('push', 'p50Ms')),
    p99Ms: Math.round(of('push', 'p99Ms')),
    doorPostsPerSecond: Math.round(of('endpoint', 'perSecond')),
    doorCpuMsPerPost: Math.round(of('endpoint', 'cpuMsPerPost') * 1_000) / 1_000,
  };
}

/**
 * Sends posts of 100 records directly to the app's endpoint for a minute, while the same process delivers them to a workspace
 * that counts rows; then delivers the rest. Everything answered with 200 must arrive, and memory must stay flat.
 */
async function measurePushMinute({ storage }) {
  const counter = await start('row-counter-run');
  const before = { workspaceId: '00000000-0000-4000-8000-000000000001', key: 'dGhlIGtleSBvZiB0aGUgYmVuY2g=' };
  // The undelivered posts of measurePush.
  await BlobServiceClient.fromConnectionString(storage).getContainerClient('tributary').deleteIfExists();
  const task = {
    ...before,
    storage,
    collector: counter.url,
    dcrImmutableId: 'dcr-00000000000000000000000000000001',
    seconds: quick ? 8 : 60,
    atOnce: 64,
    hostJsonFile: join(root, 'host.json'),
  };
  const minute = await startWith('push-minute-run', task, ['--expose-gc']);
  const child = children.find(({ spawnargs }) => spawnargs.includes(join(out, 'row-counter-run.js')));
  child.send('rows');
  const [{ rows }] = await once(child, 'message');
  const { judgeFlatness } = createRequire(import.meta.url)(join(out, 'flatness.js'));
  const flat = judgeFlatness(minute.samples, { heapBytes: Infinity, handles: Infinity, blobs: Infinity });
  return {
    posts: minute.posts,
    askedToComeBack: minute.refused,
    postsPerSecond: Math.round(minute.posts / minute.seconds),
    rowsMissing: minute.records - rows,
    deliveredRowsPerSecond: Math.round(rows / (minute.seconds + minute.drainedSeconds)),
    drainedSeconds: Math.round(minute.drainedSeconds),
    heapGrowthMb: Math.round(flat.heapGrowthBytes / 1e5) / 10,
    heapMb: Math.round(minute.samples.at(-1).heapBytes / 1e5) / 10,
  };
}

/** One answer of 1.2 million lines in 80 MB of gzip, streamed into a workspace, over `zcat | wc -l` of the same file. */
async function measureFile({ collector, storage }) {
  const file = join(temporary, 'requests.ndjson.gz');
  const vendor = await start('file-vendor', [file, String(quick ? 60_000 : 1_200_000)]);
  const { events, maxRssBytes, ms } = await startWith('file-run', { ...vendor, collector, storage });
  const beganMs = Date.now();
  const { stdout } = spawnSync('sh', ['-c', 'zcat "$0" | wc -l', file], { encoding: 'utf8' });
  const zcatMs = Date.now() - beganMs;
  return {
    vsZcat: ratio(events / ms, Number(stdout) / zcatMs),
    rowsMissing: Number(stdout) - events,
    rowsPerSecond: Math.round((events / ms) * 1_000),
    zcatRowsPerSecond: Math.round((Number(stdout) / zcatMs) * 1_000),
    fileMb: Math.round(statSync(file).size / 1e6),
    peakRssMb: Math.round(maxRssBytes / 1e6),
  };
}

/**
 * Sends large bodies, ordinary and hostile ones, on every way in: the longest turn of the event loop, in processor time, so
 * that both sizes are measured at once; then the wait of a small post beside a large one.
 */
async function measureBlocks({ storage }) {
  // Many records of bounded size: more bytes mean more records, but no longer turn of the event loop.
  const ofMany = ['17-digit ids', 'members of few records', 'nesting 90 deep', 'empty records'];
  // One large value, or as many records as a body can have.
  const ofOne = [
    ...['ordinary records', 'one long integer', '17-digit integers', 'members of one record', 'deep nesting'],
    ...['one string', 'a string of escapes', 'a string of codes', 'strings in one record', 'small records'],
    ...['one long name', 'names of 64 KB', 'names of 17 KB', 'names of 1 KB to be rewritten'],
    ...['names of 280 characters', 'many members behind one long name', 'members of nested objects'],
  ];
  const vendor = await start('hostile-vendor');
  const counter = await start('row-counter-run');
  const common = {
    storage,
    vendor: vendor.url,
    collector: counter.url,
    hostJsonFile: join(root, 'host.json'),
  };
  const sizes = quick ? { 1e6: [...ofMany, ...ofOne] } : { 10e6: [...ofMany, ...ofOne], 29e6: ofOne };
  const measured = Object.entries(sizes).map(async ([size, shapes]) => {
    const bytes = Number(size);
    const { longestMs, parseMs } = await startWith('blocks-run', { ...common, bytes, shapes });
    const all = Object.values(longestMs).flatMap((ways) => Object.values(ways));
    const any = Math.max(...all);
    const ofOneParse = Math.round((100 * any) / parseMs) / 100;
    return [`${bytes / 1e6} MB`, { parseMs, ofOneParse, longestMs: { any, ...(json ? longestMs : {}) } }];
  });
  const blocks = Object.fromEntries(await Promise.all(measured));
  const bytes = Math.max(...Object.keys(sizes).map(Number));
  return { ...blocks, smallPost: await startWith('blocks-run', { ...common, bytes }) };
}

/** A Python loop in the style of Sentinel's function apps; needs Python 3 with `requests`. */
function measurePython(common) {
  if (spawnSync('python3', ['-c', 'import requests']).status !== 0) return undefined;
  const args = [
    join(root, 'test', 'bench', 'loop.py'),
    common.vendor,
    common.collector,
    String(quick ? 30 : 100),
  ];
  const { stdout } = spawnSync('python3', args, { encoding: 'utf8' });
  const { events, ms } = JSON.parse(stdout);
  return Math.round((events / ms) * 1_000);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function ratio(a, b) {
  return Math.round((a / b) * 1_000) / 1_000;
}

function rounded(speeds) {
  return Object.fromEntries(Object.entries(speeds).map(([name, speed]) => [name, Math.round(speed)]));
}

function readable(report) {
  const lines = [];
  const walk = (value, path) => {
    if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value)) walk(member, path === '' ? key : `${path}.${key}`);
    else lines.push(`${path.padEnd(42)} ${value}`);
  };
  walk(report, '');
  return lines.join('\n');
}
