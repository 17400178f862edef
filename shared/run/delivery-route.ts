import type { SourceId } from '../contract/checkpoint';
import type { Connector } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { Clock } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { classicTable, compileClassic } from '../push/data-collector/rows';
import type { DeliverRun } from '../push/deliver';
import { compileReceivedBody } from '../push/webhook/rows';
import { fitTo, leftOutOf, onlyKnownStreams, takenAt } from '../rows/stream-columns';
import { readOrTell } from '../values/damaged';
import { makesColumns, readSink, refusingSink, type SinkRun } from '../sink/sink';
import { withoutProperty } from '../push/data-collector/columns';
import { resolveSource, type KnownSource } from '../values/source-kind';
import { receiverIn, type InstancesOf } from './webhook-endpoints';
import type { State } from './stores';
import type { Environment } from '../settings/environment';

/** What is there to be pushed to, beside `/api/logs`. */
export interface PushSources {
  readonly connectors: readonly Connector[];
  readonly instancesOf: InstancesOf;
}

/** What a source's bodies become, and where they go: as it is declared and set now, also where it is off by now. */
export interface DeliveryRoute extends Pick<DeliverRun, 'format' | 'repeatedBodies' | 'table'> {
  readonly env: Environment;
  /** Settings that are wrong, and a stream of which nobody has said what it takes, are told by what it sends. */
  readonly connect: (run: SinkRun) => Sink;
  /** The declared columns of what it sends that the stream does not take yet. */
  readonly left: ReadonlySet<string>;
}

/** What a way is found with. */
export interface DeliveryRouteContext extends PushSources {
  readonly env: Environment;
  readonly clock: Clock;
  readonly streams: State['streams'];
}

/** The table of a source's records. */
export function tableOf(known: KnownSource): Table {
  return known.kind === 'data-collector' ? classicTable(known.logType) : known.source.table;
}

/** @returns `undefined` where nothing is pushed to such a source @throws UnavailableError */
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
  // What the Data Collector API finds no column for it makes one for.
  let damaged: SettingError | undefined;
  const asked = own['SINK'] === 'data-collector' ? Promise.resolve(undefined) : streams.read(table.name);
  const stream = await readOrTell(asked, (problem) => (damaged = problem));
  const taken = takenAt(stream, clock.now());
  const left = new Set<string>();
  const route = { table, env: own, left, connect: connectTo(own, table, { damaged, taken, left }) };
  if (known.kind === 'data-collector')
    return { ...route, format: (columns, sink) => compileClassic(table, columns, sink) };
  const { source } = known;
  const drop = instance === undefined ? undefined : receiverIn(instance, id.source)?.drop;
  const options = { instance: id.instance, startedAt: clock.now(), drop };
  return {
    ...route,
    ...(source.repeatedBodies === undefined ? {} : { repeatedBodies: source.repeatedBodies }),
    format: (_, sink) => compileReceivedBody(source, { ...options, sink }),
  };
}

function connectTo(
  env: Environment,
  table: Table,
  {
    damaged,
    left,
    taken,
  }: {
    readonly damaged: SettingError | undefined;
    readonly taken: ReadonlySet<string> | undefined;
    readonly left: Set<string>;
  },
): DeliveryRoute['connect'] {
  return (run) => {
    // What its stream takes can be written anew: until then the records wait, as for any other setting.
    if (damaged !== undefined) return refusingSink(damaged);
    try {
      const sender = readSink(env)(run);
      const makes = table.classic === true ? withoutProperty : leftOutOf(undefined);
      const leftOut = sender.name === 'logs-ingestion' ? leftOutOf(taken) : makes;
      const sink = fitTo(sender, new Map([[table.name, leftOut]]), left);
      const isKnown = table.classic !== true || makesColumns(env, table);
      return isKnown ? sink : onlyKnownStreams(sink, taken);
    } catch (error) {
      if (error instanceof SettingError) return refusingSink(error);
      throw error;
    }
  };
}
