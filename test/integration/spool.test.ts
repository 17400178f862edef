import { crc32 } from 'node:zlib';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SourceId } from '../../shared/contract/checkpoint';
import { ContractError, SettingError, UnavailableError } from '../../shared/contract/errors';
import { spoolLedger, type LeasedSpool, type PushedBody, type Spool } from '../../shared/contract/spool';
import { classicTable, compileClassic } from '../../shared/push/data-collector/rows';
import { drainSpool, type Delivery, type DeliverRun } from '../../shared/push/drain-spool';
import { DELIVER_QUEUE, createTriggerQueue } from '../../shared/storage/trigger-queue';
import { toStoredCounters } from '../../shared/storage/spool/counters';
import { createSpool } from '../../shared/storage/spool/spool';
import { encodeBodies } from '../../shared/storage/spool/blob-format';
import { runToEnd } from '../../shared/values/cooperative';
import { openStorage, type Storage } from '../../shared/storage/storage';
import { fakeClock, type FakeClock } from '../fakes/fake-clock';
import { memoryDeadLetters } from '../fakes/memory-dead-letters';
import { memorySink, type MemorySink } from '../fakes/memory-sink';
import { silentLog } from '../fakes/silent-log';
import { realStorage, type TestStorage } from './harness';

/* The spool and its delivery on real blob storage, after a crash, an outage or a bad body. */

const ID: SourceId = { connector: 'logs', instance: 'default', source: 'Sample' };
let azurite: TestStorage;
let storage: Storage;
let clock: FakeClock;
let spool: Spool;
let sink: MemorySink;
let letters: ReturnType<typeof memoryDeadLetters>;
let log: ReturnType<typeof silentLog>;

beforeAll(async () => {
  azurite = realStorage();
  storage = openStorage({ AzureWebJobsStorage: azurite.connectionString });
});
beforeEach(async () => {
  await Promise.all([storage.blobs.deleteIfExists(), storage.queue(DELIVER_QUEUE).deleteIfExists()]);
  clock = fakeClock();
  spool = open();
  sink = memorySink();
  letters = memoryDeadLetters();
  log = silentLog();
});

function open(maxBytes = 1e9): Spool {
  return createSpool(storage, { clock, triggerQueue: createTriggerQueue(storage, DELIVER_QUEUE), maxBytes });
}

function body(...names: readonly string[]): PushedBody {
  const bytes = Buffer.from(JSON.stringify(names.map((name) => ({ name }))));
  return { bytes, records: names.length, receivedAt: clock.now().toISOString(), key: 'one' };
}

/** A body that was valid when it was accepted, and that a later version cannot parse. */
function unreadable(): PushedBody {
  return { ...body('never'), bytes: Buffer.from('[{"name":"never"}') };
}

async function push(...names: readonly string[]): Promise<void> {
  await spool.put(ID, body(...names));
  clock.advance(1);
}

/** Changes the content of a stored blob. @returns the new content */
async function damage(index: number, become: (content: Buffer) => Buffer | string): Promise<Buffer> {
  const name = (await blobs())[index];
  const blob = storage.blobs.getBlockBlobClient(`spool/logs/default/Sample/${name}`);
  const { metadata = {} } = await blob.getProperties();
  const content = Buffer.from(become(await blob.downloadToBuffer()));
  await blob.upload(content, content.length, { metadata });
  return content;
}

function run(from: Spool = spool, asked: Pick<DeliverRun, 'repeatedBodies'> = {}): Promise<Delivery> {
  return drainSpool({
    ...asked,
    id: ID,
    runId: 'run',
    table: classicTable(ID.source),
    deadline: new Date(clock.now().getTime() + 60_000),
    spool: from,
    deadLetters: letters,
    connect: () => sink,
    format: (known, to) => compileClassic(classicTable(ID.source), known, to),
    clock,
    log,
  });
}

/** Runs until the failing body was tried five times. */
async function runFiveTimes(asked: Pick<DeliverRun, 'repeatedBodies'> = {}): Promise<Delivery> {
  for (let tries = 1; tries < 5; tries++) {
    await run(spool, asked);
    clock.advance(60_000);
  }
  return run(spool, asked);
}

const arrived = (): unknown[] => sink.rows.map((row) => row['name_s']);
const ledger = async () => spoolLedger((await spool.view(ID)).ledger);
async function blobs(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of spool.blobs(ID)) names.push(name);
  return names;
}
/** The same storage behind a server that counts requests. */
async function countedStorage(): Promise<
  Pick<Storage, 'blobs'> & { readonly requests: string[]; close(): void }
> {
  const to = new URL(/BlobEndpoint=([^;]+)/.exec(azurite.connectionString)?.[1] ?? '');
  const requests: string[] = [];
  const server = createServer((asked, answer) => {
    const { method, url = '' } = asked;
    const headers = { ...asked.headers, host: to.host };
    requests.push(`${method} ${new URL(url, to).searchParams.get('comp') ?? 'blob'}`);
    const onward = request({ host: to.hostname, port: to.port, path: url, method, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 500, from.headers);
      from.pipe(answer);
    });
    asked.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const there = azurite.connectionString.replace(to.host, `127.0.0.1:${port}`);
  const { blobs } = openStorage({ AzureWebJobsStorage: there });
  return { blobs, requests, close: () => void server.close() };
}
async function messages(): Promise<number> {
  return (await storage.queue(DELIVER_QUEUE).getProperties()).approximateMessagesCount ?? 0;
}

/** A spool whose holder dies at one of its calls. */
function dying(at: 'before-save' | 'after-save', cause: Error): Spool {
  return {
    ...spool,
    async acquire(id) {
      const held = await spool.acquire(id);
      if (held === 'busy') return held;
      return Object.assign(Object.create(held) as LeasedSpool, {
        save: async (totals: Parameters<LeasedSpool['save']>[0]) => {
          if (at === 'before-save') throw cause;
          // The totals are written; the blobs stay as they were.
          await held.save({ ...totals, settled: {} });
          const blob = storage.blobs.getBlockBlobClient('spool-totals/logs/default/Sample.json');
          await held.release();
          const text = JSON.stringify(toStoredCounters(totals));
          await blob.upload(text, Buffer.byteLength(text));
          throw cause;
        },
      });
    },
  };
}

test('pushed bodies are delivered oldest first, in full batches, and leave the spool', async () => {
  for (let n = 0; n < 20; n++) await push(`a${n}`, `b${n}`);
  expect(await ledger()).toEqual({
    stored: 40,
    delivered: 0,
    dead: 0,
    duplicate: 0,
    filtered: 0,
    pending: 40,
  });
  const { report } = await run();
  expect(report).toMatchObject({ outcome: 'caught-up', fetched: 40, accepted: 40, pending: 0 });
  expect(arrived()).toEqual(Array.from({ length: 20 }, (_, n) => [`a${n}`, `b${n}`]).flat());
  expect(sink.batches).toHaveLength(1);
  expect(await blobs()).toEqual([]);
  expect(await ledger()).toEqual({
    stored: 40,
    delivered: 40,
    dead: 0,
    duplicate: 0,
    filtered: 0,
    pending: 0,
  });
  expect((await spool.view(ID)).counters).toMatchObject({ keys: { one: 40 }, columns: { name_s: 'string' } });
});

test('posts that arrive together share blobs and a trigger message', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, n) => spool.put(ID, body(`n${n}`))));
  expect((await blobs()).length).toBeLessThan(5);
  expect(await messages()).toBe(1);
  await run();
  expect(arrived()).toHaveLength(50);
});

test('one message covers all that is stored while it is hidden, and nothing after that', async () => {
  await push('first');
  clock.advance(500);
  await push('second');
  expect(await messages()).toBe(1);
  clock.advance(500);
  await push('third');
  expect(await messages()).toBe(2);
});

test('a batch that was sent but not saved before a kill is sent again and counted once', async () => {
  await push('a', 'b');
  const { report } = await run(dying('before-save', new Error('killed')));
  expect(report).toMatchObject({ outcome: 'failed' });
  expect(await ledger()).toEqual({ stored: 2, delivered: 0, dead: 0, duplicate: 0, filtered: 0, pending: 2 });
  await run();
  expect(arrived()).toEqual(['a', 'b', 'a', 'b']);
  expect(await ledger()).toEqual({ stored: 2, delivered: 2, dead: 0, duplicate: 0, filtered: 0, pending: 0 });
});

test('a batch that was saved but not deleted before a kill is not sent again and counted once', async () => {
  await push('a', 'b');
  await run(dying('after-save', new Error('killed')));
  expect(await blobs()).toHaveLength(1);
  expect(await ledger()).toEqual({ stored: 2, delivered: 2, dead: 0, duplicate: 0, filtered: 0, pending: 0 });
  const { report } = await run();
  expect(report).toMatchObject({ fetched: 0 });
  expect(arrived()).toEqual(['a', 'b']);
  expect(await blobs()).toEqual([]);
  expect(await ledger()).toEqual({ stored: 2, delivered: 2, dead: 0, duplicate: 0, filtered: 0, pending: 0 });
});

test('a workspace that is down for hours fails no body; everything arrives afterwards, oldest first', async () => {
  sink.answer = () => new UnavailableError('down');
  for (let hour = 0; hour < 12; hour++) {
    await push(`h${hour}`);
    expect((await run()).report).toMatchObject({ outcome: 'failed', error: { name: 'UnavailableError' } });
    clock.advance(3_600_000);
  }
  expect((await spool.view(ID)).counters.waiting).toMatchObject({ reason: 'unavailable' });
  for await (const blob of spool.blobs(ID)) expect(blob.failures).toBe(0);
  sink.answer = () => undefined;
  await run();
  expect(arrived()).toEqual(Array.from({ length: 12 }, (_, hour) => `h${hour}`));
  expect((await spool.view(ID)).counters.waiting).toBeUndefined();
});

test('while it waits no attempt is made, and it says when the next one is', async () => {
  sink.answer = () => new UnavailableError('down', { retryAfterMs: 120_000 });
  await push('a');
  expect(await run()).toMatchObject({ againInMs: 120_000 });
  clock.advance(60_000);
  expect(await run()).toEqual({});
  expect(sink.batches).toHaveLength(1);
});

test.each([
  ['table-missing', new SettingError('no stream', { missing: 'stream' })],
  ['setting', new SettingError('refused')],
] as const)('%s waits without using an attempt', async (reason, error) => {
  sink.answer = () => error;
  await push('a');
  for (let tries = 0; tries < 8; tries++) {
    await run();
    clock.advance(60_000);
  }
  expect((await spool.view(ID)).counters.waiting).toMatchObject({
    reason,
    since: '2026-11-21T12:00:00.001Z',
  });
  sink.answer = () => undefined;
  await run();
  expect(arrived()).toEqual(['a']);
});

test('a body that cannot be parsed fails five times and is kept; its neighbours continue at once', async () => {
  await Promise.all([spool.put(ID, body('a')), spool.put(ID, unreadable()), spool.put(ID, body('b'))]);
  for (let tries = 1; tries <= 4; tries++) {
    expect(await run()).toMatchObject({ againInMs: 60_000 });
    expect(arrived()).toEqual(['a', 'b']);
    expect(await ledger()).toEqual({
      stored: 3,
      delivered: 2,
      dead: 0,
      duplicate: 0,
      filtered: 0,
      pending: 1,
    });
    expect((await run()).report).toMatchObject({ fetched: 0 });
    clock.advance(60_000);
  }
  await run();
  expect(await ledger()).toEqual({ stored: 3, delivered: 2, dead: 1, duplicate: 0, filtered: 0, pending: 0 });
  expect(letters.letters).toMatchObject([{ cause: 'body-set-aside', record: '[{"name":"never"}' }]);
  expect(await blobs()).toEqual([]);
});

test('a body that the workspace refuses is found among the others, and they are delivered', async () => {
  await Promise.all(['a', 'poison', 'b'].map((name) => spool.put(ID, body(name))));
  sink.answer = ({ body: sent }) => (sent.includes('poison') ? new ContractError('refused') : undefined);
  await run();
  expect(arrived()).toEqual(['a', 'b']);
  expect(await ledger()).toMatchObject({ delivered: 2, pending: 1 });
});

test('a row that the workspace refuses is a dead letter, and the rest of its body is delivered', async () => {
  await spool.put(ID, body('a', 'poison', 'b'));
  sink.answer = ({ body: sent }) => (sent.includes('poison') ? { refused: '400 Bad' } : undefined);
  await run();
  expect(arrived()).toEqual(['a', 'b']);
  expect(letters.letters).toMatchObject([{ cause: 'refused', record: '{"name":"poison"}' }]);
  expect(await ledger()).toEqual({ stored: 3, delivered: 2, dead: 1, duplicate: 0, filtered: 0, pending: 0 });
});

test('repeated bodies are sent like any other body', async () => {
  await push('a');
  await push('a');
  await run();
  expect(arrived()).toEqual(['a', 'a']);
  expect((await spool.view(ID)).counters).not.toHaveProperty('remembered');
});

test('repeated bodies of a source that drops them are duplicates, within one delivery and in later ones', async () => {
  const dropping = { repeatedBodies: 'drop' } as const;
  for (const names of [['a', 'b'], ['c'], ['a', 'b'], ['b', 'a']]) await push(...names);
  expect(await run(spool, dropping)).toMatchObject({
    report: { fetched: 7, accepted: 5, duplicate: 2, filtered: 0, pending: 0 },
  });
  await push('c');
  await push('d');
  await run(spool, dropping);
  expect(arrived()).toEqual(['a', 'b', 'c', 'b', 'a', 'd']);
  expect(await ledger()).toEqual({ stored: 9, delivered: 6, dead: 0, duplicate: 3, filtered: 0, pending: 0 });
  expect((await spool.view(ID)).counters.keys).toEqual({ one: 9 });
});

test('a body that was sent but not counted is not treated as repeated', async () => {
  const dropping = { repeatedBodies: 'drop' } as const;
  await push('a');
  await run(dying('before-save', new Error('killed')), dropping);
  await run(spool, dropping);
  expect(arrived()).toEqual(['a', 'a']);
  expect(await ledger()).toEqual({ stored: 1, delivered: 1, dead: 0, duplicate: 0, filtered: 0, pending: 0 });
});

test('a body that failed is not remembered, so the same body later is delivered', async () => {
  const dropping = { repeatedBodies: 'drop' } as const;
  await push('a');
  sink.answer = () => new ContractError('refused');
  await run(spool, dropping);
  sink.answer = () => undefined;
  await push('a');
  await run(spool, dropping);
  clock.advance(60_000);
  await run(spool, dropping);
  expect(arrived()).toEqual(['a']);
  expect(await ledger()).toEqual({ stored: 2, delivered: 1, dead: 0, duplicate: 1, filtered: 0, pending: 0 });
});

test('a kill after a body’s failure was counted does not send the other bodies again', async () => {
  await Promise.all([spool.put(ID, body('a')), spool.put(ID, unreadable())]);
  await run(dying('after-save', new Error('killed')));
  expect(await ledger()).toEqual({ stored: 2, delivered: 1, dead: 0, duplicate: 0, filtered: 0, pending: 1 });
  clock.advance(60_000);
  await run();
  expect(arrived()).toEqual(['a']);
  for await (const blob of spool.blobs(ID)) expect(blob).toMatchObject({ records: 1, failures: 2 });
});

test('a row that no call can hold is a dead letter, and the rest of its body is delivered', async () => {
  sink = memorySink({ maxBatchBytes: 2_000, maxFieldBytes: 65_536 });
  await spool.put(ID, body('a', 'x'.repeat(3_000), 'b'));
  sink.answer = ({ body: sent }) => (sent.length > 2_000 ? 'too-large' : undefined);
  await run();
  expect(arrived()).toEqual(['a', 'b']);
  expect(await ledger()).toEqual({ stored: 3, delivered: 2, dead: 1, duplicate: 0, filtered: 0, pending: 0 });
});

test('of two deliveries at the same time one is busy, and bodies that arrive meanwhile are delivered', async () => {
  await push('a');
  const during: Promise<Delivery>[] = [];
  sink.answer = async () => {
    if (during.length > 0) return undefined;
    during.push(run());
    await during[0];
    return undefined;
  };
  expect((await run()).report).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  expect(await during[0]).toMatchObject({ report: { outcome: 'busy' }, againInMs: 15_000 });
  const left = { ...spool, acquire: spool.acquire } satisfies Spool;
  // Stored between the holder's last list and the release of its lease.
  const late: Spool = {
    ...left,
    async acquire(id) {
      const held = await spool.acquire(id);
      if (held === 'busy') return held;
      return Object.assign(Object.create(held) as LeasedSpool, {
        release: async () => {
          await push('late');
          await held.release();
        },
      });
    },
  };
  expect(await run(late)).toMatchObject({ againInMs: 0 });
});

test('a workspace that asks to wait for years is asked again within an hour', async () => {
  await push('a');
  const away = new UnavailableError('503', { retryAfterMs: 999_999_999_000 });
  sink.answer = () => away;
  expect(await run()).toMatchObject({ report: { outcome: 'failed' }, againInMs: 3_600_000 });
  const retryAt = (await spool.view(ID)).counters.waiting?.retryAt;
  expect(Date.parse(retryAt ?? '') - clock.now().getTime()).toBe(3_600_000);
});

test('times written by a clock that was ahead delay nothing', async () => {
  await push('a');
  await spool.put(ID, unreadable());
  clock.advance(5 * 86_400_000);
  const away = new UnavailableError('503');
  sink.answer = () => away;
  await run();
  sink.answer = () => undefined;
  clock.advance(30_000);
  await push('b');
  await run();
  // The unreadable body failed on that day, and the workspace was unreachable on it.
  clock.advance(-5 * 86_400_000);
  await push('c');
  expect((await run()).report).toMatchObject({ outcome: 'caught-up', accepted: 1 });
  for await (const blob of spool.blobs(ID)) expect(blob).toMatchObject({ failures: 2 });
  sink.answer = () => away;
  await push('d');
  await run();
  expect((await spool.view(ID)).counters.waiting?.since).toBe(clock.now().toISOString());
});

test('blocked spools are found by listing alone, with one request where there are none', async () => {
  const counted = await countedStorage();
  const { requests } = counted;
  const watched = createSpool(counted, {
    clock,
    triggerQueue: { send: async () => undefined },
    maxBytes: 1e9,
  });
  const waiting = async (): Promise<SourceId[]> => {
    requests.length = 0;
    const found: SourceId[] = [];
    for await (const id of watched.pending()) found.push(id);
    return found;
  };
  expect(await waiting()).toEqual([]);
  expect(requests).toEqual(['GET list']);
  for (const name of ['a', 'b', 'c']) await push(name);
  expect(await waiting()).toEqual([ID]);
  // Requests for its connectors, its instances, its sources, and its first blob, however many bodies wait.
  expect(requests).toEqual(Array(4).fill('GET list'));
  await run();
  expect(await waiting()).toEqual([]);
  expect(requests).toEqual(['GET list']);
  counted.close();
});

test('a spool at its size limit accepts no more, and says when to retry', async () => {
  await push('x'.repeat(1_000));
  await expect(open(1_000).put(ID, body('more'))).rejects.toMatchObject({
    name: 'UnavailableError',
    retryAfterMs: 60_000,
  });
});

test('of more than 96 MB at once the excess is asked to retry soon, and is then accepted', async () => {
  const large = { ...body('a'), bytes: Buffer.alloc(40 * 1024 * 1024, ' ') };
  const [one, two, third] = await Promise.allSettled(Array.from({ length: 3 }, () => spool.put(ID, large)));
  expect([one?.status, two?.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(third).toMatchObject({ reason: { name: 'UnavailableError', retryAfterMs: 2_000 } });
  expect(await spool.put(ID, body('later'))).toBe('triggered');
});

describe('a blob that is damaged in storage', () => {
  const SET_ASIDE = { stored: 3, delivered: 2, dead: 1, duplicate: 0, filtered: 0, pending: 0 };
  const bytesOf = ({ record }: { readonly record: string }): Buffer =>
    Buffer.from(JSON.parse(record) as string, 'base64');

  test.each<[how: string, become: (content: Buffer) => Buffer | string]>([
    ['other bytes', () => Buffer.from([0, 0xff, 0x7b, 0x0a, 0xfe])],
    ['nothing', () => ''],
    ['no object before the body', () => 'null\n[{"name":"b"}]'],
    ['no length', () => '{"records":1,"receivedAt":"2026-11-21T12:00:00Z"}\n[{"name":"b"}]'],
    ['a negative length', (content) => content.toString().replace(/"length":\d+/, '"length":-40')],
    ['a truncated body', (content) => content.subarray(0, -1)],
    ['another byte, in valid JSON', (content) => content.toString().replace('"b"', '"c"')],
    ['a truncated line', (content) => content.subarray(0, 20)],
  ])('%s: affects only itself, and its bytes are kept', async (_, become) => {
    for (const name of ['a', 'b', 'c']) await push(name);
    const left = await damage(1, become);
    expect(await run()).toMatchObject({ report: { outcome: 'caught-up', accepted: 2 }, againInMs: 60_000 });
    expect([arrived(), await ledger()]).toEqual([['a', 'c'], { ...SET_ASIDE, dead: 0, pending: 1 }]);
    await runFiveTimes();
    expect([arrived(), await ledger(), await blobs()]).toEqual([['a', 'c'], SET_ASIDE, []]);
    const post = { receivedAt: '2026-11-21T12:00:00.001Z' };
    expect(letters.letters).toMatchObject([{ cause: 'damaged', post }]);
    expect(letters.letters.map(bytesOf)).toEqual([left]);
  });

  test('is logged as an error with its name, without any of its bytes', async () => {
    await push('a-person');
    await damage(0, (content) => content.subarray(0, -1));
    const [blob] = await blobs();
    expect((await runFiveTimes()).report).toMatchObject({ setAside: 1, deadLettered: 1, pending: 0 });
    const told = { blob, records: 1, reason: `reading ${blob}: it is damaged in storage` };
    expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn', 'warn', 'error']);
    expect(log.lines.map(({ fields }) => fields)).toMatchObject(log.lines.map(() => told));
    expect(JSON.stringify(log.lines)).not.toContain('person');
  });

  test('does not stop the bodies before the damage', async () => {
    await Promise.all(['first', 'a', 'b', 'c'].map((name) => spool.put(ID, body(name, `${name}2`))));
    await damage(1, (content) => content.subarray(0, -3));
    await runFiveTimes();
    expect(arrived()).toEqual(['first', 'first2', 'a', 'a2', 'b', 'b2']);
    expect(await ledger()).toEqual({
      stored: 8,
      delivered: 6,
      dead: 2,
      duplicate: 0,
      filtered: 0,
      pending: 0,
    });
    expect(letters.letters.map((one) => bytesOf(one).toString())).toEqual([
      expect.stringMatching(/^\{"length":.*\n\[\{"name":"c"\},\{"name":"c2$/),
    ]);
  });

  test('of which a part was delivered: the rest is kept, and nothing is sent twice', async () => {
    await Promise.all(['first', 'a', 'poison', 'b'].map((name) => spool.put(ID, body(name))));
    sink.answer = ({ body: sent }) => (sent.includes('poison') ? new ContractError('refused') : undefined);
    await run();
    await damage(0, (content) => content.subarray(0, content.indexOf('poison')));
    clock.advance(60_000);
    await runFiveTimes();
    expect(arrived()).toEqual(['first', 'a', 'b']);
    expect(letters.letters).toMatchObject([{ cause: 'damaged' }]);
    expect(await ledger()).toEqual({
      stored: 4,
      delivered: 3,
      dead: 1,
      duplicate: 0,
      filtered: 0,
      pending: 0,
    });
  });

  test('and equals another damaged one is not a repeated body', async () => {
    await push('a');
    await push('b');
    for (const index of [0, 1]) await damage(index, () => '');
    await runFiveTimes({ repeatedBodies: 'drop' });
    expect(await ledger()).toEqual({
      stored: 2,
      delivered: 0,
      dead: 2,
      duplicate: 0,
      filtered: 0,
      pending: 0,
    });
  });

  test('stays where it is while its bytes cannot be copied', async () => {
    await push('a');
    const left = await damage(0, (content) => content.subarray(0, -1));
    letters.beforePut = () => {
      throw new UnavailableError('storage is away');
    };
    for (let tries = 1; tries <= 7; tries++) {
      await run();
      clock.advance(60_000);
    }
    expect(await ledger()).toMatchObject({ stored: 1, dead: 0, pending: 1 });
    letters.beforePut = () => undefined;
    await run();
    expect(letters.letters.map(bytesOf)).toEqual([left]);
    expect([await ledger(), await blobs()]).toMatchObject([{ stored: 1, dead: 1, pending: 0 }, []]);
  });

  test('of a newer version is not damaged: it waits unchanged, is reported, and its neighbours are delivered', async () => {
    await push('a');
    await push('b');
    const newer = await damage(0, () => '{"version":2,"bodies":"elsewhere"}\n\u0000');
    const [name] = await blobs();
    for (let tries = 1; tries <= 8; tries++) {
      expect(await run()).toMatchObject({ report: { outcome: 'caught-up' }, againInMs: 60_000 });
      clock.advance(60_000);
    }
    expect(arrived()).toEqual(['b']);
    const view = await spool.view(ID);
    expect(view).toMatchObject({ ledger: { fetched: 2, accepted: 1, deadLettered: 0, pending: 1 } });
    expect(view.counters).not.toHaveProperty('waiting');
    expect(view.problem).toMatch(
      `delivering logs/Sample: ${name} was written by a newer version of Tributary. Run that version again`,
    );
    expect(JSON.stringify(log.lines)).toContain(`${name} was written by a newer version`);
    expect(await damage(0, (content) => content)).toEqual(newer);
    expect(letters.letters).toEqual([]);
    await damage(0, () => runToEnd(encodeBodies([body('a')])));
    await run();
    expect([arrived(), await blobs()]).toEqual([['b', 'a'], []]);
    expect(await spool.view(ID)).not.toHaveProperty('problem');
  });

  test('with unknown members of a newer version is read without them', async () => {
    await push('a');
    await damage(0, (content) => {
      const [line = '', bytes = ''] = content.toString().split('\n');
      const newer = `{"newer":{"deep":[1]},${line.slice(1).replace(/,"crc32":.*/, '')}}`;
      return `${newer.slice(0, -1)},"crc32":${crc32(bytes, crc32(newer))}}\n${bytes}`;
    });
    await run();
    expect(arrived()).toEqual(['a']);
  });
});

describe('a blob whose name no version writes', () => {
  const NAMES = ['sub/dir/..%2f', 'a name', 'é', 'x'.repeat(201)];

  test('is left in place and reported, triggers nothing, and its neighbours are sent once', async () => {
    const content = runToEnd(encodeBodies([body('foreign')]));
    const put = (name: string) =>
      storage.blobs.getBlockBlobClient(`spool/logs/default/Sample/${name}`).upload(content, content.length);
    await push('a');
    for (const name of NAMES) await put(name);
    for (let tries = 1; tries <= 3; tries++) {
      expect(await run()).toEqual({ report: expect.objectContaining({ outcome: 'caught-up' }) as object });
      clock.advance(60_000);
    }
    expect([arrived(), await blobs()]).toEqual([['a'], []]);
    const { ledger: counts, problem } = await spool.view(ID);
    expect(counts).toMatchObject({ fetched: 1, accepted: 1, pending: 0 });
    expect(problem).toMatch(
      /^delivering logs\/Sample: spool\/logs\/default\/Sample\/.*, and 3 more, cannot be delivered, because no version writes such a name\. .*copy it to a name of/,
    );
    const waiting: SourceId[] = [];
    for await (const id of spool.pending()) waiting.push(id);
    expect(waiting).toEqual([]);
    const kept: string[] = [];
    for await (const { name } of storage.blobs.listBlobsFlat({ prefix: 'spool/' })) kept.push(name);
    expect(kept).toHaveLength(NAMES.length);
    await put('copied');
    await run();
    expect(arrived()).toEqual(['a', 'foreign']);
  });
});

test('counters that no version wrote are never treated as missing', async () => {
  await push('a');
  await storage.blobs.getBlockBlobClient('spool-totals/logs/default/Sample.json').upload('{}', 2);
  expect((await run()).report).toMatchObject({ outcome: 'failed', error: { name: 'SettingError' } });
  expect(sink.batches).toEqual([]);
});
