import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepChild } from '../../local/start/child-process';
import { eventually } from '../fakes/eventually';

const folder = mkdtempSync(join(tmpdir(), 'tributary-kept-'));
const entry = join(folder, 'program.js');
writeFileSync(
  entry,
  `process.once('message', () => process.send({ kind: 'ready' }));
process.once('disconnect', () => process.exit(0));`,
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a program that ends by itself is reported and restarted; after a stop it is neither', async () => {
  const said: string[] = [];
  let told: () => void = () => undefined;
  const stopping = new AbortController();
  const child = await keepChild('The program', entry, {
    message: () => ({ kind: 'start' }),
    onEnd: (sentence) => {
      said.push(sentence);
      told();
    },
    signal: stopping.signal,
  });
  const first = child.pid;
  const isTold = new Promise<void>((done) => void (told = done));
  process.kill(first, 'SIGTERM');
  await isTold;
  expect(said).toEqual(['The program ended. Restarting it.']);
  await eventually('it is started again', () => child.pid !== first);
  stopping.abort();
  process.kill(child.pid, 'SIGTERM');
  await child.ended;
  expect(said).toHaveLength(1);
  await child.stop();
});
