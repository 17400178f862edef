import { unsimulated, whyUnsimulated } from '../../../local/vendor/simulated';
import type { PullSource } from '../../../shared/contract/connector';
import type { Json, JsonObject } from '../../../shared/contract/json';
import type { Expected, Journey } from '../scenario';
import { deliverMessages } from '../queue-messages';
import { FULL_PAGE, LEASE_MS, type Scene } from '../test-environment';
import type { RunReport } from '../../../shared/contract/run';
import { formatRows } from '../../../shared/admin';
import { ordersOf } from './backfill-states';

/** Timers after which a source that still has not caught up never will. */
const MAX_TIMERS = 20;
/**
 * Beyond what any reader leaves alone because it may still change, or may still be running: what is listed from a place
 * that is older is looked at a last time a quarter of the longest lag behind it, and the longest of all is three hours.
 */
const LONG_AFTER_MS = 4 * 3_600_000;
/** Code may read whole days, when they are over. */
const LONG_AFTER_IN_CODE_MS = 26 * 3_600_000;

/** A vendor is asked: a timer runs all sources of a connector, and messages go on where a run had no more time. */
export const pull: Journey = {
  name: 'pull',
  knownBefore: true,
  tableOf: ({ sources }, source) => sources[source]?.table,

  sourcesOf({ connector, rules }) {
    const left = unsimulated(connector, rules);
    const isProven = (name: string): boolean =>
      connector.sources[name]?.pull !== undefined && !left.includes(name);
    return {
      proven: Object.keys(connector.sources).filter(isProven),
      unproven: left.map((name) => whyUnsimulated(connector.name, name)),
    };
  },

  async begin(scene, killAt) {
    const { connector } = scene.parts.subject;
    const timer = { kind: 'timer', connector: connector.name } as const;
    const before = scene.kills.length;
    const others = Array.from({ length: scene.platform.starts - 1 }, () => scene.invoke(timer));
    await Promise.all([scene.invoke(timer, killAt), ...others]);
    if (scene.kills.length > before) await scene.pass(LEASE_MS);
  },

  async restart(scene) {
    await this.begin(scene);
    await this.settle(scene);
  },

  async rival(scene) {
    await scene.invoke({ kind: 'timer', connector: scene.parts.subject.connector.name });
  },

  settle: (scene) => deliverMessages(scene),

  async finish(scene) {
    for (let timers = 0; timers < MAX_TIMERS; timers++) {
      await scene.pass(longAfterMs(scene));
      const before = scene.reports.length;
      await this.settle(scene);
      await this.begin(scene);
      await this.settle(scene);
      // What a source missed for hours is worked side by side; the sweep wakes workers that failed.
      await scene.invoke({ kind: 'sweep' });
      await this.settle(scene);
      const isCaughtUp = areCaughtUp(scene, scene.reports.slice(before));
      if (isCaughtUp && ![...(await ordersOf(scene)).values()].includes('running')) return;
    }
    const last = scene.reports.at(-1);
    throw new Error(
      `not caught up after ${MAX_TIMERS} timers: ${last?.error?.message ?? last?.outcome ?? 'no run'}`,
    );
  },

  expect(scene) {
    const { sources, subject } = scene.parts;
    return sources.map((name) => expected(scene, name, subject.connector.sources[name] as PullSource));
  },
};

function longAfterMs({ parts: { sources, subject } }: Scene): number {
  const isInCode = sources.some((name) => subject.connector.sources[name]?.pull?.rest === undefined);
  return isInCode ? LONG_AFTER_IN_CODE_MS : LONG_AFTER_MS;
}

/** Every source ran, and of each the last run says so. */
function areCaughtUp({ parts: { sources } }: Scene, reports: readonly RunReport[]): boolean {
  const live = reports.filter(({ part }) => part === undefined);
  return sources.every(
    (name) => live.filter(({ source }) => source === name).at(-1)?.outcome === 'caught-up',
  );
}

/** A page of code may hold everything. */
function pageRows({ pull: { rest } }: PullSource, published: number): number {
  if (rest === undefined) return Math.max(published, FULL_PAGE);
  return rest.stop.on === 'short-page' ? rest.stop.full : FULL_PAGE;
}

/** Each record becomes one row; equal records of a vendor that gives no ids become as many. */
export function expected(
  scene: Scene,
  name: string,
  source: PullSource,
  isAsked: (record: Json) => boolean = () => true,
): Expected {
  const { vendor, parts } = scene;
  const published = vendor.published(parts.subject.connector.name, name).filter(isAsked);
  const hasIds = source.table.eventId !== undefined;
  const idOf = (eventId: string): string => (hasIds ? eventId : eventId.replace(/-\d+$/, ''));
  const rows = new Map<string, number>();
  for (const row of formatRows(source, published, new Date())) {
    const id = idOf((row as JsonObject)['EventId'] as string);
    rows.set(id, hasIds ? 1 : (rows.get(id) ?? 0) + 1);
  }
  return {
    source: name,
    table: source.table.name,
    rows,
    idOf,
    eventIdOf: (row) => row['EventId'] as string,
    idsOfLetter: ({ eventId }) => (typeof eventId === 'string' ? [eventId] : []),
    pageRows: pageRows(source, published.length),
  };
}
