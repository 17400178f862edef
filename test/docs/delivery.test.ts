import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultNames } from '../faults/plan-cases';

const ROOT = join(__dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'delivery.md'), 'utf8');

test('every test that the page names exists', () => {
  const named = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('every fault that the page names exists', () => {
  const named = [...page.matchAll(/--fault ([a-z-]+)/g)].map(([, fault = '']) => fault);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((fault) => !faultNames().includes(fault))).toEqual([]);
});

test('every promise names the test that shows it', () => {
  const promises = page
    .slice(0, page.indexOf('## Not promised'))
    .split(/^### /m)
    .slice(1)
    .filter((promise) => !promise.startsWith('What the 90 s cover'));
  expect(promises.length).toBeGreaterThan(30);
  expect(
    promises.filter((promise) => !/^_Shown by_ .*`(?:npm run |test\/[a-z0-9/-]+\.test\.ts)/m.test(promise)),
  ).toEqual([]);
});
