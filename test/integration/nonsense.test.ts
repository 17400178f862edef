import type { Azurite } from '../../local/storage/azurite';
import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import { clock } from '../../shared/io/clock';
import { openStorage, type Storage } from '../../shared/io/storage';
import { openState } from '../../shared/state';
import { event, scriptedConnector, type Step } from '../fakes/scripted-source';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor } from './rig';

/* Valid JSON of the wrong meaning, in queue messages and in stored blobs: it costs what it stands for, and nothing else. */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const LOGS = { connector: 'logs', instance: 'default', source: 'Sample' };

let azurite: Azurite;
let storage: Storage;
let workspace: Workspace;
let script: Step[];
let app: App;
let env: Record<string, string>;

beforeAll(async () => {
  azurite = await realStorage();
  script = [[event('a')]];
  const connectors = [scriptedConnector(script)];
  workspace = await realWorkspace(connectors, { env: { ACME_URL: 'https://acme.test' } });
  env = { ...variablesFor(azurite, workspace), ACME_URL: 'https://acme.test' };
  storage = openStorage(env);
  app = appWith(env, connectors);
});
afterAll(async () => {
  await workspace.close();
  await azurite.stop();
});
beforeEach(async () => {
  await storage.blobs.deleteIfExists();
});

/** Everything that is stored: each blob's name and version. */
async function stored(): Promise<Record<string, string | undefined>> {
  const found: Record<string, string | undefined> = {};
  await storage.blobs.createIfNotExists();
  for await (const { name, properties } of storage.blobs.listBlobsFlat()) found[name] = properties.etag;
  return found;
}

describe('a queue message that somebody forged', () => {
  const names = [
    '..',
    '../../checkpoints/acme/default/alerts',
    'spool/../x',
    'toString',
    '__proto__',
    'Nobody',
  ];
  const forged = names.flatMap((name) => [
    { ...LOGS, source: name },
    { ...LOGS, instance: name },
    { connector: name, instance: 'default', source: 'alerts' },
    { connector: '..', instance: 'checkpoints/acme/default', source: 'alerts' },
    { ...ID, instance: name },
    { ...ID, source: name },
    { ...ID, backfill: name },
  ]);

  test('creates nothing, changes nothing, and is told', async () => {
    const before = await stored();
    const lines = keptLines();
    for (const message of forged) {
      await app.deliver(message, lines);
      await app.workOn(message, lines);
      // Of the queue of runs a backfill is no word: what is left names the source itself.
      if (!('backfill' in message)) await app.goOn(message, lines);
    }
    expect(await stored()).toEqual(before);
    expect(lines.all.filter((line) => line.includes('nothing to go on with')).length).toBeGreaterThan(70);
  });

  test('takes no place of a Log-Type, and keeps no source from its first run', async () => {
    for (const source of ['Forged1', 'Forged2']) await app.deliver({ ...LOGS, source }, keptLines());
    expect(await app.spool()).toEqual([]);
    expect(await app.pullSource(ID, keptLines())).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  });

  test('a true one delivers what is there', async () => {
    const { spool, streams } = openState(env, clock);
    await streams.write('Sample_CL', { version: 1, columns: { Computer: '2026-01-01T00:00:00.000Z' } });
    expect(await spool.knows(LOGS)).toBe(false);
    await spool.put(LOGS, {
      bytes: Buffer.from('[{"a":1}]'),
      records: 1,
      receivedAt: clock.now().toISOString(),
    });
    expect(await spool.knows(LOGS)).toBe(true);
    await app.deliver(LOGS, keptLines());
    expect(await app.spool()).toMatchObject([{ ...LOGS, ledger: { stored: 1 } }]);
    expect(await spool.knows(LOGS)).toBe(true);
  });
});
