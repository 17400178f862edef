import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import acme from '../fixtures/connectors/acme';
import { runChild, type ChildMessage } from '../../local/vendor/vendor-process';
import type { VendorFolder } from '../../local/vendor/simulated';

const path = join(__dirname, '../fixtures/connectors/acme');
const rules = { check: () => ({ status: 403, because: 'no' }) };

/** A forked process from its parent's side, with `said` and `ended` events. */
function fork(folders: readonly VendorFolder[]) {
  const self = Object.assign(new EventEmitter(), {
    send: (message: ChildMessage) => self.emit('said', message),
    exit: (code: number) => void self.emit('ended', code),
  });
  runChild(self, () => folders);
  return self;
}

async function started(folders: readonly VendorFolder[]) {
  const child = fork(folders);
  child.emit('message', { kind: 'start', live: false });
  const [message] = (await once(child, 'said')) as [ChildMessage & { url: string }];
  return { child, message };
}

test('a child reports its address, the settings, and what did not load', async () => {
  const broken = { name: 'broken', load: () => 'no connector' };
  const { child, message } = await started([{ name: 'acme', path, load: () => ({ default: acme }) }, broken]);
  expect(message).toMatchObject({
    kind: 'ready',
    settings: { acme: { url: `${message.url}/acme`, token: 'local-acme-token' } },
    broken: [{ folder: 'broken' }],
  });
  child.emit('disconnect');
  expect(await once(child, 'ended')).toEqual([0]);
});

test('a child uses a folder’s own rules', async () => {
  const folder = { name: 'acme', path, load: () => acme, simulator: () => ({ default: rules }) };
  const { child, message } = await started([folder]);
  const url = `${message.url}/acme/api/v1/logs?sortOrder=ASCENDING&limit=1000&since=2026-11-20T00:00:00Z`;
  const response = await fetch(url, { headers: { authorization: 'Token local-acme-token' } });
  expect(response.status).toBe(403);
  child.emit('SIGTERM');
  expect(await once(child, 'ended')).toEqual([0]);
});

test('a folder whose simulator or fixtures are broken is reported, and the other vendors are simulated', async () => {
  const okSource = { name: 'acme', path, load: () => acme };
  const umbrella = { ...acme, name: 'umbrella' };
  const throws = {
    name: 'umbrella',
    path,
    load: () => umbrella,
    simulator: () => {
      throw new TypeError('no such thing');
    },
  };
  const folder = mkdtempSync(join(tmpdir(), 'tributary-child-'));
  mkdirSync(join(folder, 'fixtures', 'systemLog'), { recursive: true });
  writeFileSync(join(folder, 'fixtures', 'systemLog', 'page-1.json'), '[{');
  const torn = { name: 'torn', path: folder, load: () => ({ ...acme, name: 'torn' }) };
  try {
    const { child, message } = await started([throws, torn, okSource]);
    expect(message).toMatchObject({
      kind: 'ready',
      settings: { acme: { token: 'local-acme-token' } },
      unplayable: {
        umbrella: expect.stringMatching(/^loading .*simulator\.ts: no such thing\.$/),
        torn: expect.stringMatching(/^reading .*page-1\.json: /),
      },
    });
    child.emit('SIGTERM');
    await once(child, 'ended');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a child that cannot listen reports that and ends', async () => {
  const child = fork([]);
  child.emit('message', { kind: 'start', port: 70_000 });
  const [said, ended] = await Promise.all([once(child, 'said'), once(child, 'ended')]);
  expect([said, ended]).toEqual([[{ kind: 'failed', message: expect.stringContaining('port') }], [1]]);
});

test('a child that was never started ends when its parent is gone, and not on Ctrl+C', async () => {
  const child = fork([]);
  const codes: number[] = [];
  child.on('ended', (code: number) => codes.push(code));
  child.emit('SIGINT');
  child.emit('message', { kind: 'hello' });
  child.emit('disconnect');
  await once(child, 'ended');
  expect(codes).toEqual([0]);
});
