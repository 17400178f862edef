import { randomUUID } from 'node:crypto';
import { formatId, type SourceId } from './contract/checkpoint';
import { SettingError } from './contract/errors';
import type { Connector, Source } from './contract/connector';
import type { PushAnswer, PushRequest } from './contract/push';
import type { Clock, Log } from './contract/run';
import type { SpoolLedger, Waiting } from './contract/spool';
import type { ColumnType, Table } from './contract/table';
import { classicTable, compileClassic } from './flow/classic';
import { deliver, type DeliverRun } from './flow/deliver';
import { HEALTH_TABLE } from './flow/health';
import { receiveLogs } from './flow/push';
import { receivePost } from './flow/receive';
import { compileReceivedBody } from './flow/received';
import { onlyKnownStreams, takenAt } from './flow/stream-columns';
import { readPushKeys } from './io/push-keys';
import type { Environment } from './io/settings';
import { makesColumns, readSink, refusingSink } from './io/sink';
import { LOGS } from './kit/names';
import { receiverIn, receiverProblems, sendersOf, type InstancesOf, type Receiver } from './receivers';
import { leave } from './run-source';
import type { State } from './state';

/** A source that is delivered every second leaves its line of history and its health row no more often than this. */
const HEALTH_EVERY_MS = 60_000;

/** The stored state that pushes read and write. */
type PushState = Pick<State, 'spool' | 'deliveries' | 'deadLetters' | 'reports' | 'history' | 'streams'>;

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

/** What is pushed: taken in, delivered, found again, told of. */
export interface Pushing {
  /** What is wrong with `PUSH_KEYS`. */
  readonly problems: readonly string[];
  /** Of `PUSH_KEYS`: never in a line. */
  readonly secrets: readonly string[];
  /** Answers a post of the Data Collector API. Never throws. */
  receiveLogs(request: PushRequest, log: Log): Promise<PushAnswer>;
  /** Answers a post to a source. Never throws. */
  receive(to: Pick<Receiver, 'connector' | 'source'>, request: PushRequest, log: Log): Promise<PushAnswer>;
  /** Delivers what is in the spool of a source. @throws SettingError where there can be none */
  deliver(id: SourceId, tools: { readonly deadline: Date; readonly log: Log }): Promise<void>;
  /** Wakes every source that has something in its spool, and says what is wrong with `PUSH_KEYS` and with sources that are posted to. */
  sweep(log: Log): Promise<SourceId[]>;
  status(): Promise<SpoolStatus[]>;
}

/** What is there to be pushed to, beside `/api/logs`. */
export interface PushSources {
  readonly connectors: readonly Connector[];
  readonly instancesOf: InstancesOf;
}

/** Joins the journeys of pushed records with real io. Never throws: what is wrong is told when it is used. */
export function createPushing(
  env: Environment,
  clock: Clock,
  state: () => PushState,
  { connectors, instancesOf }: PushSources,
): Pushing {
  const { keys, problemOf, problems, secrets } = readPushKeys(env);
  const reserved = new Set([HEALTH_TABLE.name.replace(/_CL$/, '').toLowerCase()]);
  const healthAt = new Map<string, number>();
  const isHealthDue = (id: SourceId): boolean => {
    const now = clock.now().getTime();
    const isDue = now >= (healthAt.get(formatId(id)) ?? -Infinity) + HEALTH_EVERY_MS;
    if (isDue) healthAt.set(formatId(id), now);
    return isDue;
  };
  const sourceOf = (id: Pick<SourceId, 'connector' | 'source'>): Source | undefined =>
    connectors.find(({ name }) => name === id.connector)?.sources[id.source];
  const tableOf = (id: SourceId): Table | undefined =>
    id.connector === LOGS ? classicTable(id.source) : sourceOf(id)?.table;

  /** What a source's bodies become, and where it goes: as it is declared and set now, also where it is off by now. */
  const wayOf = (
    id: SourceId,
    taken: ReadonlySet<string> | undefined,
  ): Pick<DeliverRun, 'format' | 'repeatedBodies' | 'table'> & { readonly env: Environment } => {
    const table = tableOf(id);
    const source = sourceOf(id);
    if (id.connector === LOGS && table !== undefined)
      return {
        table,
        env,
        format: (known, sink) =>
          compileClassic(table, known, sink, sink.name === 'logs-ingestion' ? taken : undefined),
      };
    if (source?.receive === undefined)
      throw new SettingError(`delivering ${formatId(id)}: nothing is pushed to such a source.`);
    const instance = instancesOf(id.connector).find((one) => one.instance === id.instance);
    const drop = instance === undefined ? undefined : receiverIn(instance, id.source)?.drop;
    const options = { instance: id.instance, startedAt: clock.now(), drop };
    return {
      table: source.table,
      env: instance?.env ?? env,
      ...(source.repeatedBodies === undefined ? {} : { repeatedBodies: source.repeatedBodies }),
      format: (_, sink) => compileReceivedBody(source, { ...options, sink }),
    };
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
        problemOf,
        reserved,
      }),

    async receive(to, request, log) {
      const { connector, source: name } = to;
      const source = sourceOf(to);
      if (source?.receive === undefined) return { status: 404 };
      const senders = sendersOf(source, name, instancesOf(connector));
      const problems = receiverProblems(name, instancesOf(connector));
      return receivePost(request, {
        id: to,
        source,
        senders,
        spool: () => state().spool,
        clock,
        log,
        ...(senders.length === 0 ? { problem: problems.join(' ') || 'none of its settings is set.' } : {}),
      });
    },

    async deliver(id, { deadline, log }) {
      const { deadLetters, deliveries, history, reports, spool, streams } = state();
      const taken = takenAt(await streams.read(tableOf(id)?.name ?? ''), clock.now());
      const { env: own, ...way } = wayOf(id, taken);
      const { againInMs, report } = await deliver({
        id,
        runId: randomUUID(),
        ...way,
        deadline,
        spool,
        deadLetters,
        connect: (signal) => {
          try {
            const sink = readSink(own)({ who: formatId(id), deadline, signal, clock, log });
            const isKnown = way.table.classic !== true || makesColumns(own, way.table);
            return isKnown ? sink : onlyKnownStreams(sink, taken);
          } catch (error) {
            if (error instanceof SettingError) return refusingSink(error);
            throw error;
          }
        },
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

    async sweep(log) {
      if (problems.length > 0) log.error({ problems }, 'PUSH_KEYS is wrong');
      for (const { connector, instance, receivers } of connectors.flatMap(({ name }) => instancesOf(name)))
        for (const { problems: own, source, state: now } of receivers)
          if (now === 'wrong')
            log.error(
              { connector, instance, source, problems: own },
              'source is off: its settings are wrong',
            );
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
          table: tableOf(id)?.name ?? '',
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
