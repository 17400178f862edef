import { LEASE_MS, type TriggerQueue } from '../../shared/contract/run';
import type { Spool } from '../../shared/contract/spool';
import { classicTable, compileClassic } from '../../shared/push/data-collector/rows';
import { drainSpool } from '../../shared/push/drain-spool';
import { createRequeue } from '../../shared/run/trigger-message';
import { fakeClock } from '../fakes/fake-clock';
import { memoryDeadLetters } from '../fakes/memory-dead-letters';
import { memorySink } from '../fakes/memory-sink';
import { memorySpool } from '../fakes/memory-spool';
import { silentLog } from '../fakes/silent-log';

/*
 * Acknowledged bodies are delivered without help. The queue behaves like Azure's: a message whose process dies stays hidden for
 * ten minutes. Until then, only new messages, the check at each start and the sweep of each minute trigger a delivery.
 */

const ID = { connector: 'logs', instance: 'default', source: 'Sample' };
const SECOND_MS = 1_000;
/** The duration of one delivery. */
const DELIVERY_MS = 3_000;
/** The promised time after the last fault. */
const PROMISED_MS = 90_000;

/** An app whose processes live for these times, the last one without end. Seconds pass until the spool is empty. */
function scene({ lookMs = 0 } = {}) {
  const clock = fakeClock();
  const beginMs = clock.now().getTime();
  const sinceMs = (): number => clock.now().getTime() - beginMs;
  const spool = memorySpool(() => clock.now());
  const sink = memorySink();
  let messages: number[] = [];
  const queue: TriggerQueue = {
    send: async (_, afterMs = 0) => void messages.push(sinceMs() + afterMs),
  };
  let requeue = createRequeue(clock);
  let diesAtMs = Infinity;

  /** A process that dies releases nothing. */
  const mortal: Spool = {
    ...spool,
    async acquire(id) {
      const held = await spool.acquire(id);
      if (held === 'busy') return held;
      return {
        ...held,
        get counters() {
          return held.counters;
        },
        release: async () => {
          if (sinceMs() < diesAtMs) await held.release();
        },
      };
    },
  };
  sink.answer = () => {
    clock.advance(Math.min(DELIVERY_MS, diesAtMs - sinceMs()));
    return sinceMs() >= diesAtMs ? new Error('killed') : undefined;
  };
  /** Message polls and lease attempts come a little later each time, so that they do not synchronise. */
  let delayMs = 0;
  const answer = async (): Promise<void> => {
    delayMs = (delayMs * 7 + 131) % 701;
    clock.advance(Math.min(delayMs, diesAtMs - sinceMs()));
    if (sinceMs() >= diesAtMs) return;
    const { againInMs, report } = await drainSpool({
      id: ID,
      runId: 'run',
      table: classicTable(ID.source),
      deadline: new Date(clock.now().getTime() + 240_000),
      spool: mortal,
      deadLetters: memoryDeadLetters(),
      connect: () => sink,
      format: (known, to) => compileClassic(classicTable(ID.source), known, to),
      clock,
      log: silentLog(),
    });
    if (sinceMs() < diesAtMs && report?.outcome === 'busy' && againInMs !== undefined)
      await requeue(queue, ID, againInMs, silentLog());
  };

  const wakeWaiting = async (): Promise<void> => {
    for await (const _ of spool.pending()) await queue.send(ID);
  };

  return {
    sink,
    sinceMs,
    messages: () => messages,
    push: (name: string) =>
      spool.put(ID, {
        bytes: Buffer.from(JSON.stringify([{ name }])),
        records: 1,
        receivedAt: clock.now().toISOString(),
      }),
    wake: (afterMs = 0) => queue.send(ID, afterMs),
    /** Starts the next process, which lives for this time. */
    async begin(livesMs: number) {
      diesAtMs = sinceMs() + livesMs;
      requeue = createRequeue(clock);
      await wakeWaiting();
    },
    advance: (ms: number) => clock.advance(ms),
    /** Starts another process that has run for long. */
    lives: () => void (diesAtMs = Infinity),
    /** Lets seconds pass until the process dies, or nothing is left. */
    async live(untilMs: number): Promise<boolean> {
      while (sinceMs() < Math.min(untilMs, diesAtMs)) {
        if (sinceMs() % 60_000 < SECOND_MS) await wakeWaiting();
        const due = messages.filter((at) => at + lookMs <= sinceMs());
        messages = messages.filter((at) => at + lookMs > sinceMs());
        for (const _ of due) if (sinceMs() < diesAtMs) await answer();
        if ((await spool.view(ID)).ledger.pending === 0) return true;
        if (sinceMs() < diesAtMs) clock.advance(SECOND_MS - (sinceMs() % SECOND_MS));
      }
      return false;
    },
  };
}

/** Seconds of a minute at which a process dies, so that the sweep comes at different times after it. */
const DEATHS_MS = Array.from({ length: 15 }, (_, index) => 1_000 + index * 4_000);

test.each(DEATHS_MS)(
  'after a kill %i ms after a sweep, in the middle of a delivery, everything is delivered within 90 s',
  async (diesMs) => {
    // An empty queue is polled every ten seconds, as host.json configures.
    const { advance, begin, live, lives, push, sinceMs, wake } = scene({ lookMs: 10_000 });
    await begin(diesMs);
    advance(diesMs - SECOND_MS);
    await push('a');
    // The process receives the message just before it dies, and the message stays hidden.
    await wake(-10_000);
    expect(await live(diesMs)).toBe(false);
    const deadAtMs = sinceMs();
    // No process is started for it; a parallel one finds the lease taken.
    lives();
    expect(await live(deadAtMs + 2 * PROMISED_MS)).toBe(true);
    expect(sinceMs() - deadAtMs).toBeLessThanOrEqual(PROMISED_MS);
  },
);

test.each([5, 8, 13, 20, 31, 45, 59])(
  'with processes that die every %i s, sooner than a lease ends, deliveries still progress',
  async (everyS) => {
    const { begin, live, push, sink, sinceMs } = scene();
    await push('a');
    await begin(2_000);
    while (!(await live(Infinity)) && sinceMs() < 600_000) await begin(everyS * SECOND_MS);
    expect(sink.rows).toMatchObject([{ name_s: 'a' }]);
    expect(sinceMs()).toBeLessThan(5 * LEASE_MS);
  },
);

test('of twenty messages that meet a held lease one comes back, sooner than the lease ends', async () => {
  const { begin, live, messages, push, wake } = scene();
  await push('a');
  await begin(2_000);
  await live(2_000);
  await begin(Infinity);
  for (let n = 0; n < 20; n++) await wake();
  await live(10_000);
  expect(messages()).toHaveLength(1);
  expect(messages()[0]).toBeLessThan(LEASE_MS);
});

test('a delivery that meets a held lease comes back only where something is left; new posts bring their own message', async () => {
  const spool = memorySpool(() => clock.now());
  const clock = fakeClock();
  await spool.acquire(ID);
  const meet = () =>
    drainSpool({
      ...{ id: ID, runId: 'run', table: classicTable(ID.source), deadline: clock.now(), spool, clock },
      ...{ deadLetters: memoryDeadLetters(), connect: () => memorySink(), log: silentLog() },
      format: (known, to) => compileClassic(classicTable(ID.source), known, to),
    });
  expect(await meet()).toMatchObject({ report: { outcome: 'busy' } });
  expect((await meet()).againInMs).toBeUndefined();
  await spool.put(ID, { bytes: Buffer.from('[{}]'), records: 1, receivedAt: clock.now().toISOString() });
  expect((await meet()).againInMs).toBeLessThan(LEASE_MS);
});
