import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overrunMs, timeBudgetMs } from '../../shared/settings/time-budget';

const folder = mkdtempSync(join(tmpdir(), 'time-budget-'));
const file = join(folder, 'host.json');
const VARIABLE = 'AzureFunctionsJobHost__functionTimeout';

afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['00:10:00', 480_000],
  ['00:05:30', 264_000],
  ['1.00:00:00', 1_800_000],
  ['02:00:00', 1_800_000],
  ['-1', 1_800_000],
  ['ten minutes', 240_000],
])('host.json with %s gives 80 %% of it, at most half an hour: %i ms', (text, ms) => {
  writeFileSync(file, JSON.stringify({ version: '2.0', functionTimeout: text }));
  expect(timeBudgetMs({}, file)).toBe(ms);
});

test('the setting wins over host.json, unless it is empty', () => {
  writeFileSync(file, '{"functionTimeout":"00:10:00"}');
  expect([timeBudgetMs({ [VARIABLE]: '00:01:00' }, file), timeBudgetMs({ [VARIABLE]: '' }, file)]).toEqual([
    48_000, 480_000,
  ]);
});

test.each([
  ['has no time-out', '{"version":"2.0"}'],
  ['is not JSON', '{'],
])('a host.json that %s means five minutes', (_, text) => {
  writeFileSync(file, text);
  expect(timeBudgetMs({}, file)).toBe(240_000);
});

test('without host.json it is five minutes', () => {
  expect(timeBudgetMs({}, join(folder, 'none.json'))).toBe(240_000);
});

test.each([
  ['00:10:00', 30_000],
  ['00:05:00', 30_000],
  ['00:00:20', 2_000],
])('the time for a read after a run’s deadline fits into a time-out of %s: %i ms', (text, ms) => {
  expect(overrunMs(timeBudgetMs({ [VARIABLE]: text }, file))).toBeCloseTo(ms);
});
