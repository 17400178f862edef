import type { SourceId } from '../contract/checkpoint';
import type { Connector, Source } from '../contract/connector';
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
import { DATA_COLLECTOR } from '../values/names';
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

/** The declaration of a source of a connector. */
export function declaredSource(
  id: Pick<SourceId, 'connector' | 'source'>,
  connectors: readonly Connector[],
): Source | undefined {
  return connectors.find(({ name }) => name === id.connector)?.sources[id.source];
}

/** The table of what is pushed to a source. */
export function pushedTable(id: SourceId, connectors: readonly Connector[]): Table | undefined {
  return id.connector === DATA_COLLECTOR ? classicTable(id.source) : declaredSource(id, connectors)?.table;
}

/** @returns `undefined` where nothing is pushed to such a source @throws UnavailableError */
export async function resolveDeliveryRoute(
  id: SourceId,
  tools: DeliveryRouteContext,
): Promise<DeliveryRoute | undefined> {
  const { clock, connectors, env, instancesOf, streams } = tools;
  const table = pushedTable(id, connectors);
  const source = declaredSource(id, connectors);
  if (table === undefined || (id.connector !== DATA_COLLECTOR && source?.receive === undefined))
    return undefined;
  const instance = instancesOf(id.connector).find((one) => one.instance === id.instance);
  const own = instance?.env ?? env;
  // What the Data Collector API finds no column for it makes one for.
  let damaged: SettingError | undefined;
  const asked = own['SINK'] === 'data-collector' ? Promise.resolve(undefined) : streams.read(table.name);
  const known = await readOrTell(asked, (problem) => (damaged = problem));
  const taken = takenAt(known, clock.now());
  const left = new Set<string>();
  const way = { table, env: own, left, connect: connectTo(own, table, { damaged, taken, left }) };
  if (source?.receive === undefined)
    return { ...way, format: (columns, sink) => compileClassic(table, columns, sink) };
  const drop = instance === undefined ? undefined : receiverIn(instance, id.source)?.drop;
  const options = { instance: id.instance, startedAt: clock.now(), drop };
  return {
    ...way,
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
