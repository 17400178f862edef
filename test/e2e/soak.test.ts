import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '..', '..');

test('an hour and a half of connectors leaves memory, handles and blobs as they were, without doubles', async () => {
  const words = [join(ROOT, 'test', 'bench', 'soak.mjs'), '--short', '--json'];
  // It ends with 1 if something is wrong; the output is printed in either case.
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({
    wrong: [],
    unbalanced: 0,
    rows: report['accepted'],
    distinct: report['accepted'],
  });
  expect(Number(report['runs'])).toBeGreaterThan(100);
  expect(Number(report['accepted'])).toBeGreaterThan(1_000);
});
