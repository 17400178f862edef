import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildEntry } from '../local/build-entry';

test('each unhandled failure is reported with its owner, and the process survives', async () => {
  const entry = buildEntry('test/fakes/stray-process.ts');
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [entry.file]);
  entry.remove();
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const of = (error: string, owner: object = {}): object => ({
    msg: 'a promise or a callback failed that nothing waits for',
    error,
    stack: expect.stringContaining(`${error}\n    at `),
    ...owner,
  });
  const byText = (a: unknown, b: unknown): number =>
    (a as { error: string }).error < (b as { error: string }).error ? -1 : 1;
  expect(told.pop()).toBe('alive');
  expect(told.sort(byText)).toEqual(
    [
      of('Error: a promise', { source: 'a', isRunFailed: true }),
      of('Error: a timer', { source: 'a', isRunFailed: true }),
      of('Error: a tick', { source: 'a', isRunFailed: true }),
      { ...of('object', { source: 'a', isRunFailed: true }), stack: undefined },
      { ...of('Error: no stack', { source: 'c', isRunFailed: true }), stack: undefined },
      of('Error: a microtask'),
      of('Error: connect ECONNREFUSED 127.0.0.1:1'),
      of('Error: another promise', { source: 'b', isRunFailed: false }),
      of('Error: nobody’s'),
    ].sort(byText),
  );
  expect(stderr).toBe('');
});
