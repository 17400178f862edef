import { waitForDelivery, liveness } from './laws/liveness';
import { forgedMessages, deliverForged, FORGED_MESSAGES } from './laws/forged-messages';
import { followProgress, progress } from './laws/progress';
import { DAMAGED_BLOBS, damagedBlobs } from './laws/damaged-blobs';
import { recordPosts, unsignedParts, UNSIGNED_PARTS } from './laws/unsigned-parts';
import { createRules } from './fault-rules';
import type { QueueMessage, TestEnvironment } from './test-environment';
import type { StorageFault, StorageRequest } from './storage';
import type { Invocation } from './child-messages';
import type { UniqueView } from './unique-view';
import { memoryContainer, type MemoryContainer } from '../fakes/memory-container';

/* The laws without an app: each must be able to fail. */

const NOON_MS = Date.parse('2026-01-15T12:00:00Z');
const CONNECTOR = { name: 'acme' };

/** An environment with a clock, messages, events and vendor requests. */
function environment(
  change: { readonly messages?: QueueMessage[]; readonly faults?: readonly object[] } = {},
) {
  let nowMs = NOON_MS;
  const invoked: Invocation[] = [];
  const recorder = { distinctEvents: 0 };
  const requests: object[] = [];
  const made = {
    options: { sut: { connector: CONNECTOR }, sources: ['events'], faults: change.faults ?? [] },
    vendor: { requests },
    recorder,
    messages: change.messages ?? [],
    enqueuedMessages: 0,
    now: () => new Date(nowMs),
    advance: (ms: number) => Promise.resolve(void (nowMs += ms)),
    invoke: (invocation: Invocation) => Promise.resolve(void invoked.push(invocation)),
  };
  return {
    made,
    environment: made as unknown as TestEnvironment,
    invoked,
    recorder,
    requests,
    passedMs: () => nowMs - NOON_MS,
  };
}

/** A scenario without a wait, unless changed. */
const waitOptions = (
  countPending: () => number,
  more: Partial<Parameters<typeof waitForDelivery>[1]> = {},
) => ({
  deliverDue: () => Promise.resolve(),
  countPending: () => Promise.resolve(countPending()),
  blockedUntilMs: () => Promise.resolve(0),
  ...more,
});

describe('liveness', () => {
  test('holds if the minute timer finds what no message triggers', async () => {
    const { invoked, passedMs, environment: each } = environment();
    await waitForDelivery(
      each,
      waitOptions(() => 1 - invoked.length),
    );
    expect(liveness.violations(each)).toEqual([]);
    expect(invoked).toEqual([{ kind: 'deliver-sweep' }]);
    expect(passedMs()).toBe(10_000);
  });

  test('is violated by what is pending after 90 s, not before', async () => {
    const { passedMs, environment: each } = environment();
    await waitForDelivery(
      each,
      waitOptions(() => 2),
    );
    expect(liveness.violations(each)).toEqual([
      '2 stored bodies were not delivered 90 s after the last fault',
    ]);
    expect(passedMs()).toBeLessThanOrEqual(90_000);
  });

  test('counts from the end of a wait, and no wait is longer than an hour', async () => {
    const untilMs = (ms: number) => ({ blockedUntilMs: () => Promise.resolve(NOON_MS + ms) });
    const short = environment({
      messages: [{ queue: 'tributary-deliver', text: '', visibleAtMs: NOON_MS + 100_000 }],
    });
    await waitForDelivery(
      short.environment,
      waitOptions(() => (short.passedMs() < 100_000 ? 1 : 0), untilMs(30_000)),
    );
    expect(liveness.violations(short.environment)).toEqual([]);
    const long = environment();
    await waitForDelivery(
      long.environment,
      waitOptions(() => 0, untilMs(7_200_000)),
    );
    expect(liveness.violations(long.environment)).toEqual(['it waits for 120 minutes']);
  });

  test('delivers each message when it becomes visible', async () => {
    const message = { queue: 'tributary-deliver', text: '', visibleAtMs: NOON_MS + 5_000 };
    const { passedMs, environment: each } = environment({ messages: [message] });
    const deliverDue = (): Promise<void> => {
      if (passedMs() >= 5_000) each.messages.length = 0;
      return Promise.resolve();
    };
    await waitForDelivery(
      each,
      waitOptions(() => each.messages.length, { deliverDue }),
    );
    expect([passedMs(), liveness.violations(each)]).toEqual([5_000, []]);
  });
});

describe('progress', () => {
  const trigger: Invocation = {
    kind: 'message',
    message: { ...CONNECTOR, connector: 'acme', source: 'events' },
  };

  test('is violated by trigger messages that bring nothing new, and by their requests', () => {
    const { made, requests, environment: each } = environment();
    for (let run = 0; run < 9; run++) {
      const ends = followProgress(each, trigger);
      requests.push(...Array.from({ length: 30 }, () => ({})));
      made.enqueuedMessages++;
      ends();
    }
    expect(progress.violations(each)).toEqual([
      '9 trigger messages in a row were followed by another and brought nothing new',
      '270 requests in a row brought nothing new',
    ]);
  });

  test.each<[string, (of: ReturnType<typeof environment>) => unknown]>([
    ['a new event', ({ recorder }) => (recorder.distinctEvents += 1)],
    ['a timer', ({ environment: each }) => followProgress(each, { kind: 'timer', connector: 'acme' })()],
  ])('%s ends the streak', (_, happen) => {
    const of = environment();
    for (let run = 0; run < 40; run++) {
      const ends = followProgress(of.environment, trigger);
      if (run % 5 === 0) happen(of);
      of.made.enqueuedMessages++;
      ends();
    }
    expect(progress.violations(of.environment)).toEqual([]);
  });

  test('messages enqueued earlier may all bring nothing, and parallel invocations count a message once', () => {
    const { made, environment: each } = environment();
    for (let run = 0; run < 40; run++) followProgress(each, trigger)();
    for (let run = 0; run < 8; run++) {
      const [one, beside] = [followProgress(each, trigger), followProgress(each, trigger)];
      made.enqueuedMessages++;
      one();
      beside();
    }
    expect(progress.violations(each)).toEqual([]);
  });

  test('a poison message is not a trigger message', () => {
    const { made, environment: each } = environment();
    for (let run = 0; run < 40; run++) {
      const ends = followProgress(each, { kind: 'message', message: 'not base64!' });
      made.enqueuedMessages++;
      ends();
    }
    expect(progress.violations(each)).toEqual([]);
  });
});

/** An environment with blobs, and an app that does what the test says. */
function withBlobs(
  blobs: Readonly<Record<string, string>>,
  app: (environment: StoredBlobs) => void = () => undefined,
) {
  const container = memoryContainer(blobs);
  const rules = createRules<StorageFault, StorageRequest>();
  const lines: string[] = [];
  const reports: object[] = [];
  const made = {
    options: { sut: { connector: CONNECTOR }, sources: ['events', 'others'], faults: [{}] },
    storage: { container, rules, endLease: () => Promise.resolve() },
    platform: { messages: 'delivered' },
    random: () => 0,
    kills: [],
    logLines: lines,
    reports,
    invoke: (invocation: Invocation) => {
      invoked.push(invocation);
      app(stored);
      return Promise.resolve({ id: 1, injectionPoints: 0, sleptMs: 0 });
    },
  };
  const invoked: Invocation[] = [];
  const stored = {
    environment: made as unknown as TestEnvironment,
    container,
    rules,
    lines,
    reports,
    invoked,
  };
  return stored;
}
interface StoredBlobs {
  readonly container: MemoryContainer;
  readonly lines: string[];
}

describe('forged messages', () => {
  const message = { connector: 'acme', instance: 'default', source: 'events' };
  const deliver = (environment: TestEnvironment) =>
    deliverForged(environment, message, (forgery) => ({ kind: 'message', message: forgery }));

  test('holds if a message that names an unknown source is logged; it is not a trigger message', async () => {
    const { invoked, environment: each } = withBlobs({ 'checkpoints/a': '{}' }, ({ lines }) =>
      lines.push('trigger message dropped'),
    );
    FORGED_MESSAGES.arrange?.(each);
    await deliver(each);
    expect(each.platform.messages).toBe('forged');
    expect(invoked.length).toBeGreaterThan(1);
    expect(invoked).not.toContainEqual({ kind: 'message', message });
    expect(forgedMessages.violations(each)).toEqual([]);
    for (let run = 0; run < 40; run++) for (const invocation of invoked) followProgress(each, invocation)();
    expect(progress.violations(each)).toEqual([]);
  });

  test('is violated by a message that is not logged, and by one that creates or changes a blob', async () => {
    const { environment: each } = withBlobs({ 'checkpoints/a': '{}' }, ({ container }) => {
      container.set('checkpoints/a', '{"n":1}');
      container.set('spool-totals/x', '{}');
    });
    await deliver(each);
    const first = 'the message {"connector":"..","instance":"default","source":"events"}';
    expect(forgedMessages.violations(each).slice(0, 3)).toEqual([
      `${first} wrote checkpoints/a`,
      `${first} wrote spool-totals/x`,
      `${first} was not logged`,
    ]);
  });
});

describe('damaged blobs', () => {
  const NAME = 'checkpoints/acme/default/events.json';
  const TEXT = '{"version":1,"position":{"page":3},"savedAt":"2026-01-15T12:00:00.000Z"}';
  const get = {
    service: 'blob',
    method: 'GET',
    comp: null,
    path: `/tributary/${NAME}`,
  } as unknown as StorageRequest;
  const report = `reading the checkpoint of acme/events: ${NAME} is damaged`;
  /** Damages and reads the blobs, runs the app, and restores the blobs. */
  async function damage(
    app: (stored: ReturnType<typeof withBlobs>) => void,
    blobs: Readonly<Record<string, string>> = { [NAME]: TEXT },
    before: (stored: ReturnType<typeof withBlobs>) => void = () => undefined,
  ) {
    const stored = withBlobs(blobs);
    await DAMAGED_BLOBS.betweenRounds?.(stored.environment);
    const damaged = stored.container.text(Object.keys(blobs)[0] ?? '');
    before(stored);
    for (const name of Object.keys(blobs)) {
      const met = stored.rules.next({ ...get, path: `/tributary/${name}` });
      if (met?.do === 'meanwhile') await met.first(get);
    }
    app(stored);
    await DAMAGED_BLOBS.afterRounds?.(stored.environment, {} as UniqueView);
    return { ...stored, damaged, violations: damagedBlobs.violations(stored.environment) };
  }

  test('holds if the damage is reported and left; then the blob is restored', async () => {
    const { violations, container, invoked, damaged } = await damage(({ lines }) => lines.push(report));
    expect(damaged).toBe('{"version":1,"position":{"page":"51"},"savedAt":7}');
    expect(violations).toEqual([]);
    expect(container.text(NAME)).toBe(TEXT);
    expect(invoked).toMatchObject([{ kind: 'look' }]);
  });

  test('holds if the damaged bytes are moved to damaged/', async () => {
    const { violations } = await damage(({ container, lines }) => {
      lines.push(report);
      container.set(`damaged/${NAME}/2026-01-15-1`, container.text(NAME) ?? '');
      container.set(NAME, TEXT);
    });
    expect(violations).toEqual([]);
  });

  test.each<[string, (stored: ReturnType<typeof withBlobs>) => void, string]>([
    ['the damage is not reported', () => undefined, `${NAME} (other types) was not reported`],
    [
      'the blob is overwritten',
      ({ container, lines }) => {
        lines.push(report);
        container.set(NAME, '{}');
      },
      `${NAME} (other types) was overwritten, and not moved to damaged/`,
    ],
    [
      'another source stops',
      ({ lines, reports }) => {
        lines.push(report);
        reports.push({ source: 'others', outcome: 'failed', error: { message: report } });
      },
      `${NAME} stopped others: ${report}`,
    ],
  ])('is violated if %s', async (_, app, sentence) => {
    expect((await damage(app)).violations).toEqual([sentence]);
  });

  test('holds if the app overwrites the blob before it reads it', async () => {
    const RUN = 'runs/acme/default/events.json';
    const app = ({ container }: ReturnType<typeof withBlobs>): void => container.set(RUN, TEXT);
    expect((await damage(() => undefined, { [RUN]: TEXT }, app)).violations).toEqual([]);
    expect((await damage(app, { [RUN]: TEXT })).violations).toEqual([
      `${RUN} (other types) was not reported`,
    ]);
  });

  test('only events of a damaged dedup segment may be sent again', async () => {
    const mayRepeat = (environment: TestEnvironment) =>
      DAMAGED_BLOBS.mayRepeat instanceof Function && DAMAGED_BLOBS.mayRepeat(environment);
    const [state, seen] = [
      await damage(() => undefined),
      await damage(() => undefined, { 'seen/acme/default/events/b/1': 'hashes' }),
    ];
    expect([mayRepeat(state.environment), mayRepeat(seen.environment)]).toEqual([false, true]);
  });
});

describe('unsigned parts', () => {
  const verify = { kind: 'hmac', hash: 'sha256', secrets: ['secret'], header: 'x-signature' };
  const post = { name: 'one', headers: { 'x-kind': 'a' }, body: '{"id":1}', query: '' };
  const to = { connector: 'acme', source: 'events' };
  const row = { EventId: '1', Instance: 'default', Kind: 'a' };
  type Accepted = { readonly row: object; readonly post: number; readonly epoch: number };

  /** Posts once, then every changed copy; a copy that `isAccepted` accepts adds a row with its header. */
  async function sendCopies(
    isAccepted: (name: string) => boolean,
    copyThatCounts: 'first' | 'last',
    isHook = true,
  ) {
    const accepted: Accepted[] = [{ row, post: 0, epoch: 0 }];
    const answers = new Map([['one', 200]]);
    const receive = isHook ? { receive: { verify, headers: ['x-kind'] } } : {};
    const each = {
      options: {
        sut: { connector: { name: 'acme', sources: { events: receive } } },
        sources: ['events'],
        scenario: { tableOf: () => ({ name: 'Events_CL' }) },
      },
      recorder: { acceptedRows: new Map([['Events_CL', accepted]]) },
      storage: { container: memoryContainer({}) },
      answeredPosts: answers,
      invoke: (invocation: Invocation & { readonly kind: 'push' }) => {
        for (const { headers, name } of invocation.groups.flat()) {
          const isThere = isAccepted(name);
          answers.set(name, isThere ? 200 : 401);
          if (isThere)
            accepted.push({ row: { ...row, Kind: headers['x-kind'] }, post: accepted.length, epoch: 0 });
        }
        return Promise.resolve({ id: 1, injectionPoints: 0, sleptMs: 0 });
      },
    } as unknown as TestEnvironment;
    const view = {
      rowIndexes: (rows: readonly Accepted[]) =>
        Promise.resolve([copyThatCounts === 'first' ? 0 : rows.length - 1]),
    } as unknown as UniqueView;
    recordPosts(each, { kind: 'push', groups: [[isHook ? { ...post, to } : post]] });
    await UNSIGNED_PARTS.afterRounds?.(each, view);
    await UNSIGNED_PARTS.afterDelivery?.(each, view);
    return { violations: unsignedParts.violations(each), copies: answers.size - 1 };
  }
  const isHeader = (name: string): boolean => !name.includes(' byte ');

  test('holds if the first copy counts and a changed body is refused; many copies are sent', async () => {
    const { violations, copies } = await sendCopies(isHeader, 'first');
    expect(violations).toEqual([]);
    expect(copies).toBeGreaterThan(30);
  });

  test('is violated if a copy replaces the first row', async () => {
    const { violations } = await sendCopies((name) => name.endsWith('x-kind: another'), 'last');
    expect(violations).toEqual(['…Unique returns 1 events differently, first ["Events_CL","default","1"]']);
  });

  test('is violated if a signed byte may differ', async () => {
    const { violations } = await sendCopies((name) => name.endsWith(' byte 3'), 'first');
    expect(violations).toEqual(['events accepted a recorded post with another byte 3']);
  });

  test('is violated if pushed records may be written to the table of a connector', async () => {
    const { violations } = await sendCopies((name) => name.includes('log-type'), 'first', false);
    expect(violations.length).toBeGreaterThan(8);
    expect(violations[0]).toMatch(/^\/api\/logs accepted a recorded post with another log-type: \w+$/);
  });
});
