import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INVENTED } from './invented';
import { openWorkspace, closeWorkspaces } from '../local/workspace-client';

/* The command line's answers to a new user. */

const ROOT = join(__dirname, '..', '..');
const data = mkdtempSync(join(tmpdir(), 'tributary-words-'));
beforeAll(async () => {
  await openWorkspace({ databaseFile: join(data, 'workspace.duckdb') });
  await closeWorkspaces();
});
afterAll(() => rmSync(data, { recursive: true, force: true }));
afterAll(closeWorkspaces);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

function run(file: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(file, words, { cwd: ROOT, env: { ...process.env, ...more } }, (_, out, error) =>
      done({ code: child.exitCode ?? 1, out, error }),
    );
  });
}
const BIN = join(INVENTED, 'tools', 'bin', 'tributary');
const tributary = (...words: string[]): Promise<Ended> => run(process.execPath, [BIN, ...words]);

test('--version and version print the version', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  for (const word of ['--version', 'version'])
    expect(await tributary(word)).toEqual({ code: 0, out: `${version}\n`, error: '' });
});

test.each([
  [['statr'], 'Did you mean one of start, state?'],
  [['state', 'lst'], 'Did you mean list?'],
  [['run', 'ACME'], 'There is no connector ACME. Did you mean acme?'],
  [['run', 'acme', '--jsn'], 'Did you mean --json?'],
  [['help', 'stat'], 'There is no command stat. Did you mean one of start, state? Known: start, func, '],
  [['state', 'help', 'lst'], 'There is no command lst. Did you mean list? Known: list, show, '],
  [['backfill', 'acme/systemLog'], 'Say from when to read acme/systemLog again: --from 7d.\n'],
  [['backfill', 'lst'], '--from 7d. Did you mean list?'],
  [['check', 'amce'], 'connectors. Did you mean acme? Known: '],
  [['replay', 'acme', '--source', 'sytemLog'], 'Did you mean systemLog? Its sources: systemLog.'],
])('%j is answered in three lines', async (words, said) => {
  const { code, error, out } = await tributary(...words);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toContain(said);
  expect(error.trim().split('\n').length).toBeLessThanOrEqual(3);
});

test('npm start without the -- that npm needs prints the right command, and starts nothing', async () => {
  const { code, error, out } = await run('npm', ['start', '--silent', '--port', '1']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toContain('npm kept --port for itself. Write: npm start -- --port 1\n');
});

test.each([
  [{ npm_config_port: '7072' }, [], 'npm start -- --port 7072'],
  [{ npm_config_data: 'true', npm_config_once: 'true' }, ['x'], 'npm start -- --data x --once'],
  [{ npm_config_simulators: '' }, [], 'npm start -- --no-simulators'],
  [{ npm_config_fresh: 'false', npm_config_json: 'true' }, [], 'npm start -- --json'],
])('where npm kept %j and passed on %j the message says to write %s', async (env, words, said) => {
  const ended = await run(process.execPath, [BIN, 'start', ...words], {
    npm_lifecycle_event: 'start',
    ...env,
  });
  expect(ended).toEqual({ code: 2, out: '', error: expect.stringMatching(`Write: ${said}\n$`) });
});

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** The scripts without arguments, and those that npm runs by itself. */
const WORDLESS = ['prepare', 'format', 'format:write'];
const TAKE_WORDS = Object.entries(scripts).filter(([name]) => !/^pre/.test(name) && !WORDLESS.includes(name));

type Kinds = Readonly<Record<string, 'value' | 'values' | 'flag' | 'not'>>;
async function wordsOf(script: string): Promise<Kinds> {
  const { SCRIPTS } = (await import(join(ROOT, 'tools', 'build', 'script-options.mjs'))) as {
    readonly SCRIPTS: Readonly<Record<string, Kinds>>;
  };
  return SCRIPTS[script] ?? {};
}

test.each(TAKE_WORDS)(
  'npm run %s (%s) names the option that npm kept, and does nothing else',
  async (name, line) => {
    const [[word, kind] = ['', '']] = Object.entries(await wordsOf(name));
    // npm runs the `pre` script first, with the same variables.
    const before = scripts[`pre${name}`];
    const [, ...words] = (before ?? line).split(' ');
    const { code, error, out } = await run(process.execPath, words, {
      npm_lifecycle_event: before === undefined ? name : `pre${name}`,
      [`npm_config_${word.toLowerCase()}`]: kind === 'flag' ? 'true' : 'X',
    });
    const written = ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`;
    const option = kind === 'flag' ? `--${word}` : `--${word} X`;
    expect({ isRefused: code !== 0, out, error }).toEqual({
      isRefused: true,
      out: '',
      error: `npm kept --${word} for itself. Write: ${written} -- ${option}\n`,
    });
  },
);

test('the options listed for npm’s check are all options that the programs take', async () => {
  const optionsIn = (text = ''): string[] =>
    [...new Set([...text.matchAll(/--(?:no-)?([a-z]+)/g)].map(([, name = '']) => name))].sort();
  const commands = readFileSync(join(ROOT, 'docs/reference/commands.md'), 'utf8').split(/^## /m);
  const start = optionsIn(commands.find((section) => section.startsWith('start\n')));
  expect(Object.keys(await wordsOf('start')).sort()).toEqual(start.filter((name) => name !== 'help'));
  const harness = readFileSync(join(ROOT, 'test/faults/main.ts'), 'utf8').match(/'--[a-z]+/g) ?? [];
  expect(Object.keys(await wordsOf('faults')).sort()).toEqual(optionsIn(harness.join(' ')));
});

test.each([
  [
    'build',
    'tools/build/build.mjs',
    { npm_config_connectors: 'X' },
    [],
    'Write: npm run build -- --connectors X',
  ],
  [
    'prefunc',
    'tools/build/build.mjs',
    { npm_config_inspect: 'true' },
    [],
    'Write: npm run func -- --inspect',
  ],
  [
    'package',
    'tools/build/package.mjs',
    { npm_config_out: 'true' },
    ['Y'],
    'Write: npm run package -- --out Y',
  ],
  [
    'build',
    'tools/build/build.mjs',
    {},
    ['--connector', 'X'],
    "Unknown option '--connector'. It takes --connectors <",
  ],
  ['watch', 'tools/build/build.mjs', {}, ['--watc'], "Unknown option '--watc'. It takes "],
  ['package', 'tools/build/package.mjs', {}, ['Y'], "Unexpected argument 'Y'. It takes --out <out>, "],
  ['bench', 'test/bench/run.mjs', { npm_config_quick: 'true' }, ['x'], 'Write: npm run bench -- --quick'],
  ['bench', 'test/bench/run.mjs', {}, ['--quik'], "Unknown option '--quik'. It takes --json, --quick, "],
  [
    'bench',
    'test/bench/run.mjs',
    {},
    ['--only', 'lod'],
    'There is no part lod. Known: pull, sink, memory, load, ',
  ],
  ['soak', 'test/bench/soak.mjs', {}, ['--shrt'], "Unknown option '--shrt'. It takes "],
])('npm run %s (%s) with %j and %j only prints %s', async (script, file, env, words, said) => {
  const ended = await run(process.execPath, [join(ROOT, file), ...words], {
    npm_lifecycle_event: script,
    ...env,
  });
  expect(ended).toEqual({ code: 1, out: '', error: expect.stringContaining(said) });
});

test.each([['build.mjs'], ['package.mjs']])(
  'without the development dependencies %s says what to run',
  async (file) => {
    const root = mkdtempSync(join(tmpdir(), 'tributary-no-dev-'));
    cpSync(join(ROOT, 'tools', 'build'), join(root, 'tools', 'build'), { recursive: true });
    mkdirSync(join(root, 'functions'));
    const ended = await run(process.execPath, [join(root, 'tools', 'build', file)]);
    rmSync(root, { recursive: true });
    const error = expect.stringContaining(
      'the development dependencies are not installed. Run "npm ci" first.',
    );
    expect(ended).toEqual({ code: 1, out: '', error });
  },
);

test.each([[['--prot', '3']], [['--port', 'abc']], [['acmea']]])(
  'start %j is refused before anything starts',
  async (words) => {
    expect(await tributary('start', ...words)).toMatchObject({ code: 2, out: '' });
  },
);

test('Ctrl-C works from the first printed line on, while everything still loads', async () => {
  const child = spawn(process.execPath, [BIN, 'start', '--port', '0', '--data', data], { cwd: ROOT });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (out === '') child.kill('SIGINT');
    out += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, out }).toEqual({
    code: 0,
    out: expect.stringMatching(/^Tributary is starting …\nStopping …\n/),
  });
});

test.each([
  [
    'options that are passed directly',
    { npm_lifecycle_event: 'start', npm_config_port: '7072' },
    ['--port', '7072'],
  ],
  ['another script', { npm_lifecycle_event: 'test', npm_config_port: '7072' }, []],
])('the check for options that npm kept ignores %s', async (_, env, words) => {
  const ended = await run(process.execPath, [BIN, 'start', ...words, '--help'], env);
  expect(ended).toMatchObject({ code: 0, error: '' });
});

test.each([
  ['Sample_CL | take 5', 'SELECT * FROM Sample_CL LIMIT 5'],
  ['Sample_CL', 'SELECT * FROM Sample_CL LIMIT 10'],
  ['Sample_CL\n| where Text == "a"\n| count', 'SELECT * FROM Sample_CL LIMIT 10'],
  ['// the newest\nlet n = 5;\nSample_CL | evaluate bag_unpack(Text)', 'SELECT * FROM Sample_CL LIMIT 10'],
  ['Sample_CL | count', 'SELECT count(*) FROM Sample_CL'],
])('a KQL query, %j, is answered with how it begins in SQL, and that SQL works', async (kql, sql) => {
  const workspace = await openWorkspace();
  const { code, error } = await tributary('query', kql, '--data', data);
  expect({ code, error }).toEqual({
    code: 1,
    error: expect.stringMatching(/^.*\nThis looks like KQL\. .*\n$/),
  });
  const said = error.slice(error.indexOf('SELECT')).trim();
  expect(said).toBe(sql);
  expect(await workspace.query(said)).toBeDefined();
});

test.each([
  ['select', /^(?![^]*KQL)/],
  [
    'SELECT 1 WHERE now() > ago(1d)',
    /\nago\(\) is KQL\. In SQL, one day ago is: now\(\) - INTERVAL 1 DAY\n$/,
  ],
])('a SQL query with KQL, %j, is answered with the part that is not SQL', async (sql, said) => {
  const { code, error } = await tributary('query', sql, '--data', data);
  expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(said) });
});

test('a KQL query that begins with no table is answered with: this is SQL', async () => {
  const { error } = await tributary('query', 'search "ada"', '--data', data);
  expect(error).toContain('The local workspace runs SQL: SELECT * FROM <table> LIMIT 10\n');
});

test.each(['SELECT * FROM nothing', "SELECT 'a' || | 'b'", '-- all\nSELECT * FRM nothing'])(
  'wrong SQL is not mistaken for KQL: %j',
  async (sql) => {
    const { error } = await tributary('query', sql, '--data', data);
    expect(error).not.toContain('KQL');
  },
);
