import { randomUUID } from 'node:crypto';
import {
  EMPTY_CHECKPOINT,
  type Checkpoint,
  type CheckpointStore,
  type LeasedCheckpoint,
  type SourceId,
} from '../../shared/contract/checkpoint';
import { SettingError, UnavailableError } from '../../shared/contract/errors';

/** What the contract needs in addition to the store. A check without its hook is left out. */
export interface CheckpointHooks {
  /** Replaces the text of a stored checkpoint whose lease is free. */
  readonly damage?: (id: SourceId, text: string) => Promise<void>;
}

/** A unique id: tests may share the store. */
function freshId(instance = 'default'): SourceId {
  return { connector: `contract-${randomUUID().slice(0, 8)}`, instance, source: 'alerts' };
}

/** Takes a lease that must be free. */
async function hold(store: CheckpointStore, id: SourceId): Promise<LeasedCheckpoint> {
  const held = await store.acquire(id);
  if (held === 'busy') throw new Error('the lease is not free');
  return held;
}

const SAVED: Checkpoint = {
  version: 1,
  position: { after: 'x', deep: { at: [1, null, true] }, big: 9007199254740993n },
  boundary: { time: '2026-11-21T00:00:00.000Z', ids: ['a', '\u00e9\u{1f40c}'] },
  ledger: { fetched: 6, accepted: 3, duplicate: 1, filtered: 1, deadLettered: 1, pending: 0 },
  startFrom: '2026-11-20T00:00:00.000Z',
  unfinished: true,
  savedAt: '2026-11-21T00:00:00.000Z',
};

/** The contract of every checkpoint store. */
export function describeCheckpointStore(
  name: string,
  open: () => Promise<CheckpointStore>,
  hooks: CheckpointHooks = {},
): void {
  describe(`${name} as a store of checkpoints`, () => {
    test('has nothing to read of a source that never ran', async () => {
      const store = await open();
      expect(await store.read(freshId())).toBeUndefined();
    });

    test('gives a source that never ran the explicit empty state, and stores it', async () => {
      const [store, id] = [await open(), freshId()];
      const held = await hold(store, id);
      expect([held.checkpoint, held.leaseLost.aborted]).toEqual([EMPTY_CHECKPOINT, false]);
      expect(await store.read(id)).toEqual(EMPTY_CHECKPOINT);
      await held.release();
    });

    test('is busy while a source is held, and others are not', async () => {
      const [store, id] = [await open(), freshId()];
      const held = await hold(store, id);
      const other = await hold(store, freshId());
      expect(await store.acquire(id)).toBe('busy');
      await Promise.all([held.release(), other.release()]);
    });

    test('lets the next one in once it is released, with what was saved', async () => {
      const [store, id] = [await open(), freshId()];
      const first = await hold(store, id);
      await first.save(SAVED);
      await first.release();
      const second = await hold(store, id);
      expect([second.checkpoint, await store.read(id)]).toEqual([SAVED, SAVED]);
      await second.release();
    });

    test('shows its holder and its readers each save', async () => {
      const [store, id] = [await open(), freshId()];
      const held = await hold(store, id);
      for (const at of [1, 2, 3]) {
        await held.save({ ...SAVED, position: { at } });
        expect([held.checkpoint.position, (await store.read(id))?.position]).toEqual([{ at }, { at }]);
      }
      await held.release();
    });

    test('keeps members that this version does not know', async () => {
      const [store, id] = [await open(), freshId()];
      const held = await hold(store, id);
      const later = { ...SAVED, later: [{ from: 1 }] };
      await held.save(later);
      expect(await store.read(id)).toEqual(later);
      await held.release();
    });

    test('tells two instances and two sources apart', async () => {
      const [store, id] = [await open(), freshId()];
      const ids = [id, { ...id, instance: 'eu' }, { ...id, source: 'devices' }];
      const held = await Promise.all(ids.map(async (one) => hold(store, one)));
      await held[1]?.save(SAVED);
      expect(await Promise.all(ids.map(async (one) => (await store.read(one))?.position))).toEqual([
        null,
        SAVED.position,
        null,
      ]);
      await Promise.all(held.map(async (one) => one.release()));
    });

    test('lists every source that ever ran', async () => {
      const [store, id] = [await open(), freshId('eu')];
      const ids = [id, { ...id, source: 'devices' }];
      for (const one of ids) await (await hold(store, one)).release();
      const listed: SourceId[] = [];
      for await (const one of store.list()) if (one.connector === id.connector) listed.push(one);
      expect(listed.sort((a, b) => (a.source < b.source ? -1 : 1))).toEqual(ids);
    });

    test('lets nobody save whose lease was ended, tells the holder, and keeps what the next one saved', async () => {
      const [store, id] = [await open(), freshId()];
      const first = await hold(store, id);
      await store.breakLeases();
      const second = await hold(store, id);
      await second.save(SAVED);
      await expect(first.save({ ...SAVED, position: { stale: true } })).rejects.toThrow(UnavailableError);
      expect(first.leaseLost.aborted).toBe(true);
      expect(first.leaseLost.reason).toBeInstanceOf(UnavailableError);
      await expect(first.save(SAVED)).rejects.toThrow(UnavailableError);
      expect((await store.read(id))?.position).toEqual(SAVED.position);
      await Promise.all([first.release(), second.release()]);
    });

    test('lets nobody save over a newer version, even before the next one released it', async () => {
      const [store, id] = [await open(), freshId()];
      const first = await hold(store, id);
      await store.breakLeases();
      const second = await hold(store, id);
      await second.save(SAVED);
      await second.release();
      await expect(first.save({ ...SAVED, position: { stale: true } })).rejects.toThrow(UnavailableError);
      expect((await store.read(id))?.position).toEqual(SAVED.position);
    });

    test('does not let a release of a lost lease free the next one’s', async () => {
      const [store, id] = [await open(), freshId()];
      const first = await hold(store, id);
      await store.breakLeases();
      const second = await hold(store, id);
      await first.release();
      expect(await store.acquire(id)).toBe('busy');
      await second.release();
    });

    test('ends leases where there are none, and twice', async () => {
      const store = await open();
      await (await hold(store, freshId())).release();
      await store.breakLeases();
      await expect(store.breakLeases()).resolves.toBeUndefined();
    });

    describeDamage(open, hooks);
  });
}

function describeDamage(open: () => Promise<CheckpointStore>, { damage }: CheckpointHooks): void {
  if (damage === undefined) return;
  test.each([
    ['nothing', ''],
    ['half of JSON', '{"version":1,"position":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['another version', '{"version":2,"position":null,"ledger":{}}'],
    ['no ledger', '{"version":1,"position":null}'],
    ['no position', '{"version":1,"ledger":{}}'],
    ['a position that is no object', '{"version":1,"position":"x","ledger":{}}'],
  ])('takes a blob of %s for damaged, never for a first run, and leaves it free', async (_, text) => {
    const [store, id] = [await open(), freshId()];
    await (await hold(store, id)).release();
    await damage(id, text);
    await expect(store.acquire(id)).rejects.toThrow(SettingError);
    await expect(store.acquire(id)).rejects.toThrow(SettingError);
    await expect(store.read(id)).rejects.toThrow(SettingError);
  });

  test('gives what is damaged to whoever is about to replace it, with its text and what is wrong', async () => {
    const [store, id] = [await open(), freshId()];
    await (await hold(store, id)).release();
    await damage(id, '{"version":1');
    const held = await store.acquire(id, { evenDamaged: true });
    if (held === 'busy') throw new Error('the lease is not free');
    expect(held).toMatchObject({ checkpoint: EMPTY_CHECKPOINT, text: '{"version":1' });
    expect(held.problem).toContain('reading the checkpoint');
    await held.save(SAVED);
    await held.release();
    expect(await store.read(id)).toEqual(SAVED);
  });
}
