import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { yesterday } from '../local/vendor-setup';
import type { TryReport } from '../../tools/try/try-source';
import { makeClone, said, type Clone } from './clone';
import { loadConnectors } from '../../shared/load';

const SECRET = 'local-acme-token';
const { connectors } = loadConnectors(foldersIn(join(__dirname, '../fixtures/connectors')));
let clone: Clone;
let vendor: Vendor;
let env: Record<string, string>;

beforeEach(async () => {
  clone = makeClone();
  vendor = await startVendor({
    connectors: connectors
      .filter(({ name }) => name === 'acme')
      .map((connector) => ({ connector, folder: join(clone.root, 'connectors', connector.name) })),
    live: false,
    newestAt: yesterday(),
  });
  env = { ACME_URL: `${vendor.url}/acme`, ACME_TOKEN: SECRET, ACME_START: '2000-01-01T00:00:00Z' };
});

afterEach(async () => {
  clone.remove();
  await vendor.close();
});

/** Changes a connector as an author would. */
function edit(file: string, from: string, to: string): void {
  const path = join(clone.root, 'connectors', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

test('it requests one page from the configured address, shows it, and leaves nothing behind', async () => {
  const before = readdirSync(clone.root);
  const { code, error, out } = await clone.tributary(['try', 'acme/systemLog'], env);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(out).toContain(`request           GET ${vendor.url}/acme/api/v1/logs`);
  for (const part of ['limit: 1000', 'status            200', 'rate headers', 'raw record', '"published"']) {
    expect(out).toContain(part);
  }
  for (const part of [
    '"TimeGenerated"',
    'AdditionalFields',
    'drift',
    'checkpoint',
    'next request      GET',
  ]) {
    expect(out).toContain(part);
  }
  expect(vendor.requests).toHaveLength(1);
  expect(vendor.complaints).toEqual([]);
  expect(readdirSync(clone.root)).toEqual(before);
});

test('no form of the secret is printed, even where the vendor refuses it', async () => {
  const texts = await Promise.all(
    [
      ['try', 'acme'],
      ['try', 'acme', '--json'],
    ].map((words) => clone.tributary(words, env)),
  );
  const refused = await clone.tributary(['try', 'acme'], { ...env, ACME_TOKEN: 'another-token-0815' });
  expect(refused.code).toBe(1);
  expect(refused.out).toContain('SettingError');
  expect(refused.out).toContain('ACME_TOKEN');
  const said = [...texts, refused].map(({ error, out }) => out + error).join('');
  expect(said).toContain('authorization: Token ***');
  expect([said.includes(SECRET), said.includes('another-token-0815')]).toEqual([false, false]);
});

test('--json prints one object with the request, the rows, and the next request', async () => {
  const { out } = await clone.tributary(['try', 'acme', '--json', '--records', '2'], env);
  const { tries } = JSON.parse(out) as { tries: TryReport[] };
  expect(tries).toHaveLength(1);
  const [report] = tries as [TryReport];
  expect(report).toMatchObject({ source: 'systemLog', vendor: 'real', drift: [], deadLetters: 0 });
  expect(report.exchanges).toMatchObject([{ status: 200, request: { query: { limit: '1000' } } }]);
  expect(report.shown).toHaveLength(2);
  expect(report.shown[0]).toMatchObject({ became: 'row', row: { Instance: 'default' } });
  expect(report.next?.query).toHaveProperty('after');
});

test('drift is reported with the column, its path, the value, and what goes to AdditionalFields', async () => {
  edit('acme/index.ts', "Severity: string('severity'", "Severity: long('severity'");
  const { out } = await clone.tributary(['try', 'acme', '--json'], env);
  const [report] = (JSON.parse(out) as { tries: [TryReport] }).tries;
  expect(report.drift).toMatchObject([
    { column: 'Severity', from: 'severity', why: '"INFO" is not a valid long' },
  ]);
  expect(report.shown[0]).toMatchObject({ additionalFields: { severity: 'INFO' } });
});

test('without settings it asks the simulated vendor', async () => {
  const { code, out } = await clone.tributary(['try', 'hooli']);
  expect(code).toBe(0);
  expect(out.match(/simulated vendor/g)).toHaveLength(2);
  expect(out).not.toContain('local-hooli');
  expect(vendor.requests).toEqual([]);
});

test('--watch runs again when the folder changes, and waits until it compiles again', async () => {
  const child = clone.start(['try', 'acme', '--watch'], env);
  const first = said(child.stdout, 'Nothing was delivered');
  await said(child.stderr, 'Waiting for a change');
  await first;
  const refusal = said(child.stderr, 'Waiting for a change');
  edit('acme/index.ts', 'export default', 'export defaul');
  expect(await refusal).toMatch(/connectors\/acme\/index\.ts:\d+:\d+ {2}/);
  const again = said(child.stdout, 'Nothing was delivered');
  edit('acme/index.ts', 'export defaul ', 'export default ');
  expect(await again).toContain('status            200');
  expect(vendor.requests).toHaveLength(2);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  ['half the settings', ['try', 'acme'], { ACME_URL: 'https://example.acme.com' }, 'ACME_TOKEN is not set'],
  ['an unknown connector', ['try', 'nothing'], {}, 'There is no connector nothing'],
  ['an unknown source', ['try', 'acme/users'], {}, 'acme has no source users. Its sources: systemLog.'],
  ['an unknown instance', ['try', 'acme@eu'], {}, 'no variable begins with ACME__EU__'],
  ['an invalid count', ['try', 'acme', '--records', 'few'], {}, 'A count is a whole number.'],
])('%s: one clear sentence', async (_what, words, more, sentence) => {
  const { code, error } = await clone.tributary(words, more);
  expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(sentence) });
});
