import type { SourceId } from '../contract/checkpoint';
import type { Connector, PullSource, ReceiveSource } from '../contract/connector';

/**
 * The connector name of Data Collector sources (`POST /api/logs`) in stored paths, logs and commands. The Log-Type is the
 * name of the source. No connector folder may have this name.
 */
export const DATA_COLLECTOR = 'logs';

/** A resolved source, with how its records arrive. */
export type KnownSource =
  | { readonly kind: 'data-collector'; readonly logType: string }
  | { readonly kind: 'webhook'; readonly source: ReceiveSource }
  | { readonly kind: 'pull'; readonly source: PullSource };

/** How the records of a source arrive. */
export type SourceKind = KnownSource['kind'];

/** The source of a Log-Type. */
export function dataCollectorId(logType: string): SourceId {
  return { connector: DATA_COLLECTOR, instance: 'default', source: logType };
}

export function isDataCollector({ connector }: Pick<SourceId, 'connector'>): boolean {
  return connector === DATA_COLLECTOR;
}

/** Resolves a source to its kind and declaration. `undefined` if no connector declares it. */
export function resolveSource(
  id: Pick<SourceId, 'connector' | 'source'>,
  connectors: readonly Connector[],
): KnownSource | undefined {
  if (isDataCollector(id)) return { kind: 'data-collector', logType: id.source };
  const source = connectors.find(({ name }) => name === id.connector)?.sources[id.source];
  if (source === undefined) return undefined;
  return source.receive === undefined ? { kind: 'pull', source } : { kind: 'webhook', source };
}
