import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const CLI = join(__dirname, '../../dist/cli.js');

test('a command starts without loading the compiler, which only generate needs', () => {
  const script = `
    process.once('exit', () => console.log(JSON.stringify(Object.keys(require.cache))));
    require(${JSON.stringify(CLI)}).main(['node', 'tributary', 'replay', 'nothing']);`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded).toContain(CLI);
  expect(loaded.filter((file) => /[\\/]node_modules[\\/]typescript[\\/]/.test(file))).toEqual([]);
});
