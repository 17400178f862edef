import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

test('every generated file is up to date', () => {
  const words = [join(ROOT, 'tools', 'bin', 'tributary'), 'generate', '--check'];
  const env = { ...process.env, CONNECTORS_DIR: '' };
  expect(execFileSync(process.execPath, words, { cwd: ROOT, env, encoding: 'utf8' })).toBe('');
});
