import { unsimulated, unsimulatedReason } from '../../../local/vendor/simulated';
import type { PullSource } from '../../../shared/contract/connector';
import type { Json, JsonObject } from '../../../shared/contract/json';
import type { Expected, Scenario } from '../scenario';
import { deliverMessages } from '../queue-messages';
import { PAGE_SIZE, LEASE_MS, type TestEnvironment } from '../test-environment';
import type { RunReport } from '../../../shared/contract/run';
import { formatRows } from '../../../shared/admin';
import { backfillStates } from './backfill-states';

/** A source that has not caught up after this many timers never will. */
const MAX_TIMERS = 20;
/** Longer than the longest allowed lateness of a simulated source, three hours, plus the quarter until its last read. */
const LONG_AFTER_MS = 4 * 3_600_000;
/** A source in code may read whole days after their end. */
const LONG_AFTER_IN_CODE_MS = 26 * 3_600_000;

/** A timer runs all sources of a connector, and messages continue runs that were out of time. */
export const pull: Scenario = {
  name: 'pull',
  isInPreviousVersion: true,
  tableOf: ({ sources }, source) => sources[source]?.table,

  sourcesOf({ connector, rules }) {
    const left = unsimulated(connector, rules);
    const isTested = (name: string): boolean =>
      connector.sources[name]?.pull !== undefined && !left.includes(name);
    return {
      tested: Object.keys(connector.sources).filter(isTested),
      untested: left.map((name) => unsimulatedReason(connector.name, name)),
    };
  },

  async begin(environment, killAt) {
    const { connector } = environment.options.sut;
    const timer = { kind: 'timer', connector: connector.name } as const;
    const before = environment.kills.length;
    const others = Array.from({ length: environment.platform.starts - 1 }, () => environment.invoke(timer));
    await Promise.all([environment.invoke(timer, killAt), ...others]);
    if (environment.kills.length > before) await environment.advance(LEASE_MS);
  },

  async restart(environment) {
    await this.begin(environment);
    await this.settle(environment);
  },

  async concurrentRun(environment) {
    await environment.invoke({ kind: 'timer', connector: environment.options.sut.connector.name });
  },

  settle: (environment) => deliverMessages(environment),

  async finish(environment) {
    for (let timers = 0; timers < MAX_TIMERS; timers++) {
      await environment.advance(longAfterMs(environment));
      const before = environment.reports.length;
      await this.settle(environment);
      await this.begin(environment);
      await this.settle(environment);
      // A source hands a gap of hours to a gap backfill; the sweep restarts workers that failed.
      await environment.invoke({ kind: 'sweep' });
      await this.settle(environment);
      const isCaughtUp = areCaughtUp(environment, environment.reports.slice(before));
      if (isCaughtUp && ![...(await backfillStates(environment)).values()].includes('running')) return;
    }
    const last = environment.reports.at(-1);
    throw new Error(
      `not caught up after ${MAX_TIMERS} timers: ${last?.error?.message ?? last?.outcome ?? 'no run'}`,
    );
  },

  expect(environment) {
    const { sources, sut } = environment.options;
    return sources.map((name) => expectedRows(environment, name, sut.connector.sources[name] as PullSource));
  },
};

function longAfterMs({ options: { sources, sut } }: TestEnvironment): number {
  const isInCode = sources.some((name) => sut.connector.sources[name]?.pull?.rest === undefined);
  return isInCode ? LONG_AFTER_IN_CODE_MS : LONG_AFTER_MS;
}

/** True if every source ran and its last run caught up. */
function areCaughtUp({ options: { sources } }: TestEnvironment, reports: readonly RunReport[]): boolean {
  const live = reports.filter(({ part }) => part === undefined);
  return sources.every(
    (name) => live.filter(({ source }) => source === name).at(-1)?.outcome === 'caught-up',
  );
}

/** The page of a source in code may contain everything. */
function pageRows({ pull: { rest } }: PullSource, published: number): number {
  if (rest === undefined) return Math.max(published, PAGE_SIZE);
  return rest.stop.on === 'short-page' ? rest.stop.full : PAGE_SIZE;
}

/** One row for each record, also for equal records of a vendor without ids. */
export function expectedRows(
  environment: TestEnvironment,
  name: string,
  source: PullSource,
  isInRange: (record: Json) => boolean = () => true,
): Expected {
  const { vendor, options: parts } = environment;
  const published = vendor.published(parts.sut.connector.name, name).filter(isInRange);
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
    idsOfDeadLetter: ({ eventId }) => (typeof eventId === 'string' ? [eventId] : []),
    pageRows: pageRows(source, published.length),
  };
}
