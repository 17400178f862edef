import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCache } from '../../tools/check/cache';

const DAY = 86_400_000;

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'caches-'));
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(tree, { recursive: true });
});

/** Sets a folder's age to that of one that was used then. */
function age(folder: string, days: number): void {
  const then = new Date(statSync(folder).mtimeMs - days * DAY);
  utimesSync(folder, then, then);
}

test('files that an earlier check compiled are kept for a week, for the same clone', () => {
  const [used, unused] = ['a', 'b'].map((root) => openCache(tree, root, [])) as [string, string];
  age(used, 6);
  age(unused, 8);
  openCache(tree, 'c', []);
  expect([used, unused].map((folder) => existsSync(folder))).toEqual([true, false]);
  age(used, 6);
  expect(openCache(tree, 'a', [])).toBe(used);
  const now = statSync(openCache(tree, 'd', [])).mtimeMs;
  expect(now - statSync(used).mtimeMs).toBeLessThan(DAY);
});

test('a clock change while another check runs deletes none of its files', () => {
  jest.useFakeTimers({ now: statSync(tree).mtimeMs + 365 * DAY, doNotFake: ['nextTick'] });
  const running = openCache(tree, 'a', []);
  writeFileSync(join(running, 'types.tsbuildinfo'), '{}');
  mkdirSync(join(running, 'lint'));
  openCache(tree, 'b', []);
  expect(existsSync(join(running, 'types.tsbuildinfo'))).toBe(true);
});
