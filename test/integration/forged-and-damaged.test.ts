import type { Workspace } from '../../local/workspace/workspace';
import type { App } from '../../shared/app';
import { clock } from '../../shared/process/clock';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { isObject } from '../../shared/values/json-path';
import { openStores } from '../../shared/run/stores';
import {
  forgedMessagesFrom,
  DAMAGE_KINDS,
  DAMAGED_METADATA,
  damageLines,
  type Damage,
} from '../fakes/damaged-json';
import { event, scriptedConnector, type Step } from '../fakes/scripted-source';
import { appWith, keptLines, realStorage, realWorkspace, variablesFor, type TestStorage } from './harness';
import { openAdmin } from '../../shared/admin';
import { readAppSettings } from '../../shared/settings/app-settings';

/* Valid JSON with wrong content in queue messages and stored blobs affects only what it describes. */

const ID = { connector: 'acme', instance: 'default', source: 'alerts' };
const LOGS = { connector: 'logs', instance: 'default', source: 'Sample' };

let azurite: TestStorage;
let storage: Storage;
let workspace: Workspace;
let script: Step[];
let app: App;
let env: Record<string, string>;

beforeAll(async () => {
  azurite = realStorage();
  script = [[event('a')]];
  const connectors = [scriptedConnector(script)];
  workspace = await realWorkspace(connectors, { env: { ACME_URL: 'https://acme.test' } });
  env = {
    ...variablesFor(azurite, workspace),
    ACME_URL: 'https://acme.test',
    ACME__EU__URL: 'https://eu.acme.test',
  };
  storage = openStorage(env);
  app = appWith(env, connectors);
});
afterAll(async () => {
  await workspace.close();
});
beforeEach(async () => {
  await storage.blobs.deleteIfExists();
});

/** The name and version of every stored blob. */
async function stored(): Promise<Record<string, string | undefined>> {
  const found: Record<string, string | undefined> = {};
  await storage.blobs.createIfNotExists();
  for await (const { name, properties } of storage.blobs.listBlobsFlat()) found[name] = properties.etag;
  return found;
}

describe('a forged queue message', () => {
  const forged = [LOGS, ID, { ...ID, backfill: 'none' }].flatMap(forgedMessagesFrom);

  test('creates nothing, changes nothing, and is logged', async () => {
    const before = await stored();
    const lines = keptLines();
    let answered = 0;
    for (const message of forged) {
      // `backfill` is only read from the workers' queue; without it, the message names the source itself.
      const isOfWorkers = isObject(message) && 'backfill' in message;
      const answers = isOfWorkers
        ? [app.workOn(message, lines)]
        : [app.deliver(message, lines), app.goOn(message, lines)];
      await Promise.all(answers);
      answered += answers.length;
    }
    expect(await stored()).toEqual(before);
    const logged = lines.all.filter((line) => line.includes('trigger message dropped'));
    expect([logged.length, answered > 100]).toEqual([answered, true]);
  });

  test('uses no room for a Log-Type, and does not stop the first run of a source', async () => {
    for (const source of ['Forged1', 'Forged2']) await app.deliver({ ...LOGS, source }, keptLines());
    expect(await app.spool()).toEqual([]);
    expect(await app.pullSource(ID, keptLines())).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  });

  test('with a real name delivers what is stored', async () => {
    const { spool, streams } = openStores(readAppSettings(env), clock);
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

describe('a stored blob that is valid JSON of the wrong meaning', () => {
  const NEIGHBOUR = { ...ID, instance: 'eu' };
  const OTHER = { ...LOGS, source: 'Other' };
  /** All stored data of one source and one Log-Type, with metadata. */
  async function spoil(nonsense: Damage): Promise<number> {
    let count = 0;
    for await (const { name } of storage.blobs.listBlobsFlat()) {
      if (!/acme\/default|Sample|budgets\//.test(name)) continue;
      const blob = storage.blobs.getBlockBlobClient(name);
      const text = damageLines((await blob.downloadToBuffer()).toString(), nonsense);
      await blob.deleteIfExists();
      await blob.upload(text, Buffer.byteLength(text), { metadata: DAMAGED_METADATA });
      count++;
    }
    return count;
  }

  test.each(Object.entries(DAMAGE_KINDS))(
    '%s: it stops only its own source, and the page and the lists show all others',
    async (_, nonsense) => {
      script.splice(0, script.length, [event('a'), null]);
      const state = openStores(readAppSettings(env), clock);
      const body = { bytes: Buffer.from('[{"a":1}]'), records: 1, receivedAt: clock.now().toISOString() };
      await Promise.all([app.pullSource(ID, keptLines()), app.pullSource(NEIGHBOUR, keptLines())]);
      await state.spool.put(LOGS, body);
      await app.deliver(LOGS, keptLines());
      await state.budgets.open({ id: ID, connector: scriptedConnector(script), values: {} }).end();
      await openAdmin(app, keptLines()).pause(ID, 'anna');
      await openAdmin(app, keptLines()).resume(ID, 'anna');
      await openAdmin(app, keptLines()).changeState(ID, 'anna', { what: 'state-set', since: clock.now() });
      expect(await spoil(nonsense)).toBeGreaterThan(6);

      const lines = keptLines();
      expect(await app.pullSource(NEIGHBOUR, lines)).toMatchObject({ outcome: 'caught-up' });
      const [connector] = await app.status();
      const [own, neighbour] = (connector?.instances ?? []).map(({ sources }) => sources[0]);
      expect([own?.source, neighbour?.source, neighbour?.problem]).toEqual(['alerts', 'alerts', undefined]);
      expect((await openAdmin(app, lines).readState(NEIGHBOUR))?.problem).toBeUndefined();
      expect(await openAdmin(app, lines).explain(ID, new Date(0), new Date())).toMatchObject({ id: ID });
      await openAdmin(app, lines).backups(ID);
      const letters = [];
      for await (const letter of openAdmin(app, lines).deadLetters(undefined, () => true))
        letters.push(letter);
      expect(letters.some(({ instance }) => instance === 'eu')).toBe(true);

      await state.spool.put(OTHER, body);
      await app.deliver(OTHER, lines);
      const view = await app.spool();
      expect(view.map(({ source }) => source).sort()).toEqual(['Other', 'Sample']);
      const other = view.find(({ source }) => source === 'Other');
      expect([other?.ledger.stored, other?.problem]).toEqual([1, undefined]);
      expect((await app.sweep(lines)).filter(({ instance }) => instance === 'eu')).toEqual([]);

      // What it costs its own is told, and nothing of it is counted that is no number.
      const report = await app.pullSource(ID, lines);
      const untold = [report.error?.message ?? []].flat().filter((why) => !/ is damaged: .+\. \S/s.test(why));
      expect(untold).toEqual([]);
      expect(JSON.stringify([own, view])).not.toMatch(/null|NaN|"51"|-1\b|9000000000000000/);
    },
  );
});
