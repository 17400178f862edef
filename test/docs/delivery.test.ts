import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultNames } from '../faults/plan';

const ROOT = join(__dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'delivery.md'), 'utf8');

test('every test that the page names is there', () => {
  const named = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('every fault that the page names is known', () => {
  const named = [...page.matchAll(/--fault ([a-z-]+)/g)].map(([, fault = '']) => fault);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((fault) => !faultNames().includes(fault))).toEqual([]);
});

test('every sentence that is promised says what shows it', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| **'));
  expect(rows.length).toBeGreaterThan(9);
  expect(
    rows.filter((row) => !/npm run faults|test\/[a-z/-]+\.test\.ts/.test(row.split('|')[2] ?? '')),
  ).toEqual([]);
});
