import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT, makeClone, type Clone } from './clone';

/* The author's commands on a folder outside the tree that `new` wrote; the real tools check it. */

let clone: Clone;
let home: string;
/** The folder that holds the connector, and how the command line receives it. */
let logs: string;
let named: readonly string[];

beforeAll(async () => {
  clone = makeClone(BUILT, ['acme']);
  home = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-outside-')));
  logs = join(home, 'our logs');
  named = ['--connectors', logs];
  const { error } = await clone.tributary(
    ['new', 'umbrella', '--folder', logs].concat(['--auth', 'bearer', '--paging', 'cursor']),
  );
  expect(error).toBe('');
  const readme = readFileSync(at('README.md'), 'utf8');
  writeFileSync(at('README.md'), readme.replace(/_Write here ([^_]+)_/g, 'An author wrote $1'));
});
afterAll(() => {
  clone.remove();
  rmSync(home, { recursive: true, force: true });
});

const at = (...names: string[]): string => join(logs, 'umbrella', ...names);

/** The command's temporary folder. */
function temporary(): string {
  const folder = join(home, 'temporary');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The files that a command left there, and beside the clone's own `dist/`. */
const left = (): string[] => [
  ...readdirSync(temporary()).filter((name) => name.startsWith('tributary-staged-')),
  ...readdirSync(clone.root).filter((name) => name.startsWith('dist-')),
];

/** Writes a test of the connector's own. */
const writeOwnTest = (name: string): void =>
  writeFileSync(
    at('own.test.ts'),
    `import umbrella from '.';\n\ntest('it has a name', () => {\n  expect(umbrella.name).toBe('${name}');\n});\n`,
  );

/** Changes a file during an action, as an author would. */
async function edited<T>(name: string, from: string, to: string, work: () => Promise<T>): Promise<T> {
  const text = readFileSync(at(name), 'utf8');
  expect(text).toContain(from);
  writeFileSync(at(name), text.replace(from, to));
  return work().finally(() => writeFileSync(at(name), text));
}

test('try asks the simulated vendor', async () => {
  expect(readFileSync(at('index.ts'), 'utf8')).toContain("from 'tributary/shared'");
  const { code, error, out } = await clone.tributary(['try', 'umbrella', ...named]);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toMatch(/umbrella\/events.*simulated vendor/s);
});

test('replay --update writes golden rows, replay compares them, and the suggested commands name the folder', async () => {
  const rows = at('fixtures', 'events.rows.json');
  const before = readFileSync(rows, 'utf8');
  writeFileSync(rows, '[]');
  const differs = await clone.tributary(['replay', 'umbrella', ...named]);
  expect(differs).toMatchObject({ code: 1, error: '' });
  expect(differs.out).toContain(
    `npx tributary replay umbrella --connectors "${logs}" --source events --update`,
  );
  const written = await clone.tributary(['replay', 'umbrella', '--update'], { CONNECTORS_DIR: logs });
  expect(written).toMatchObject({ code: 0, error: '', out: expect.stringContaining(`written: ${rows}`) });
  expect(JSON.parse(readFileSync(rows, 'utf8'))).toEqual(JSON.parse(before));
  expect((await clone.tributary(['replay', 'umbrella', ...named])).code).toBe(0);
});

test('check ends in ready, including its own tests and ../../shared, and leaves nothing behind', async () => {
  writeOwnTest('umbrella');
  const ended = await edited('index.ts', 'tributary/shared', '../../shared', () =>
    clone.tributary(['check', 'umbrella', '--seconds', '3', ...named], { TMPDIR: temporary() }),
  );
  rmSync(at('own.test.ts'));
  expect(ended).toMatchObject({ code: 0, out: 'umbrella: ready\n' });
  expect(left()).toEqual([]);
});

test('a check that is stopped leaves neither its staging copy nor its build', async () => {
  const watched = watch(temporary());
  const laid = once(watched, 'change');
  const child = clone.start(['check', 'umbrella', ...named], { TMPDIR: temporary() });
  const closed = once(child, 'close');
  await laid;
  watched.close();
  child.kill('SIGINT');
  expect(await closed).toEqual([1, null]);
  expect(left()).toEqual([]);
});

/** Promises that nothing awaits, in each way that code may leave one. */
const FLOATING = [
  `const later = (): Promise<void> => Promise.reject(new Error('later'));`,
  `export function start(): void {`,
  `  later();`,
  `  void later();`,
  `  later().then(() => undefined);`,
  `  [1].forEach(async () => later());`,
  `  queueMicrotask(() => undefined);`,
  `  // eslint-disable-next-line @typescript-eslint/no-floating-promises`,
  `  later();`,
  `}`,
  `export const outside = (): unknown => [globalThis, new Date(), import('./index')];`,
];

test('each problem is reported with its own file and line, and a remedy that works there', async () => {
  writeOwnTest('another');
  writeFileSync(at('floating.ts'), `${FLOATING.join('\n')}\n`);
  const ended = await edited('index.ts', "name: 'umbrella',", "name: 'umbrella',\n  wrong: 1 as any,", () =>
    edited('README.md', '## Limits', '*  one\n\n## Bounds', () =>
      clone.tributary(['check', '--seconds', '0', ...named]),
    ),
  );
  rmSync(at('floating.ts'));
  rmSync(at('own.test.ts'));
  expect(ended).toMatchObject({ code: 1 });
  const lines = ended.out.trim().split('\n').slice(0, -1);
  expect(lines.filter((line) => !line.startsWith(`${logs}/umbrella/`))).toEqual([]);
  const about = (part: string): string => lines.find((line) => line.includes(part)) ?? '';
  const index = readFileSync(at('index.ts'), 'utf8').split('\n');
  const line = index.findIndex((text) => text.includes("name: 'umbrella',")) + 2;
  for (const what of ['no-explicit-any', "'wrong' does not exist"])
    expect(about(what)).toContain(`${logs}/umbrella/index.ts:${line}  `);
  const floating = (line: number, rule: string): unknown =>
    expect.stringMatching(new RegExp(`/umbrella/floating\\.ts:${line} .*${rule}`));
  for (const line of [3, 4, 5]) expect(lines).toContainEqual(floating(line, 'no-floating-promises'));
  expect(lines).toContainEqual(floating(6, 'no-misused-promises'));
  expect(lines).toContainEqual(floating(7, 'no-restricted-globals'));
  // A comment must not allow it.
  expect(lines).toContainEqual(floating(9, 'no-floating-promises'));
  expect(lines).toContainEqual(floating(11, 'no-restricted-globals'));
  expect(lines.filter((each) => /floating\.ts:11 .*no-restricted-syntax/.test(each))).toHaveLength(2);
  expect(about('its headings are')).toMatch(/README\.md:[1-9]\d+ /);
  expect(about('it is not formatted')).toContain(
    `npx prettier --config .prettierrc.json --write "${logs}/umbrella/README.md"`,
  );
  expect(about('it has a name')).toContain(
    `CONNECTORS_DIR="${logs}" npx jest "${logs}/umbrella/own.test.ts" -t`,
  );
  expect(about('every setting has help')).toContain(`CONNECTORS_DIR="${logs}" npx jest test/contract/`);
});

test.each([
  ['does not compile', 'index.ts', 'export default', 'export defaul', /index\.ts:4:8 {2}Unexpected/],
  ['imports a package', 'index.ts', 'tributary/shared', 'node:fs', /index\.ts:1:\d+ {2}It imports node:fs/],
])('try reports a folder that %s, with the place', async (_what, file, from, to, sentence) => {
  const { code, error } = await edited(file, from, to, () => clone.tributary(['try', 'umbrella', ...named]));
  expect(code).toBe(2);
  expect(error).toMatch(sentence);
  expect(error).toContain(`${logs}/umbrella/`);
});

test('a simulator that does not compile and a taken name are each answered with one clear sentence', async () => {
  writeFileSync(at('simulator.ts'), 'export default {\n  refuse(: 1,\n};\n');
  const broken = await clone.tributary(['try', 'umbrella', ...named]);
  rmSync(at('simulator.ts'));
  expect(broken).toMatchObject({
    code: 2,
    error: expect.stringContaining(`${logs}/umbrella/simulator.ts:2:`),
  });
  const more = join(home, 'more');
  mkdirSync(join(more, 'acme'), { recursive: true });
  const taken = await clone.tributary(['try', 'umbrella', ...named, '--connectors', more]);
  expect(taken).toMatchObject({
    code: 2,
    error: `Reading connectors: ${more}/acme has the same name as connectors/acme. Rename one of them.\n`,
  });
});
