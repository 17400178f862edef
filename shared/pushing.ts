import { randomUUID } from 'node:crypto';
import { formatId, type SourceId } from './contract/checkpoint';
import { SettingError } from './contract/errors';
import type { PushAnswer, PushRequest } from './contract/push';
import type { Clock, Log } from './contract/run';
import type { SpoolLedger, Waiting } from './contract/spool';
import type { ColumnType } from './contract/table';
import { classicTable, compileClassic } from './flow/classic';
import { deliver, type DeliverRun } from './flow/deliver';
import { HEALTH_TABLE } from './flow/health';
import { receiveLogs } from './flow/push';
import { readPushKeys } from './io/push-keys';
import type { Environment } from './io/settings';
import { readSink } from './io/sink';
import { LOGS } from './kit/names';
import { leave } from './run-source';
import type { State } from './state';

/** A source that is delivered every second leaves its line of history and its health row no more often than this. */
const HEALTH_EVERY_MS = 60_000;

/** The stored state that pushes read and write. */
type PushState = Pick<State, 'spool' | 'deliveries' | 'deadLetters' | 'reports' | 'history'>;

/** How the spool of one source is. */
export interface SpoolStatus extends SourceId {
  readonly table: string;
  readonly ledger: SpoolLedger;
  /** When its oldest pending body was stored; ISO 8601, UTC. */
  readonly oldest?: string;
  /** Why it stands still, and what to do. */
  readonly waiting?: Waiting;
  /** Records done with, by the name of the key they were signed with. */
  readonly keys: Readonly<Record<string, number>>;
  /** The columns that its records have made, with their types. */
  readonly columns: Readonly<Record<string, ColumnType>>;
}

/** What a source's bodies become, and where they go: as it is declared and set now. */
export type PushedWay = Pick<DeliverRun, 'format' | 'repeatedBodies' | 'table'> & {
  readonly env: Environment;
};

/** What is pushed: taken in, delivered, found again, told of. */
export interface Pushing {
  /** What is wrong with `PUSH_KEYS`. */
  readonly problems: readonly string[];
  /** Of `PUSH_KEYS`: never in a line. */
  readonly secrets: readonly string[];
  /** Answers a post of the Data Collector API. Never throws. */
  receiveLogs(request: PushRequest, log: Log): Promise<PushAnswer>;
  /** Delivers what is in the spool of a source. @throws SettingError where there can be none */
  deliver(id: SourceId, tools: { readonly deadline: Date; readonly log: Log }): Promise<void>;
  /** `undefined` where nothing is pushed to such a source. */
  wayOf(id: SourceId): PushedWay | undefined;
  /** Wakes every source that has something in its spool, and says what is wrong with `PUSH_KEYS`. */
  sweep(log: Log): Promise<SourceId[]>;
  status(): Promise<SpoolStatus[]>;
}

/** Joins the journeys of pushed records with real io. Never throws: what is wrong is told when it is used. */
export function createPushing(env: Environment, clock: Clock, state: () => PushState): Pushing {
  const { keys, problems, secrets } = readPushKeys(env);
  const reserved = new Set([HEALTH_TABLE.name.replace(/_CL$/, '').toLowerCase()]);
  const healthAt = new Map<string, number>();
  const isHealthDue = (id: SourceId): boolean => {
    const now = clock.now().getTime();
    const isDue = now >= (healthAt.get(formatId(id)) ?? -Infinity) + HEALTH_EVERY_MS;
    if (isDue) healthAt.set(formatId(id), now);
    return isDue;
  };
  const wayOf = (id: SourceId): PushedWay | undefined => {
    if (id.connector !== LOGS) return undefined;
    const table = classicTable(id.source);
    return { table, env, format: (known, sink) => compileClassic(table, known, sink) };
  };

  return {
    problems,
    secrets,
    receiveLogs: (request, log) =>
      receiveLogs(request, {
        spool: () => state().spool,
        clock,
        log,
        keysOf: (workspaceId) => keys.get(workspaceId),
        reserved,
        ...(keys.size === 0 && problems.length > 0 ? { problem: problems.join(' ') } : {}),
      }),

    async deliver(id, { deadline, log }) {
      const found = wayOf(id);
      if (found === undefined)
        throw new SettingError(`delivering ${formatId(id)}: nothing is pushed to such a source.`);
      const { deadLetters, deliveries, history, reports, spool } = state();
      const { env: own, ...way } = found;
      const { againInMs, report } = await deliver({
        id,
        runId: randomUUID(),
        ...way,
        deadline,
        spool,
        deadLetters,
        connect: (signal) => readSink(own)({ who: formatId(id), deadline, signal, clock, log }),
        clock,
        log,
      });
      const again =
        againInMs === undefined || report?.outcome === 'out-of-time'
          ? Promise.resolve()
          : deliveries
              .wake(id, againInMs)
              .catch(() => log.warn({ ...id }, 'its next delivery waits for sweep'));
      if (report !== undefined && report.outcome !== 'busy') {
        const seldom = report.outcome !== 'failed' && !isHealthDue(id);
        const told = seldom ? report : { ...report, spool: (await spool.view(id)).ledger };
        const state = { reports, history, wakeUps: deliveries };
        await leave(told, { env: own }, { clock, log, state }, { seldom });
      }
      await again;
    },

    wayOf,

    async sweep(log) {
      if (problems.length > 0) log.error({ problems }, 'PUSH_KEYS is wrong');
      const { deliveries, spool } = state();
      const woken: SourceId[] = [];
      for await (const id of spool.list()) {
        for await (const _ of spool.blobs(id)) {
          await deliveries.wake(id);
          woken.push(id);
          break;
        }
      }
      return woken;
    },

    async status() {
      const { spool } = state();
      const all: SpoolStatus[] = [];
      for await (const id of spool.list()) {
        const { ledger, oldest, totals } = await spool.view(id);
        all.push({
          ...id,
          table: classicTable(id.source).name,
          ledger,
          ...(oldest === undefined ? {} : { oldest }),
          ...(totals.waiting === undefined || ledger.pending === 0 ? {} : { waiting: totals.waiting }),
          keys: totals.keys,
          columns: totals.columns,
        });
      }
      return all;
    },
  };
}
