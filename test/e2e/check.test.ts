import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectorFolders } from '../../tools/cli/connector-folders';
import { checkContract } from '../../tools/check/contract';
import { checkFolders } from '../../tools/check/folder';
import { CHECKED, makeClone, type Clone } from './clone';

/* Each check runs the real tools on a clone with one connector and the files that its contract needs. */

let clone: Clone;
const edited = new Map<string, string>();

beforeAll(() => {
  clone = makeClone(CHECKED, ['acme']);
});
afterEach(() => {
  for (const [path, text] of edited) writeFileSync(path, text);
  edited.clear();
});
afterAll(() => clone.remove());

/** Changes a file of the connector as an author would, for one test. */
function edit(name: string, from: string, to: string): void {
  const path = join(clone.root, 'connectors/acme', name);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  if (!edited.has(path)) edited.set(path, text);
  writeFileSync(path, text.replace(from, to));
}

test('a connector that passes everything is ready', async () => {
  const { code, error, out } = await clone.tributary(['check', 'acme', '--seconds', '3']);
  expect({ code, out }).toEqual({ code: 0, out: 'acme: ready\n' });
  const [begins, ...steps] = error.trim().split('\n');
  expect(begins).toBe('Checking acme, with 3 s of faults …');
  const fine = (what: string): RegExp => new RegExp(`^  ${what} +\\d+\\.\\d s  fine$`);
  const names = ['contract', 'faults', 'folder, golden rows, README', 'format', 'types, lint'];
  expect(steps.sort()).toEqual(names.map((what): unknown => expect.stringMatching(fine(what))));
});

test('each problem is one line with file, line, cause and remedy', async () => {
  edit('index.ts', "title: 'Acme',", "title: 'Acme', // _Write here why_\n  wrong: 1 as any,");
  edit(
    'README.md',
    '## Limits\n',
    '*  one\n\n## Bounds\n\n- _Write here the rate limit._\n- A. _Write here how late._\n',
  );
  edit('fixtures/systemLog.rows.json', '"Severity": "INFO"', '"Severity": "WARN"');
  const { code, error, out } = await clone.tributary(['check', '--seconds', '0']);
  expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(/types, lint .* \d things?$/m) });
  const lines = out.trim().split('\n');
  expect(lines.at(-1)).toBe(`${lines.length - 1} things to correct`);
  expect(lines.slice(0, -1).filter((line) => !/^[\w./-]+:\d+ {2}.+ {2}→ .+$/.test(line))).toEqual([]);
  const about = (part: string): string => lines.find((line) => line.includes(part)) ?? '';
  expect(about('no-explicit-any')).toMatch(/^connectors\/acme\/index\.ts:\d+ /);
  expect(about("'wrong' does not exist")).toMatch(/^connectors\/acme\/index\.ts:\d+ .*\(TS2353\)/);
  expect(about('it is not formatted')).toContain('README.md:1  it is not formatted  → npx prettier --write');
  expect(about('its headings are')).toMatch(
    /^connectors\/acme\/README\.md:[1-9]\d+ .*use these, in this order/,
  );
  expect(about('the fixtures produce other rows')).toMatch(
    /rows\.json:\d+ .*Severity: "WARN" → "INFO".*replay acme --source systemLog --update/,
  );
  expect(about('a replay of the fixtures gives the golden rows')).toContain('npx jest test/contract/');
  expect(lines.filter((line) => line.includes('is not written yet'))).toEqual([
    expect.stringMatching(
      /^connectors\/acme\/README\.md:\d+ {2}.*_Write here the rate limit\._ {2}→ replace the placeholder/,
    ),
    expect.stringMatching(/^connectors\/acme\/README\.md:\d+ {2}.*_Write here how late\._/),
    expect.stringMatching(/^connectors\/acme\/index\.ts:\d+ {2}.*_Write here why_/),
  ]);
});

test('a folder that does not build is reported with file and line', async () => {
  edit('index.ts', 'export default', 'export defaul');
  const [first] = await checkFolders({
    root: clone.root,
    folders: connectorFolders(clone.root, []),
    isAll: true,
    seconds: 0,
  });
  expect(first).toMatchObject({
    file: 'connectors/acme/index.ts',
    remedy: expect.stringContaining('correct it'),
  });
  expect(first?.line).toBeGreaterThan(1);
});

test('tests that end the whole run are reported with the command that repeats them', async () => {
  const own = join(clone.root, 'connectors/acme/own.test.ts');
  writeFileSync(own, "test('ends', () => process.exit(3));\n");
  const folders = connectorFolders(clone.root, []);
  const scope = { root: clone.root, folders, isAll: true, seconds: 0 };
  const found = await checkContract(scope).finally(() => rmSync(own));
  expect(found).toEqual([
    {
      file: 'connectors/acme/',
      line: 1,
      what: expect.stringContaining('The tests ended before their results were written: '),
      remedy: 'npx jest test/contract/connectors.test.ts connectors/acme/',
    },
  ]);
});

test('an unknown folder is answered with the names of the existing ones', async () => {
  expect(await clone.tributary(['check', 'nothing'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('There is no connector nothing'),
  });
});
