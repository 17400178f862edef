import type { SourceId } from '../contract/checkpoint';
import type { Connector, PullSource, ReceiveSource } from '../contract/connector';

/**
 * Stands for a connector where a source of the Data Collector API (`POST /api/logs`) is named: in stored paths, in logs and
 * on the command line. The Log-Type is the name of the source. No folder may have this name.
 */
export const DATA_COLLECTOR = 'logs';

/** A source, by how its records arrive. */
export type KnownSource =
  | { readonly kind: 'data-collector'; readonly logType: string }
  | { readonly kind: 'webhook'; readonly source: ReceiveSource }
  | { readonly kind: 'pull'; readonly source: PullSource };

/** How the records of a source arrive. */
export type SourceKind = KnownSource['kind'];

/** The source that a Log-Type fills. */
export function dataCollectorId(logType: string): SourceId {
  return { connector: DATA_COLLECTOR, instance: 'default', source: logType };
}

export function isDataCollector({ connector }: Pick<SourceId, 'connector'>): boolean {
  return connector === DATA_COLLECTOR;
}

/** Resolves a source once, so that its users switch on its kind; `undefined` where no connector declares it. */
export function resolveSource(
  id: Pick<SourceId, 'connector' | 'source'>,
  connectors: readonly Connector[],
): KnownSource | undefined {
  if (isDataCollector(id)) return { kind: 'data-collector', logType: id.source };
  const source = connectors.find(({ name }) => name === id.connector)?.sources[id.source];
  if (source === undefined) return undefined;
  return source.receive === undefined ? { kind: 'pull', source } : { kind: 'webhook', source };
}
