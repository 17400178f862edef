import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldersIn } from '../../connectors/list';
import { startVendor, type Vendor } from '../../local/vendor/vendor';
import { yesterday } from '../local/vendor-setup';
import { makeClone, type Clone } from './clone';
import { loadConnectors } from '../../shared/load';

let clone: Clone;
beforeEach(() => {
  clone = makeClone(['tools', 'dist/cli.js', 'connectors', '.prettierrc.json']);
});
afterEach(() => clone.remove());

const at = (...names: string[]): string => join(clone.root, 'connectors', ...names);
const read = (...names: string[]): string => readFileSync(at(...names), 'utf8');

/** Changes a file as an author would. */
function edit(name: string, from: string, to: string): void {
  expect(read(name)).toContain(from);
  writeFileSync(at(name), read(name).replace(from, to));
}

test.each(['acme', 'hooli', 'initech-audit', 'globex'])(
  'replay of %s matches its golden rows, and --update changes nothing',
  async (name) => {
    const fixtures = readdirSync(at(name, 'fixtures')).filter((file) => file.endsWith('.rows.json'));
    const rows = (): unknown[] => fixtures.map((file) => JSON.parse(read(name, 'fixtures', file)) as unknown);
    const before = rows();
    const { code, error, out } = await clone.tributary(['replay', name]);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out.match(/as the golden rows/g)).toHaveLength(fixtures.length);
    expect((await clone.tributary(['replay', name, '--update'])).code).toBe(0);
    expect(rows()).toEqual(before);
  },
);

test('a difference is reported by event, column, before and after, and exits 1; --update accepts it', async () => {
  edit('acme/index.ts', "LegacyEventType: string('legacyEventType'),", "Legacy: string('legacyEventType'),");
  const { code, out } = await clone.tributary(['replay', 'acme']);
  expect(code).toBe(1);
  expect(out).toMatch(/~ [\w-]+: LegacyEventType: "core.user_auth.login_success" → nothing/);
  expect(out).toContain('npx tributary replay acme --source systemLog --update');
  expect((await clone.tributary(['replay', 'acme', '--update'])).code).toBe(0);
  expect((await clone.tributary(['replay', 'acme'])).code).toBe(0);
});

test.each([
  ['an unknown source', ['replay', 'acme', '--source', 'users'], 'acme has no source users'],
  ['no answers to record from', ['replay', 'acme', '--record'], 'Set ACME_URL, ACME_TOKEN'],
])('%s: one clear sentence', async (_what, words, sentence) => {
  expect(await clone.tributary(words)).toMatchObject({ code: 2, error: expect.stringContaining(sentence) });
});

test('without fixtures it says where they go and how to record them', async () => {
  rmSync(at('acme', 'fixtures', 'systemLog'), { recursive: true });
  const { code, error } = await clone.tributary(['replay', 'acme']);
  expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('--source systemLog --record') });
});

describe('--record', () => {
  let vendor: Vendor;
  let env: Record<string, string>;
  beforeEach(async () => {
    const { connectors } = loadConnectors(foldersIn(join(__dirname, '../fixtures/connectors')));
    const acme = connectors.filter(({ name }) => name === 'acme');
    vendor = await startVendor({
      connectors: acme.map((connector) => ({
        connector,
        folder: join(__dirname, '../fixtures/connectors/acme'),
      })),
      live: false,
      newestAt: yesterday(),
    });
    env = {
      ACME_URL: `${vendor.url}/acme`,
      ACME_TOKEN: 'local-acme-token',
      ACME_START: '2000-01-01T00:00:00Z',
    };
  });
  afterEach(() => vendor.close());

  test('it requests three pages, masks them, writes them with their rows, and replay passes', async () => {
    const before = read('acme', 'fixtures', 'systemLog', 'page-1.json');
    rmSync(at('acme', 'fixtures'), { recursive: true });
    const { code, error, out } = await clone.tributary(['replay', 'acme', '--record'], env);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(/masked: .*\d+ email/);
    expect(vendor.requests.length).toBeLessThanOrEqual(3);
    const after = [1, 2, 3]
      .map((page) => read('acme', 'fixtures', 'systemLog', `page-${page}.json`))
      .join('');
    const told = before.match(/[\w.]+@example\.com|"uuid": "[^"]+"|\d+\.\d+\.\d+\.\d+"/g) ?? [];
    expect(told.length).toBeGreaterThan(3);
    expect(told.filter((text) => !text.startsWith('192.0.2.') && after.includes(text))).toEqual([]);
    expect(after + out).not.toContain('local-acme-token');
    expect((await clone.tributary(['replay', 'acme'])).code).toBe(0);
  });

  test('where a record does not fit its columns nothing is written', async () => {
    edit('acme/index.ts', "Severity: string('severity'", "Severity: long('severity'");
    rmSync(at('acme', 'fixtures'), { recursive: true });
    const { code, out } = await clone.tributary(['replay', 'acme', '--record'], env);
    expect(code).toBe(1);
    expect(out).toContain('Severity (severity): "INFO" is not a valid long');
    expect(existsSync(at('acme', 'fixtures'))).toBe(false);
  });
});
