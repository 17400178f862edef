import { leaveAlone, liveness } from '../../proof/laws/liveness';
import { followProgress, progress } from '../../proof/laws/progress';
import type { Message, Scene } from '../../proof/scene';
import type { Invocation } from '../../proof/task';

/* What the laws look at, without an app: each must be able to break. */

const NOON_MS = Date.parse('2026-01-15T12:00:00Z');
const CONNECTOR = { name: 'acme' };

/** A scene of which a law sees its clock, its messages, its rows and its vendor's requests. */
function scene(change: { readonly messages?: Message[]; readonly faults?: readonly object[] } = {}) {
  let nowMs = NOON_MS;
  const invoked: Invocation[] = [];
  const chronicle = { distinct: 0 };
  const requests: object[] = [];
  const made = {
    parts: { subject: { connector: CONNECTOR }, sources: ['events'], faults: change.faults ?? [] },
    vendor: { requests },
    chronicle,
    messages: change.messages ?? [],
    now: () => new Date(nowMs),
    pass: (ms: number) => Promise.resolve(void (nowMs += ms)),
    invoke: (invocation: Invocation) => Promise.resolve(void invoked.push(invocation)),
  };
  return { scene: made as unknown as Scene, invoked, chronicle, requests, passedMs: () => nowMs - NOON_MS };
}

/** Waits for nothing, unless changed. */
const alone = (left: () => number, more: Partial<Parameters<typeof leaveAlone>[1]> = {}) => ({
  handOver: () => Promise.resolve(),
  left: () => Promise.resolve(left()),
  waitsUntilMs: () => Promise.resolve(0),
  ...more,
});

describe('liveness', () => {
  test('is kept where the timer of each minute finds what no message wakes', async () => {
    const { invoked, passedMs, scene: each } = scene();
    await leaveAlone(
      each,
      alone(() => 1 - invoked.length),
    );
    expect(liveness.broken(each)).toEqual([]);
    expect(invoked).toEqual([{ kind: 'deliver-sweep' }]);
    expect(passedMs()).toBe(10_000);
  });

  test('is broken by what still lies there after 90 s, and by nothing before', async () => {
    const { passedMs, scene: each } = scene();
    await leaveAlone(
      each,
      alone(() => 2),
    );
    expect(liveness.broken(each)).toEqual(['2 stored bodies were not delivered 90 s after the last fault']);
    expect(passedMs()).toBeLessThanOrEqual(90_000);
  });

  test('counts from the end of a wait, and no wait is longer than an hour', async () => {
    const untilMs = (ms: number) => ({ waitsUntilMs: () => Promise.resolve(NOON_MS + ms) });
    const short = scene({ messages: [{ queue: 'tributary-deliver', text: '', dueAt: NOON_MS + 100_000 }] });
    await leaveAlone(
      short.scene,
      alone(() => (short.passedMs() < 100_000 ? 1 : 0), untilMs(30_000)),
    );
    expect(liveness.broken(short.scene)).toEqual([]);
    const long = scene();
    await leaveAlone(
      long.scene,
      alone(() => 0, untilMs(7_200_000)),
    );
    expect(liveness.broken(long.scene)).toEqual(['it waits for 120 minutes']);
  });

  test('gives each message its turn when it may be seen', async () => {
    const message = { queue: 'tributary-deliver', text: '', dueAt: NOON_MS + 5_000 };
    const { passedMs, scene: each } = scene({ messages: [message] });
    const handOver = (): Promise<void> => {
      if (passedMs() >= 5_000) each.messages.length = 0;
      return Promise.resolve();
    };
    await leaveAlone(
      each,
      alone(() => each.messages.length, { handOver }),
    );
    expect([passedMs(), liveness.broken(each)]).toEqual([5_000, []]);
  });
});

describe('progress', () => {
  const wakeUp: Invocation = {
    kind: 'message',
    message: { ...CONNECTOR, connector: 'acme', source: 'events' },
  };

  test('is broken by wake-ups that bring nothing new, and by their requests', () => {
    const { requests, scene: each } = scene();
    for (let run = 0; run < 9; run++) {
      const ends = followProgress(each, wakeUp);
      requests.push(...Array.from({ length: 30 }, () => ({})));
      ends();
    }
    expect(progress.broken(each)).toEqual([
      '9 wake-ups in a row brought nothing new',
      '270 requests in a row brought nothing new',
    ]);
  });

  test.each<[string, (of: ReturnType<typeof scene>) => unknown]>([
    ['a row that had not come before', ({ chronicle }) => (chronicle.distinct += 1)],
    ['a timer', ({ scene: each }) => followProgress(each, { kind: 'timer', connector: 'acme' })()],
  ])('%s begins anew', (_, happen) => {
    const of = scene();
    for (let run = 0; run < 40; run++) {
      const ends = followProgress(of.scene, wakeUp);
      if (run % 5 === 0) happen(of);
      ends();
    }
    expect(progress.broken(of.scene)).toEqual([]);
  });

  test('what poisons the queue is nobody’s wake-up', () => {
    const { scene: each } = scene();
    for (let run = 0; run < 40; run++) followProgress(each, { kind: 'message', message: 'not base64!' })();
    expect(progress.broken(each)).toEqual([]);
  });
});
