import { gzipSync } from 'node:zlib';
import type { PullSource } from '../../../shared/contract/connector';
import type { JsonObject } from '../../../shared/contract/json';
import { SettingError, UnavailableError } from '../../../shared/contract/errors';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import {
  HIDDEN_SECONDS,
  type ObjectStore,
  type QueueMessage,
} from '../../../shared/kit/objects/object-store';
import { readQueue } from '../../../shared/kit/objects/read-queue';
import { cutEvery } from '../../fakes/chunks';
import { pullHarness } from '../../fakes/pull-harness';

const SPEC: ObjectsSpec = { store: 's3', queue: 'url', keys: { id: 'id', secret: 'secret' } };

/** The text `replaced` stands for a file that another one replaced. */
type Content = string | Uint8Array | Error;

/** A queue and its files, in memory. A message that is hidden comes back when it is given back, or by `lapse`. */
interface MemoryStore extends ObjectStore {
  /** The content of each file; an unknown one is gone. */
  readonly files: Map<string, Content>;
  send(body: string, id?: string): void;
  /** Every message that is not deleted is back. */
  lapse(): void;
  readonly left: readonly string[];
  readonly opened: readonly string[];
  /** The seconds of each call of `hide` that renews. */
  readonly renewals: readonly (readonly string[])[];
  /** Called before messages are deleted. */
  beforeRemove: () => void;
}

function memoryStore(files: Readonly<Record<string, Content>> = {}): MemoryStore {
  const messages = new Map<string, string>();
  const hidden = new Set<string>();
  const opened: string[] = [];
  const renewals: string[][] = [];
  const store: MemoryStore = {
    files: new Map(Object.entries(files)),
    opened,
    renewals,
    beforeRemove: () => undefined,
    get left() {
      return [...messages.keys()];
    },
    send: (body, id = `m${messages.size + 1}`) => void messages.set(id, body),
    lapse: () => hidden.clear(),
    async receive() {
      const some = [...messages].filter(([id]) => !hidden.has(id)).slice(0, 10);
      for (const [id] of some) hidden.add(id);
      return some.map(([id, body]): QueueMessage => ({ id, body, receipt: id }));
    },
    async remove(done) {
      store.beforeRemove();
      for (const { id } of done) messages.delete(id);
    },
    async hide(some, seconds) {
      if (seconds === HIDDEN_SECONDS) renewals.push(some.map(({ id }) => id));
      else if (seconds === 0) for (const { id } of some) hidden.delete(id);
    },
    async open({ key }) {
      opened.push(key);
      const content = store.files.get(key);
      if (content instanceof Error) throw content;
      if (content === undefined) return 'gone';
      if (content === 'replaced') return 'replaced';
      return { chunks: cutEvery(content, 10_000), contentType: '', isEncoded: false };
    },
  };
  return store;
}

/** The message about some files. @param sizes what it says of them, where that is not what they have */
function about(store: MemoryStore, ...keys: readonly string[]): string {
  const size = (key: string): number => {
    const content = store.files.get(key);
    return content === undefined || content instanceof Error ? 7 : Buffer.byteLength(content);
  };
  return JSON.stringify({
    Records: keys.map((key) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'logs' }, object: { key: encodeURIComponent(key), size: size(key), eTag: key } },
    })),
  });
}

function sourceOf(store: ObjectStore, spec: ObjectsSpec = SPEC): PullSource {
  const pull: PullSource['pull'] = (context) => readQueue(spec, context, store);
  return {
    pull: Object.assign(pull, { objects: spec }),
    table: { name: 'AcmeFiles_CL', time: 'at', eventId: 'id', columns: {} },
  };
}

const lines = (name: string, count: number): string =>
  Array.from(
    { length: count },
    (_, at) => `${JSON.stringify({ id: `${name}${at}`, at: '2026-11-21T10:00:00Z' })}\n`,
  ).join('');

describe('reading a queue', () => {
  test('every file of every message arrives once, and the queue is empty', async () => {
    const [harness, store] = [pullHarness(), memoryStore()];
    store.files.set('a.ndjson', lines('a', 3));
    store.files.set('b.jsonl.gz', gzipSync(lines('b', 2)));
    store.files.set('c.csv', 'id,at\nc0,2026-11-21\nc1,2026-11-21\n');
    store.files.set('d.tsv.gz', gzipSync('id\tat\nd0\t2026-11-21\n'));
    store.files.set('e f+.json', '[{"id":"e0","at":"2026-11-21"}]');
    store.send(about(store, 'a.ndjson', 'b.jsonl.gz'));
    store.send(about(store, 'c.csv', 'd.tsv.gz', 'e f+.json'));
    const report = await harness.run(sourceOf(store));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 9, pages: 1, deadLettered: 0 });
    expect(harness.delivered()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0', 'c1', 'd0', 'e0']);
    expect(store.left).toEqual([]);
  });

  test('the records of a JSON file are read at the declared path', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.json': '{"Records":[{"id":"a"}]}' })];
    store.send(about(store, 'a.json'));
    await harness.run(sourceOf(store, { ...SPEC, records: 'Records' }));
    expect(harness.delivered()).toEqual(['a']);
  });

  test('the declared format is used for every file', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.log': lines('a', 1) })];
    store.send(about(store, 'a.log'));
    await harness.run(sourceOf(store, { ...SPEC, format: 'ndjson' }));
    expect(harness.delivered()).toEqual(['a0']);
  });

  test('a message about a delivered file is deleted, in the same run and in the next', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 2) })];
    store.send(about(store, 'a.ndjson'));
    store.send(about(store, 'a.ndjson'));
    await harness.run(sourceOf(store));
    store.send(about(store, 'a.ndjson'), 'later');
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'caught-up', fetched: 0 });
    expect([harness.delivered(), store.left, store.opened]).toEqual([['a0', 'a1'], [], ['a.ndjson']]);
  });
});

describe('a message', () => {
  test('is deleted only once its last page is saved', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 12_000) })];
    store.send(about(store, 'a.ndjson'));
    const saved: number[] = [];
    store.beforeRemove = () => saved.push(harness.checkpoints.saved.at(-1)?.ledger.accepted ?? 0);
    await harness.run(sourceOf(store));
    expect(saved).toEqual([12_000]);
  });

  test('comes again after a crash following the last page, and its file is not read again', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 2) })];
    store.send(about(store, 'a.ndjson'));
    store.beforeRemove = () => {
      throw new UnavailableError('the queue is away');
    };
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'failed', accepted: 2 });
    store.beforeRemove = () => undefined;
    store.lapse();
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'caught-up', fetched: 0 });
    expect([harness.delivered(), store.left, store.opened]).toEqual([['a0', 'a1'], [], ['a.ndjson']]);
  });

  test('is released when its page is not accepted, and continues within the file', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 12_000) })];
    store.send(about(store, 'a.ndjson'));
    harness.sink.answer = () =>
      harness.sink.rows.length >= 5_000 ? new UnavailableError('away') : undefined;
    const first = await harness.run(sourceOf(store));
    expect(first).toMatchObject({ outcome: 'failed' });
    const saved = harness.checkpoints.saved.at(-1)?.ledger.accepted ?? 0;
    expect(saved).toBeGreaterThan(0);
    harness.sink.answer = () => undefined;
    const second = await harness.run(sourceOf(store));
    expect(second).toMatchObject({ outcome: 'caught-up', fetched: 12_000 - saved });
    expect(new Set(harness.delivered()).size).toBe(12_000);
    expect(store.left).toEqual([]);
  });

  test('that is received twice at once stays until its page is accepted', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 3) })];
    store.send(about(store, 'a.ndjson'));
    const once = (): ReturnType<ObjectStore['receive']> =>
      store
        .receive()
        .then((taken) => [...taken, ...taken.map((message) => ({ ...message, receipt: 'later' }))]);
    const twice: ObjectStore = { ...store, receive: once };
    harness.sink.answer = () => new UnavailableError('away');
    expect(await harness.run(sourceOf(twice))).toMatchObject({ outcome: 'failed', accepted: 0 });
    expect(store.left).toEqual(['m1']);
    harness.sink.answer = () => undefined;
    expect(await harness.run(sourceOf(twice))).toMatchObject({ outcome: 'caught-up', accepted: 3 });
    expect(store.left).toEqual([]);
  });

  test('is hidden again and again while its page is delivered, but not after the run', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 1) })];
    store.send(about(store, 'a.ndjson'));
    harness.sink.answer = async () => {
      for (let minutes = 0; minutes < 3; minutes++) {
        harness.clock.advance(20_000);
        await new Promise(setImmediate);
      }
      return undefined;
    };
    await harness.run(sourceOf(store));
    expect(store.renewals).toEqual([['m1'], ['m1'], ['m1']]);
    harness.clock.advance(600_000);
    expect(store.renewals).toHaveLength(3);
  });

  test('that S3 did not send is a dead letter with its text, once', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 1) })];
    store.send('{"hello":"world"}');
    store.send(about(store, 'a.ndjson'));
    store.beforeRemove = () => {
      throw new UnavailableError('the queue is away');
    };
    await harness.run(sourceOf(store));
    store.beforeRemove = () => undefined;
    store.lapse();
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'caught-up', fetched: 0 });
    expect(harness.deadLetters.letters.map(({ record }) => record)).toEqual([
      JSON.stringify(['A message was not read: it is not an event of S3.', '{"hello":"world"}']),
    ]);
    expect([harness.delivered(), store.left]).toEqual([['a0'], []]);
  });

  test('that comes again and again although it is deleted ends the run', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 1) })];
    store.send(about(store, 'a.ndjson'));
    store.remove = async () => store.lapse();
    const report = await harness.run(sourceOf(store));
    expect(report).toMatchObject({ outcome: 'failed', accepted: 1, error: { name: 'UnavailableError' } });
    expect(report.error?.message).toContain('returns messages again');
  });
});

test('runs that end after one page each empty the queue', async () => {
  const store = memoryStore({ 'a.ndjson': lines('a', 1) });
  store.send('{"Event":"s3:TestEvent"}');
  store.send(about(store, 'a.ndjson'));
  store.send(about(store, 'a.ndjson'));
  const records: unknown[] = [];
  let checkpoint: JsonObject | null = null;
  for (let runs = 0; runs < 2; runs++) {
    const read = readQueue(SPEC, { checkpoint, signal: new AbortController().signal }, store);
    const { value } = await read.next();
    if (value !== undefined) [checkpoint] = [value.checkpoint, records.push(...value.records)];
    await read.return();
  }
  expect([records.length, store.left]).toEqual([1, []]);
});

describe('a file', () => {
  test('whose name is ignored is not read, and its message is deleted', async () => {
    const [harness, store] = [
      pullHarness(),
      memoryStore({ 'x/Digest/a.json': '{}', 'b.ndjson': lines('b', 1) }),
    ];
    store.send(about(store, 'x/Digest/a.json'));
    store.send(about(store, 'b.ndjson'));
    const report = await harness.run(sourceOf(store, { ...SPEC, ignore: ['/Digest/'] }));
    expect(report).toMatchObject({ outcome: 'caught-up', accepted: 1, deadLettered: 0 });
    expect([store.opened, store.left]).toEqual([['b.ndjson'], []]);
  });

  test.each<[string, string, Content | undefined, string]>([
    ['that no longer exists', 'x.json', undefined, 'was deleted before it was read'],
    ['that was replaced', 'x.json', 'replaced', 'was replaced before it was read'],
    ['of an unknown format', 'x.dat', 'x', 'neither the end of its name nor `format` says its format'],
    ['that is not JSON', 'x.json', 'hello', 'was not read to its end'],
    ['without the list', 'x.json', '{"a":1}', 'it has no list at $'],
    [
      'whose gzip stream is cut off',
      'x.ndjson.gz',
      gzipSync(lines('x', 9)).subarray(0, 40),
      'its compressed data are damaged',
    ],
  ])('%s is a dead letter that names it, and does not stop the others', async (_, key, content, problem) => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 1) })];
    if (content !== undefined) store.files.set(key, content);
    store.send(about(store, key));
    store.send(about(store, 'a.ndjson'));
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'caught-up', deadLettered: 1 });
    const [letter] = harness.deadLetters.letters;
    expect(letter?.record).toContain(`The file ${key} in logs `);
    expect(letter?.record).toContain(problem);
    expect([harness.delivered(), store.left]).toEqual([['a0'], []]);
  });

  test('that arrives cut off is read again without a loss', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 100) })];
    store.send(about(store, 'a.ndjson'));
    store.files.set('a.ndjson', lines('a', 60));
    const report = await harness.run(sourceOf(store));
    expect(report).toMatchObject({ outcome: 'failed', error: { name: 'UnavailableError' }, deadLettered: 0 });
    expect(report.error?.message).toMatch(/\d+ of its \d+ bytes arrived/);
    store.files.set('a.ndjson', lines('a', 100));
    await harness.run(sourceOf(store));
    expect(harness.delivered()).toEqual(Array.from({ length: 100 }, (_, at) => `a${at}`));
    expect(store.left).toEqual([]);
  });

  test('that cannot be read now does not stop the others, and the run reports it', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'b.ndjson': lines('b', 1) })];
    store.files.set('a.ndjson', new SettingError('the key may not read it'));
    store.send(about(store, 'a.ndjson'));
    store.send(about(store, 'b.ndjson'));
    const report = await harness.run(sourceOf(store));
    expect(report).toMatchObject({
      outcome: 'failed',
      accepted: 1,
      error: { message: 'the key may not read it' },
    });
    expect(store.left).toEqual(['m1']);
    // It leaves room for others, and comes back by itself.
    store.files.set('a.ndjson', lines('a', 1));
    expect(await harness.run(sourceOf(store))).toMatchObject({ fetched: 0 });
    store.lapse();
    await harness.run(sourceOf(store));
    expect([harness.delivered(), store.left]).toEqual([['b0', 'a0'], []]);
  });

  test('that is refused for good does not stop the queue, however many there are', async () => {
    const [harness, store] = [pullHarness(), memoryStore()];
    for (let at = 0; at < 20; at++) {
      store.files.set(`${at}.ndjson`, at < 8 ? new SettingError('no') : lines(`n${at}-`, 1));
      store.send(about(store, `${at}.ndjson`));
    }
    for (let runs = 0; runs < 3; runs++) await harness.run(sourceOf(store));
    expect([harness.delivered().length, store.left.length]).toEqual([12, 8]);
  });

  test('that disappears after a run left it in the middle is a dead letter, because records of it are missing', async () => {
    const [harness, store] = [pullHarness(), memoryStore({ 'a.ndjson': lines('a', 12_000) })];
    store.send(about(store, 'a.ndjson'));
    harness.sink.answer = () =>
      harness.sink.rows.length >= 5_000 ? new UnavailableError('away') : undefined;
    await harness.run(sourceOf(store));
    harness.sink.answer = () => undefined;
    store.files.set('a.ndjson', 'replaced');
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'caught-up', deadLettered: 1 });
    expect(harness.deadLetters.letters[0]?.record).toContain('was replaced before it was read');
    expect(store.left).toEqual([]);
  });

  test('that cannot be read, after two others, ends the run', async () => {
    const [harness, store] = [pullHarness(), memoryStore()];
    for (let at = 0; at < 30; at++) {
      store.files.set(`${at}.json`, new UnavailableError('S3 is away'));
      store.send(about(store, `${at}.json`));
    }
    expect(await harness.run(sourceOf(store))).toMatchObject({ outcome: 'failed' });
    expect([store.opened.length, store.left.length]).toEqual([3, 30]);
  });
});

test('a preview deletes nothing, and releases every message', async () => {
  const store = memoryStore({ 'a.ndjson': lines('a', 2) });
  store.send(about(store, 'a.ndjson'));
  store.send('hello');
  const context = { checkpoint: null, isPreview: true, signal: new AbortController().signal } as const;
  const ids: unknown[] = [];
  for await (const { records } of readQueue(SPEC, context, store)) ids.push(...records);
  expect(ids).toHaveLength(3);
  expect((await store.receive()).map(({ id }) => id)).toEqual(store.left);
  expect(store.left).toHaveLength(2);
});

test('a foreign checkpoint is damaged, and no message is received', async () => {
  const [harness, store] = [pullHarness(), memoryStore()];
  const pull = sourceOf(store).pull({
    ...({} as Parameters<PullSource['pull']>[0]),
    checkpoint: { cursor: 'x' },
  });
  await expect(pull[Symbol.asyncIterator]().next()).rejects.toMatchObject({ isDamage: true });
  expect(harness.delivered()).toEqual([]);
});
