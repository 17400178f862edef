import { isSimulated } from '../../../local/vendor/simulated';
import type { PullSource } from '../../../shared/contract/connector';
import { rangeSpecOf } from '../../../shared/windows/backfill-range';
import { compilePath } from '../../../shared/values/json-path';
import { toIso } from '../../../shared/values/time';
import type { Expected, Journey } from '../scenario';
import { BORN_AT, LEASE_MS, type Scene } from '../test-environment';
import { deliverMessages, nextOf, take } from '../queue-messages';
import { expected } from './pull';
import { BACKFILL_QUEUE } from '../../../shared/admin';
import { ordersOf } from './backfill-states';

/** Sweeps after which a backfill that is not finished never will be. */
const MAX_SWEEPS = 20;
/** Everything of the range is shown by then, however late. */
const LONG_AFTER_MS = 4 * 3_600_000;
/** Two hours of what the vendor had before it was born: two or three pages. */
const FROM = new Date(BORN_AT.getTime() - 2 * 3_600_000);
const TO = BORN_AT;

/** An operator reads a range of the past: workers take its parts, and messages go on where one had no more time. */
export const backfill: Journey = {
  name: 'backfill',
  knownBefore: false,

  sourcesOf({ connector: { sources }, rules }) {
    const proven = Object.keys(sources).filter((name) => {
      const source = sources[name];
      return source !== undefined && isSimulated(source, rules) && rangeSpecOf(source) !== undefined;
    });
    return { proven, unproven: [] };
  },

  async begin(scene, killAt) {
    if (scene.reports.length === 0) await scene.pass(LONG_AFTER_MS);
    await orderAll(scene, killAt);
    const before = scene.kills.length;
    const message = nextOf(scene, [BACKFILL_QUEUE]);
    if (message !== undefined) {
      const work = { kind: 'worker', message: decode(take(scene, message)) } as const;
      const others = Array.from({ length: scene.platform.starts - 1 }, () => scene.invoke(work));
      await Promise.all([scene.invoke(work, killAt), ...others]);
    }
    if (scene.kills.length > before) await scene.pass(LEASE_MS);
  },

  tableOf: ({ sources }, source) => sources[source]?.table,

  async rival(scene) {
    for await (const message of messagesOf(scene)) await scene.invoke({ kind: 'worker', message });
  },

  settle: (scene) => deliverMessages(scene),

  async finish(scene) {
    for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      await scene.pass(LONG_AFTER_MS);
      await orderAll(scene);
      await scene.invoke({ kind: 'sweep' });
      await deliverMessages(scene);
      const states = await ordersOf(scene);
      if (scene.parts.sources.every((source) => states.get(source) === 'finished')) return;
    }
    const last = scene.reports.at(-1);
    throw new Error(
      `not finished after ${MAX_SWEEPS} sweeps: ${last?.error?.message ?? last?.outcome ?? 'no run'}`,
    );
  },

  expect(scene) {
    const { sources, subject } = scene.parts;
    return sources.map((name): Expected => {
      const source = subject.connector.sources[name] as PullSource;
      const timeAt = compilePath(source.table.time);
      const timeOf = (record: Parameters<typeof timeAt>[0]): number =>
        Date.parse(toIso(timeAt(record)) ?? '');
      const isIn = (record: Parameters<typeof timeAt>[0]): boolean =>
        timeOf(record) >= FROM.getTime() && timeOf(record) < TO.getTime();
      const isAtEnd = (record: Parameters<typeof timeAt>[0]): boolean => timeOf(record) === TO.getTime();
      return {
        ...expected(scene, name, source, isIn),
        // Whether the end belongs to a range is for each vendor to say.
        mayCome: new Set(expected(scene, name, source, isAtEnd).rows.keys()),
        isSideBySide: true,
      };
    });
  },
};

/** Orders what is not ordered durably yet. Whoever orders first may be killed, and orders again; the sweep wakes what that order did not. */
async function orderAll(scene: Scene, killAt?: number): Promise<void> {
  const [first, ...others] = await unordered(scene);
  if (first === undefined) return;
  const before = scene.kills.length;
  await scene.invoke({ kind: 'order', ...orderOf(scene, first) }, killAt);
  for (const source of others) await scene.invoke({ kind: 'order', ...orderOf(scene, source) });
  if (scene.kills.length === before) return;
  await orderAll(scene);
  await scene.invoke({ kind: 'sweep' });
}

function orderOf({ parts }: Scene, source: string) {
  const id = { connector: parts.subject.connector.name, instance: 'default', source };
  return { id, from: FROM.toISOString(), to: TO.toISOString() };
}

/** What every message of this attempt says, sent or not: a backfill of each source. */
async function* messagesOf({ parts, storage: { container } }: Scene): AsyncGenerator<object> {
  for await (const { name } of container.listBlobsFlat({ prefix: 'backfills/' })) {
    const [, , , source, id] = name.split('/');
    const { connector } = parts.subject;
    if (name.endsWith('/order.json'))
      yield { connector: connector.name, instance: 'default', source, backfill: id };
  }
}

/** The sources of which no order is durable: whoever ordered it was killed, and orders it again. */
async function unordered(scene: Scene): Promise<readonly string[]> {
  const known = await ordersOf(scene);
  return scene.parts.sources.filter((source) => !known.has(source));
}

function decode(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
}
