import type { Page, PullContext, PullSource } from '../../shared/contract/connector';
import { loadConnectors } from '../../shared/load';
import { url } from '../../shared';
import { pullHarness, HARNESS_ID } from '../fakes/pull-harness';
import { event, SAMPLE_TABLE } from '../fakes/scripted-source';

/* A pull that does not end with its run: the run ends nevertheless, and reports it. */

const MINUTE_MS = 60_000;
const never = (): Promise<never> => new Promise(() => undefined);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const first: Page = { records: [event('a', 1)], checkpoint: { n: 1 } };

/** A source in code, with further members. */
function coded(pull: PullSource['pull'], more: Partial<PullSource> = {}): PullSource {
  return { table: SAMPLE_TABLE, pull, ...more };
}

/** Runs it for a minute, plus the time that a run has after its deadline. */
async function runOut(
  harness: ReturnType<typeof pullHarness>,
  source: PullSource,
  late?: (error: unknown) => void,
) {
  const deadline = new Date(harness.clock.now().getTime() + MINUTE_MS);
  const run = harness.run(source, { deadline, ...(late === undefined ? {} : { onAbandonedFailure: late }) });
  for (const ms of [MINUTE_MS, 30_000, 5_000]) {
    await turn();
    harness.clock.advance(ms);
  }
  return run;
}

const STANDS_STILL = {
  name: 'ContractError',
  message:
    'pulling acme/alerts: its code waits for something that does not stop with the run. Await only http, sleep and poll, or stop when signal aborts.',
};

test.each<[string, number, PullSource]>([
  [
    'never yields',
    0,
    coded(async function* () {
      yield await never();
    }),
  ],
  [
    'hangs after a page',
    1,
    coded(async function* () {
      yield first;
      await never();
    }),
  ],
  [
    'hangs in finally',
    1,
    coded(async function* () {
      try {
        yield first;
        throw new Error('x');
      } finally {
        await never();
      }
    }),
  ],
  [
    'hangs after a page, saved before the next',
    1,
    coded(
      async function* () {
        yield first;
        await never();
      },
      { saveBeforeNext: true },
    ),
  ],
  [
    'lists its partitions forever',
    0,
    coded(
      async function* () {
        yield first;
      },
      { window: { lag: { minMs: 60_000, maxMs: 300_000 } }, partitions: never },
    ),
  ],
])(
  'a run whose pull %s fails, with delivered pages saved and its lease released',
  async (_, pages, source) => {
    const harness = pullHarness();
    const report = await runOut(harness, source);
    expect(report).toMatchObject({
      outcome: 'failed',
      pages,
      accepted: pages,
      pending: 0,
      error: STANDS_STILL,
    });
    expect((await harness.stored())?.position).toEqual(pages === 0 ? null : { n: 1 });
    expect(await harness.checkpoints.acquire(HARNESS_ID)).not.toBe('busy');
  },
);

test('a pull that ends when its signal aborts is out of time, whether it throws or returns, and continues from its checkpoint', async () => {
  const waits: PullSource['pull'][] = [
    async function* ({ signal }: PullContext) {
      yield first;
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    },
    async function* ({ signal }: PullContext) {
      yield first;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  ];
  for (const pull of waits) {
    const harness = pullHarness();
    expect(await runOut(harness, coded(pull))).toMatchObject({
      outcome: 'out-of-time',
      accepted: 1,
      pending: 0,
    });
    expect(await harness.stored()).toMatchObject({ position: { n: 1 }, unfinished: true });
  }
});

test('a window whose read stops for the signal does not count as read', async () => {
  const harness = pullHarness();
  const asked: unknown[] = [];
  const pull: PullSource['pull'] = async function* ({ signal, window }: PullContext) {
    asked.push(window?.from);
    if (asked.length === 1)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    else yield { records: [], checkpoint: {}, last: true };
  };
  const source = coded(pull, { window: { lag: { minMs: 60_000, maxMs: 300_000 } } });
  expect(await runOut(harness, source)).toMatchObject({ outcome: 'out-of-time', pages: 0 });
  await harness.run(source);
  expect(asked[1]).toBe(asked[0]);
});

test('a page that arrives within the grace period after the deadline is delivered', async () => {
  const harness = pullHarness();
  let give = (): void => undefined;
  const source = coded(async function* () {
    await new Promise<void>((resolve) => (give = resolve));
    yield first;
    yield { records: [event('b', 2)], checkpoint: { n: 2 } };
  });
  const running = harness.run(source, { deadline: new Date(harness.clock.now().getTime() + MINUTE_MS) });
  await turn();
  harness.clock.advance(MINUTE_MS + 29_000);
  give();
  expect(await running).toMatchObject({ outcome: 'out-of-time', accepted: 1 });
  expect(harness.delivered()).toEqual(['a']);
});

test('the workspace may still accept a page after the pull is out of time', async () => {
  const harness = pullHarness();
  const signals: AbortSignal[] = [];
  const connect = async (sending: AbortSignal, reading: AbortSignal) => {
    signals.push(sending, reading);
    return { http: { request: never }, sink: harness.sink };
  };
  const source = coded(async function* () {
    yield first;
    await never();
  });
  const running = harness.run(source, {
    connect,
    deadline: new Date(harness.clock.now().getTime() + MINUTE_MS),
  });
  await turn();
  harness.clock.advance(MINUTE_MS + 30_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  harness.clock.advance(5_000);
  expect(await running).toMatchObject({ outcome: 'failed', accepted: 1, error: STANDS_STILL });
});

test('a pull with saveBeforeNext whose finally hangs is not waited for at its end', async () => {
  const harness = pullHarness();
  const source = coded(
    async function* () {
      try {
        yield first;
      } finally {
        await never();
      }
    },
    { saveBeforeNext: true },
  );
  const running = harness.run(source, { deadline: harness.clock.now() });
  for (const ms of [10_000, 5_000]) {
    await turn();
    harness.clock.advance(ms);
  }
  expect(await running).toMatchObject({ outcome: 'failed', accepted: 1, error: STANDS_STILL });
  expect((await harness.stored())?.position).toEqual({ n: 1 });
});

test('an error that an abandoned pull throws later is reported, and is not an unhandled rejection', async () => {
  const harness = pullHarness();
  const [late, unhandled]: [unknown[], unknown[]] = [[], []];
  const listen = (reason: unknown): number => unhandled.push(reason);
  process.on('unhandledRejection', listen);
  let fail = (): void => undefined;
  const source = coded(async function* () {
    yield first;
    await new Promise<void>((_, reject) => (fail = () => reject(new Error('too late'))));
  });
  await runOut(harness, source, (error) => late.push(String(error)));
  fail();
  await turn();
  process.off('unhandledRejection', listen);
  expect([late, unhandled]).toEqual([[expect.stringContaining('too late')], []]);
});

test('a process that stops, or a lost lease, does not wait for a pull that ignores its signal', async () => {
  const harness = pullHarness();
  const [soon, now] = [new AbortController(), new AbortController()];
  const shutdown = { soon: soon.signal, now: now.signal };
  const running = harness.run(
    coded(async function* () {
      yield first;
      await never();
    }),
    { shutdown },
  );
  await turn();
  now.abort(new Error('the process ends'));
  harness.clock.advance(1_000);
  expect(await running).toMatchObject({ outcome: 'out-of-time', accepted: 1 });
  expect(await harness.checkpoints.acquire(HARNESS_ID)).not.toBe('busy');
});

test('a loaded connector whose pull hangs is reported in the same way', async () => {
  const alerts = coded(async function* () {
    yield first;
    await never();
  });
  const acme = { name: 'acme', title: 'Acme', settings: { url: url('Where.') }, sources: { alerts } };
  const { connectors } = loadConnectors([{ name: 'acme', load: () => acme }]);
  const source = connectors[0]?.sources['alerts'] as PullSource;
  expect(await runOut(pullHarness(), source)).toMatchObject({
    outcome: 'failed',
    accepted: 1,
    error: STANDS_STILL,
  });
});
