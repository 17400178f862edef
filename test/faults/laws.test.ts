import { leaveAlone, liveness } from './laws/liveness';
import { forged, giveForged, NONSENSE_MESSAGES } from './laws/forged-messages';
import { followProgress, progress } from './laws/progress';
import { NONSENSE_BLOBS, spoiled } from './laws/damaged-blobs';
import { followPosts, unsigned, UNSIGNED_PARTS } from './laws/unsigned-parts';
import { noRules } from './fault-rules';
import type { Message, Scene } from './test-environment';
import type { StorageFault, StorageRequest } from './storage';
import type { Invocation } from './child-messages';
import type { UniqueView } from './unique-view';
import { memoryContainer, type MemoryContainer } from '../fakes/memory-container';

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
    messagesPut: 0,
    now: () => new Date(nowMs),
    pass: (ms: number) => Promise.resolve(void (nowMs += ms)),
    invoke: (invocation: Invocation) => Promise.resolve(void invoked.push(invocation)),
  };
  return {
    made,
    scene: made as unknown as Scene,
    invoked,
    chronicle,
    requests,
    passedMs: () => nowMs - NOON_MS,
  };
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
    const { made, requests, scene: each } = scene();
    for (let run = 0; run < 9; run++) {
      const ends = followProgress(each, wakeUp);
      requests.push(...Array.from({ length: 30 }, () => ({})));
      made.messagesPut++;
      ends();
    }
    expect(progress.broken(each)).toEqual([
      '9 wake-ups in a row asked for the next and brought nothing new',
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
      of.made.messagesPut++;
      ends();
    }
    expect(progress.broken(of.scene)).toEqual([]);
  });

  test('messages that somebody ordered beforehand may all come in vain, and one is counted once beside another', () => {
    const { made, scene: each } = scene();
    for (let run = 0; run < 40; run++) followProgress(each, wakeUp)();
    for (let run = 0; run < 8; run++) {
      const [one, beside] = [followProgress(each, wakeUp), followProgress(each, wakeUp)];
      made.messagesPut++;
      one();
      beside();
    }
    expect(progress.broken(each)).toEqual([]);
  });

  test('what poisons the queue is nobody’s wake-up', () => {
    const { made, scene: each } = scene();
    for (let run = 0; run < 40; run++) {
      const ends = followProgress(each, { kind: 'message', message: 'not base64!' });
      made.messagesPut++;
      ends();
    }
    expect(progress.broken(each)).toEqual([]);
  });
});

/** A scene with blobs, of which an app does as it is told. */
function storedScene(
  blobs: Readonly<Record<string, string>>,
  app: (scene: StoredScene) => void = () => undefined,
) {
  const container = memoryContainer(blobs);
  const rules = noRules<StorageFault, StorageRequest>();
  const lines: string[] = [];
  const reports: object[] = [];
  const made = {
    parts: { subject: { connector: CONNECTOR }, sources: ['events', 'others'], faults: [{}] },
    storage: { container, rules, endLease: () => Promise.resolve() },
    platform: { messages: 'delivered' },
    random: () => 0,
    kills: [],
    lines,
    reports,
    invoke: (invocation: Invocation) => {
      invoked.push(invocation);
      app(stored);
      return Promise.resolve({ id: 1, crossings: 0, sleptMs: 0 });
    },
  };
  const invoked: Invocation[] = [];
  const stored = { scene: made as unknown as Scene, container, rules, lines, reports, invoked };
  return stored;
}
interface StoredScene {
  readonly container: MemoryContainer;
  readonly lines: string[];
}

describe('forged', () => {
  const message = { connector: 'acme', instance: 'default', source: 'events' };
  const give = (scene: Scene) =>
    giveForged(scene, message, (forgery) => ({ kind: 'message', message: forgery }));

  test('is kept where a message that names nothing is said to, and is nobody’s wake-up', async () => {
    const { invoked, scene: each } = storedScene({ 'checkpoints/a': '{}' }, ({ lines }) =>
      lines.push('nothing to go on with'),
    );
    NONSENSE_MESSAGES.arrange?.(each);
    await give(each);
    expect(each.platform.messages).toBe('forged');
    expect(invoked.length).toBeGreaterThan(1);
    expect(invoked).not.toContainEqual({ kind: 'message', message });
    expect(forged.broken(each)).toEqual([]);
    for (let run = 0; run < 40; run++) for (const invocation of invoked) followProgress(each, invocation)();
    expect(progress.broken(each)).toEqual([]);
  });

  test('is broken by one that is told by nobody, and by one that creates or changes anything', async () => {
    const { scene: each } = storedScene({ 'checkpoints/a': '{}' }, ({ container }) => {
      container.set('checkpoints/a', '{"n":1}');
      container.set('spool-totals/x', '{}');
    });
    await give(each);
    const first = 'the message {"connector":"..","instance":"default","source":"events"}';
    expect(forged.broken(each).slice(0, 3)).toEqual([
      `${first} wrote checkpoints/a`,
      `${first} wrote spool-totals/x`,
      `${first} was told by nobody`,
    ]);
  });
});

describe('spoiled', () => {
  const NAME = 'checkpoints/acme/default/events.json';
  const TEXT = '{"version":1,"position":{"page":3},"savedAt":"2026-01-15T12:00:00.000Z"}';
  const get = {
    service: 'blob',
    method: 'GET',
    comp: null,
    path: `/tributary/${NAME}`,
  } as unknown as StorageRequest;
  const told = `reading the checkpoint of acme/events: ${NAME} is damaged`;
  /** What an app does between the damage and its mending, which then reads it. */
  async function play(
    app: (stored: ReturnType<typeof storedScene>) => void,
    blobs: Readonly<Record<string, string>> = { [NAME]: TEXT },
    before: (stored: ReturnType<typeof storedScene>) => void = () => undefined,
  ) {
    const stored = storedScene(blobs);
    await NONSENSE_BLOBS.between?.(stored.scene);
    const spoilt = stored.container.text(Object.keys(blobs)[0] ?? '');
    before(stored);
    for (const name of Object.keys(blobs)) {
      const met = stored.rules.next({ ...get, path: `/tributary/${name}` });
      if (met?.do === 'meanwhile') await met.first(get);
    }
    app(stored);
    await NONSENSE_BLOBS.mend?.(stored.scene, {} as UniqueView);
    return { ...stored, spoilt, broken: spoiled.broken(stored.scene) };
  }

  test('is kept where it is told and left: then it is put back', async () => {
    const { broken, container, invoked, spoilt } = await play(({ lines }) => lines.push(told));
    expect(spoilt).toBe('{"version":1,"position":{"page":"51"},"savedAt":7}');
    expect(broken).toEqual([]);
    expect(container.text(NAME)).toBe(TEXT);
    expect(invoked).toMatchObject([{ kind: 'look' }]);
  });

  test('is kept where its bytes are moved aside', async () => {
    const { broken } = await play(({ container, lines }) => {
      lines.push(told);
      container.set(`damaged/${NAME}/2026-01-15-1`, container.text(NAME) ?? '');
      container.set(NAME, TEXT);
    });
    expect(broken).toEqual([]);
  });

  test.each<[string, (stored: ReturnType<typeof storedScene>) => void, string]>([
    ['nobody is told', () => undefined, `${NAME} was other types, and nobody was told`],
    [
      'it is written over',
      ({ container, lines }) => {
        lines.push(told);
        container.set(NAME, '{}');
      },
      `${NAME} was other types, and is neither left as it was nor moved aside`,
    ],
    [
      'a neighbour stops',
      ({ lines, reports }) => {
        lines.push(told);
        reports.push({ source: 'others', outcome: 'failed', error: { message: told } });
      },
      `${NAME} stopped others: ${told}`,
    ],
  ])('is broken where %s', async (_, app, sentence) => {
    expect((await play(app)).broken).toEqual([sentence]);
  });

  test('is kept where the app writes it anew before it reads it', async () => {
    const RUN = 'runs/acme/default/events.json';
    const app = ({ container }: ReturnType<typeof storedScene>): void => container.set(RUN, TEXT);
    expect((await play(() => undefined, { [RUN]: TEXT }, app)).broken).toEqual([]);
    expect((await play(app, { [RUN]: TEXT })).broken).toEqual([
      `${RUN} was other types, and nobody was told`,
    ]);
  });

  test('what nobody remembers any more may come again, and nothing else', async () => {
    const isForgiven = (scene: Scene) =>
      NONSENSE_BLOBS.repeats instanceof Function && NONSENSE_BLOBS.repeats(scene);
    const [state, seen] = [
      await play(() => undefined),
      await play(() => undefined, { 'seen/acme/default/events/b/1': 'hashes' }),
    ];
    expect([isForgiven(state.scene), isForgiven(seen.scene)]).toEqual([false, true]);
  });
});

describe('unsigned', () => {
  const verify = { kind: 'hmac', hash: 'sha256', secrets: ['secret'], header: 'x-signature' };
  const post = { name: 'one', headers: { 'x-kind': 'a' }, body: '{"id":1}', query: '' };
  const to = { connector: 'acme', source: 'events' };
  const row = { EventId: '1', Instance: 'default', Kind: 'a' };
  type Taken = { readonly row: object; readonly post: number; readonly epoch: number };

  /** Posts once, then whatever the law makes of it; each is taken as `isTaken` says and brings a row with its header. */
  async function play(isTaken: (says: string) => boolean, copyThatCounts: 'first' | 'last', isHook = true) {
    const taken: Taken[] = [{ row, post: 0, epoch: 0 }];
    const answers = new Map([['one', 200]]);
    const receive = isHook ? { receive: { verify, headers: ['x-kind'] } } : {};
    const each = {
      parts: {
        subject: { connector: { name: 'acme', sources: { events: receive } } },
        sources: ['events'],
        journey: { tableOf: () => ({ name: 'Events_CL' }) },
      },
      chronicle: { taken: new Map([['Events_CL', taken]]) },
      storage: { container: memoryContainer({}) },
      answers,
      invoke: (invocation: Invocation & { readonly kind: 'push' }) => {
        for (const { headers, name } of invocation.groups.flat()) {
          const isThere = isTaken(name);
          answers.set(name, isThere ? 200 : 401);
          if (isThere) taken.push({ row: { ...row, Kind: headers['x-kind'] }, post: taken.length, epoch: 0 });
        }
        return Promise.resolve({ id: 1, crossings: 0, sleptMs: 0 });
      },
    } as unknown as Scene;
    const view = {
      places: (rows: readonly Taken[]) => Promise.resolve([copyThatCounts === 'first' ? 0 : rows.length - 1]),
    } as unknown as UniqueView;
    followPosts(each, { kind: 'push', groups: [[isHook ? { ...post, to } : post]] });
    await UNSIGNED_PARTS.mend?.(each, view);
    await UNSIGNED_PARTS.afterwards?.(each, view);
    return { broken: unsigned.broken(each), tried: answers.size - 1 };
  }
  const isHeader = (name: string): boolean => !name.includes(' byte ');

  test('is kept where the first copy counts and a changed body is refused; many are tried', async () => {
    const { broken, tried } = await play(isHeader, 'first');
    expect(broken).toEqual([]);
    expect(tried).toBeGreaterThan(30);
  });

  test('is broken where a copy takes the place of what was there', async () => {
    const { broken } = await play((name) => name.endsWith('x-kind: another'), 'last');
    expect(broken).toEqual(['1 events are answered otherwise now, first ["Events_CL","default","1"]']);
  });

  test('is broken where a byte that is signed may be another', async () => {
    const { broken } = await play((name) => name.endsWith(' byte 3'), 'first');
    expect(broken).toEqual(['events took a recorded post with another byte 3']);
  });

  test('is broken where what is pushed may lie in the table of a connector', async () => {
    const { broken } = await play((name) => name.includes('log-type'), 'first', false);
    expect(broken.length).toBeGreaterThan(8);
    expect(broken[0]).toMatch(/^\/api\/logs took a recorded post with another log-type: \w+$/);
  });
});
