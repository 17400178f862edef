import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeSample } from '../fixtures/outside-sample';
import { BUILT, makeClone, type Clone } from './clone';

/* The author's commands on the sample connector in code, outside the tree. Its simulator.ts plays the vendor. */

let clone: Clone;
let home: string;
let named: readonly string[];

beforeAll(() => {
  clone = makeClone(BUILT, ['acme']);
  home = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-in-code-')));
  writeSample(home);
  named = ['--connectors', home];
});
afterAll(() => {
  clone.remove();
  rmSync(home, { recursive: true, force: true });
});

const at = (...names: string[]): string => join(home, 'acme-export', ...names);

test('try asks the simulated vendor, and follows the export to its end', async () => {
  const { code, error, out } = await clone.tributary(['try', 'acme-export', ...named]);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toMatch(/acme-export\/logins.*simulated vendor/s);
  expect(out).toMatch(/acme-export\/reports.*simulated vendor/s);
});

test('try continues to the first page with records: an export is saved before it is prepared', async () => {
  const index = readFileSync(at('index.ts'), 'utf8');
  const begun = index.replace(
    /(async \*pull\([^\n]*\{\n)/g,
    `$1yield { records: [], checkpoint: { job: 1 } };\n`,
  );
  expect(begun).not.toBe(index);
  writeFileSync(at('index.ts'), begun);
  const { out } = await clone.tributary(['try', 'acme-export', ...named]);
  writeFileSync(at('index.ts'), index);
  expect(out).not.toMatch(/records +0 on this page/);
  expect(out).toMatch(/acme-export\/logins.*records +[1-9]\d* on this page/s);
});

test('try names a simulator.ts that throws while it loads', async () => {
  const simulator = readFileSync(at('simulator.ts'), 'utf8');
  writeFileSync(at('simulator.ts'), `${simulator}\nthrow new TypeError('no such thing');\n`);
  const { code, error } = await clone.tributary(['try', 'acme-export', ...named]);
  writeFileSync(at('simulator.ts'), simulator);
  expect(code).not.toBe(0);
  expect(error).toMatch(/acme-export\/simulator\.ts: loading it: no such thing\.\n$/);
});

test('an unhandled promise rejection fails its source in try, and only that source in run', async () => {
  const index = readFileSync(at('index.ts'), 'utf8');
  const [before = '', ...after] = index.split(/(?<=async \*pull\([^\n]*\{\n)/);
  expect(after).toHaveLength(2);
  const stray = `void Promise.reject(new Error('left behind'));\nawait new Promise((done) => setTimeout(done, 50));\n`;
  writeFileSync(at('index.ts'), [before, stray, ...after].join(''));
  const data = join(home, '..', `${basename(home)}-data`);
  const tried = await clone.tributary(['try', 'acme-export', ...named]);
  const ran = await clone.tributary(['run', 'acme-export', '--data', data, ...named]);
  writeFileSync(at('index.ts'), index);
  rmSync(data, { recursive: true, force: true });
  const because =
    /ContractError: pulling acme-export\/logins: Error: left behind, in a promise or a callback/;
  expect(tried).toMatchObject({ code: 1, out: expect.stringMatching(because) });
  expect(tried.out).toMatch(/acme-export\/reports.*simulated vendor/s);
  expect(ran).toMatchObject({ code: 1, out: expect.stringMatching(because) });
  expect(ran.out).toMatch(/acme-export\/reports +caught-up/);
});

test('replay --update writes the golden rows of arrays of records, and replay compares them', async () => {
  const rows = at('fixtures', 'reports.rows.json');
  const golden = readFileSync(rows, 'utf8');
  writeFileSync(rows, '[]');
  expect(await clone.tributary(['replay', 'acme-export', ...named])).toMatchObject({ code: 1 });
  expect(await clone.tributary(['replay', 'acme-export', '--update', ...named])).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(rows, 'utf8'))).toEqual(JSON.parse(golden));
  expect(await clone.tributary(['replay', 'acme-export', ...named])).toMatchObject({ code: 0, error: '' });
});

test('check ends in ready, with the fault cases and without a waiver', async () => {
  const ended = await clone.tributary(['check', 'acme-export', '--seconds', '4', ...named]);
  expect(ended).toMatchObject({ code: 0, out: 'acme-export: ready\n' });
});

test('fixtures dated in the future are reported once, by their file', async () => {
  const page = at('fixtures', 'logins', 'page-2.json');
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, text.replace('2026-', '9026-'));
  const { code, out } = await clone.tributary(['check', 'acme-export', '--seconds', '0', ...named]);
  writeFileSync(page, text);
  expect(code).toBe(1);
  expect(out).toMatch(/file 2 of fixtures\/logins has a time in the future, 9026-01-10/);
  expect(out).toMatch(/\n1 thing to correct\n$/);
});

test('a connector may import Node’s modules that only compute; try names any other import', async () => {
  const index = readFileSync(at('index.ts'), 'utf8');
  writeFileSync(
    at('index.ts'),
    `import { createHash } from 'node:crypto';\n${index.replace("'Acme Export'", "createHash('sha256').update('Acme').digest('hex')")}`,
  );
  expect(await clone.tributary(['try', 'acme-export', ...named])).toMatchObject({ code: 0, error: '' });
  writeFileSync(at('index.ts'), `import { request } from 'node:http';\nrequest('');\n${index}`);
  const { code, error } = await clone.tributary(['try', 'acme-export', ...named]);
  writeFileSync(at('index.ts'), index);
  expect(code).toBe(2);
  expect(error).toMatch(/It imports node:http\. A connector may import .*its own files and .*node:crypto/);
});
