import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectorFolders } from '../../tools/connector-folders';
import { checkFolders } from '../../tools/check-folder';
import { CHECKED, makeClone, type Clone } from './clone';

/* Each check runs the real tools on a clone that holds one connector and what its contract needs. */

let clone: Clone;

beforeEach(() => {
  clone = makeClone(CHECKED);
  const connectors = join(clone.root, 'connectors');
  const others = readdirSync(connectors).filter((name) => !['okta', 'list.ts'].includes(name));
  for (const name of others) rmSync(join(connectors, name), { recursive: true });
});
afterEach(() => clone.remove());

/** Changes a file of the connector as an author would. */
function edit(name: string, from: string, to: string): void {
  const path = join(clone.root, 'connectors/okta', name);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

test('a connector that passes everything is ready', async () => {
  expect(await clone.tributary(['check', 'okta', '--seconds', '3'])).toEqual({
    code: 0,
    out: 'okta: ready\n',
    error: '',
  });
});

test('each thing that is wrong is one line: file, line, what, remedy', async () => {
  edit('index.ts', "title: 'Okta',", "title: 'Okta',\n  wrong: 1 as any,");
  edit('README.md', '## Limits', '*  one\n\n## Bounds');
  edit('fixtures/systemLog.rows.json', '"Severity": "INFO"', '"Severity": "WARN"');
  const { code, error, out } = await clone.tributary(['check', '--seconds', '0']);
  expect({ code, error }).toEqual({ code: 1, error: '' });
  const lines = out.trim().split('\n');
  expect(lines.at(-1)).toBe(`${lines.length - 1} things to correct`);
  expect(lines.slice(0, -1).filter((line) => !/^[\w./-]+:\d+ {2}.+ {2}→ .+$/.test(line))).toEqual([]);
  const about = (part: string): string => lines.find((line) => line.includes(part)) ?? '';
  expect(about('no-explicit-any')).toMatch(/^connectors\/okta\/index\.ts:\d+ /);
  expect(about("'wrong' does not exist")).toMatch(/^connectors\/okta\/index\.ts:\d+ .*\(TS2353\)/);
  expect(about('it is not formatted')).toContain('README.md:1  it is not formatted  → npx prettier --write');
  expect(about('its headings are')).toMatch(
    /^connectors\/okta\/README\.md:[1-9]\d+ .*have these, in this order/,
  );
  expect(about('the fixtures give other rows')).toMatch(
    /rows\.json:\d+ .*Severity: "WARN" → "INFO".*replay okta --source systemLog --update/,
  );
  expect(about('a replay of the fixtures gives the golden rows')).toContain('npx jest test/contract/');
});

test('a folder that does not build is told with file and line', async () => {
  edit('index.ts', 'export default', 'export defaul');
  const [first] = await checkFolders({
    root: clone.root,
    folders: connectorFolders(clone.root, []),
    isAll: true,
    seconds: 0,
  });
  expect(first).toMatchObject({
    file: 'connectors/okta/index.ts',
    remedy: expect.stringContaining('correct it'),
  });
  expect(first?.line).toBeGreaterThan(1);
});

test('an unknown folder is told by those that are there', async () => {
  expect(await clone.tributary(['check', 'nothing'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('There is no connector nothing'),
  });
});
