import type { SourceId } from '../contract/checkpoint';
import type { Connector } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { Clock } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { classicTable, compileClassic } from '../push/data-collector/rows';
import type { DeliverRun } from '../push/drain-spool';
import { compileWebhookBody } from '../push/webhook/rows';
import { adaptToStream, unacceptedBy, onlyKnownStreams, acceptedAt } from '../rows/stream-columns';
import { readOrReport } from '../values/damage-errors';
import { makesColumns, readSink, refusingSink, type SinkRun } from '../sink/sink';
import { withoutProperty } from '../push/data-collector/columns';
import { resolveSource, type KnownSource } from '../values/source-kind';
import { webhookIn, type InstancesOf } from './webhook-endpoints';
import type { Stores } from './stores';
import type { Environment } from '../settings/environment';

/** The connectors and instances whose sources may be pushed, besides `/api/logs`. */
export interface PushSources {
  readonly connectors: readonly Connector[];
  readonly instancesOf: InstancesOf;
}

/** The row format and destination of a pushed source, from its current declaration and settings, even if it is off now. */
export interface DeliveryRoute extends Pick<DeliverRun, 'format' | 'repeatedBodies' | 'table'> {
  readonly env: Environment;
  /** Creates the sink. It rejects every batch if settings are wrong or the columns of its stream are unknown. */
  readonly connect: (run: SinkRun) => Sink;
  /** Declared columns that were sent in `AdditionalFields`, because the stream does not accept them yet. Filled while sending. */
  readonly overflowColumns: ReadonlySet<string>;
}

/** Dependencies of resolving a route. */
export interface DeliveryRouteContext extends PushSources {
  readonly env: Environment;
  readonly clock: Clock;
  readonly streams: Stores['streams'];
}

/** The table of a source's records. */
export function tableOf(known: KnownSource): Table {
  return known.kind === 'data-collector' ? classicTable(known.logType) : known.source.table;
}

/** Resolves the route of a source; `undefined` when no records are pushed to it. @throws UnavailableError */
export async function resolveDeliveryRoute(
  id: SourceId,
  tools: DeliveryRouteContext,
): Promise<DeliveryRoute | undefined> {
  const { clock, connectors, env, instancesOf, streams } = tools;
  const known = resolveSource(id, connectors);
  if (known === undefined || known.kind === 'pull') return undefined;
  const table = tableOf(known);
  const instance = instancesOf(id.connector).find((one) => one.instance === id.instance);
  const own = instance?.env ?? env;
  // The Data Collector API creates missing columns itself.
  let damaged: SettingError | undefined;
  const asked = own['SINK'] === 'data-collector' ? Promise.resolve(undefined) : streams.read(table.name);
  const stream = await readOrReport(asked, (problem) => (damaged = problem));
  const accepted = acceptedAt(stream, clock.now());
  const overflowColumns = new Set<string>();
  const connect = connectTo(own, table, { accepted, damaged, overflowColumns });
  const route = { table, env: own, overflowColumns, connect };
  if (known.kind === 'data-collector')
    return { ...route, format: (columns, sink) => compileClassic(table, columns, sink) };
  const { source } = known;
  const drop = instance === undefined ? undefined : webhookIn(instance, id.source)?.drop;
  const options = { instance: id.instance, startedAt: clock.now(), drop };
  return {
    ...route,
    ...(source.repeatedBodies === undefined ? {} : { repeatedBodies: source.repeatedBodies }),
    format: (_, sink) => compileWebhookBody(source, { ...options, sink }),
  };
}

function connectTo(
  env: Environment,
  table: Table,
  {
    accepted,
    damaged,
    overflowColumns,
  }: {
    readonly accepted: ReadonlySet<string> | undefined;
    readonly damaged: SettingError | undefined;
    readonly overflowColumns: Set<string>;
  },
): DeliveryRoute['connect'] {
  return (run) => {
    // The stored stream columns are damaged. Records wait until they are stored again, as for any wrong setting.
    if (damaged !== undefined) return refusingSink(damaged);
    try {
      const plain = readSink(env)(run);
      const makes = table.classic === true ? withoutProperty : unacceptedBy(undefined);
      const unaccepted = plain.name === 'logs-ingestion' ? unacceptedBy(accepted) : makes;
      const sink = adaptToStream(plain, new Map([[table.name, unaccepted]]), overflowColumns);
      const isKnown = table.classic !== true || makesColumns(env, table);
      return isKnown ? sink : onlyKnownStreams(sink, accepted);
    } catch (error) {
      if (error instanceof SettingError) return refusingSink(error);
      throw error;
    }
  };
}
