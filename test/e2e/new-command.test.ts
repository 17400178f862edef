import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INVENTED } from './invented';

/* `tributary new` from the command line; the clone's own tools check its output. */

const ROOT = join(__dirname, '..', '..');
const FOLDER = join(ROOT, `.connectors-command-${process.pid}`);
const CHILD_MS = 60_000;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of the clone to its end, without a terminal. */
function node(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, words, { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
    child.stdin?.end();
  });
}

const tributaryNew = (...words: readonly string[]): Promise<Ended> =>
  node('tools/bin/tributary', 'new', ...words, '--folder', FOLDER);

const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`member_${i}`, i]));
const SAMPLE = [
  { ...wide, id: 'a', time: '2026-11-01T10:00:00Z', 'it’s': 'quoted', detail: { 'dotted.name': true } },
  { ...wide, id: 'b', time: '2026-11-01T11:00:00Z', text: 'x'.repeat(200), list: [1, 2], big: 12345678901 },
];

let written: readonly Ended[];

beforeAll(async () => {
  mkdirSync(FOLDER);
  writeFileSync(join(FOLDER, 'sample.json'), JSON.stringify(SAMPLE));
  written = await Promise.all([
    tributaryNew('acme-edr', '--auth', 'signature', '--title', 'Acme’s "EDR"'),
    tributaryNew(
      'acme-wide',
      '--sample',
      join(FOLDER, 'sample.json'),
      '--auth',
      'header',
      '--source',
      'alerts',
    ),
  ]);
  const files = filesWritten().filter((file) => file.endsWith('.ts'));
  const project = { extends: '../tsconfig.json', include: [], files };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(project));
}, CHILD_MS);

afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
});

test('a connector whose variables belong to another is not written, and the variable is named', async () => {
  const bin = join(INVENTED, 'tools/bin/tributary');
  const words = ['initech', '--path', '/{auditToken}/events', '--folder', FOLDER];
  const { code, output } = await node(bin, 'new', ...words);
  expect(output).toContain(
    'Writing initech: initech-audit and initech both derive the variable INITECH_AUDIT_TOKEN.',
  );
  expect(code).toBe(2);
  expect(readdirSync(FOLDER)).not.toContain('initech');
});

function filesWritten(): readonly string[] {
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath !== FOLDER)
    .map((entry) => join(entry.parentPath, entry.name));
}

test('it writes every file of a connector and prints the next three steps', () => {
  expect(written.map(({ code }) => code)).toEqual([0, 0]);
  expect(written[0]?.output).toMatch(
    /^1\. Compare .*^2\. npx tributary check acme-edr --connectors .*^3\. npm run build, set ACME_EDR_URL/ms,
  );
  expect(
    filesWritten()
      .map((file) => file.slice(FOLDER.length + 1))
      .sort(),
  ).toEqual([
    'acme-edr/README.md',
    'acme-edr/fixtures/events.rows.json',
    'acme-edr/fixtures/events/page-1.json',
    'acme-edr/fixtures/events/page-2.json',
    'acme-edr/index.ts',
    'acme-edr/sign.ts',
    'acme-edr/simulator.ts',
    'acme-edr/tables.ts',
    'acme-wide/README.md',
    'acme-wide/fixtures/alerts.rows.json',
    'acme-wide/fixtures/alerts/page-1.json',
    'acme-wide/fixtures/alerts/page-2.json',
    'acme-wide/index.ts',
    'acme-wide/tables.ts',
  ]);
});

test(
  'the written files compile',
  async () => {
    expect(await node('node_modules/typescript/bin/tsc', '--noEmit', '-p', FOLDER)).toEqual({
      code: 0,
      output: '',
    });
  },
  CHILD_MS,
);

test(
  'the written files pass ESLint',
  async () => {
    const { code, output } = await node(
      'node_modules/eslint/bin/eslint.js',
      '--no-ignore',
      '--max-warnings',
      '0',
      FOLDER,
    );
    expect({ code, output }).toMatchObject({ code: 0 });
  },
  CHILD_MS,
);

test(
  'the written files are formatted',
  async () => {
    const files = filesWritten().filter((file) => !file.endsWith('.rows.json'));
    const { code, output } = await node(
      'node_modules/prettier/bin/prettier.cjs',
      '--check',
      '--ignore-path',
      'none',
      ...files,
    );
    expect({ code, output }).toMatchObject({ code: 0 });
  },
  CHILD_MS,
);

test('an existing folder is never overwritten', async () => {
  const file = join(FOLDER, 'acme-edr', 'index.ts');
  const before = readFileSync(file, 'utf8');
  const again = await tributaryNew('acme-edr');
  expect(again).toMatchObject({ code: 2, output: expect.stringContaining('is not overwritten') });
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test.each([
  [['9lives'], 'start with a lower-case letter'],
  [['acme', '--limit', '1'], 'two or more'],
  [['acme', '--url', 'http://api.example.com'], 'https://'],
])('%j is refused with the reason', async (words, reason) => {
  const { code, output } = await tributaryNew(...words);
  expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(reason) });
});
