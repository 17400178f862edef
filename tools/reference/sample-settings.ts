import { stringifyJson } from '../../shared/values/json/json';
import type { Connector } from '../../shared/contract/connector';
import { variableOf } from '../../shared/admin';

/** What every app needs, before any connector. Empty values count as not set. */
const COMMON: Readonly<Record<string, string>> = {
  FUNCTIONS_WORKER_RUNTIME: 'node',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  STORAGE_PREFIX: '',
  SINK: 'logs-ingestion',
  LOGS_INGESTION_ENDPOINT: '',
  DCR_IMMUTABLE_ID: '',
};

/** The text of local.settings.sample.json: the common settings, and every setting of every connector, empty. */
export function sampleSettings(connectors: readonly Connector[]): string {
  const own = connectors.flatMap(({ name, settings, sources }) =>
    [settings, ...Object.values(sources).map((source) => source.settings ?? {})].flatMap((all) =>
      Object.keys(all).map((setting) => [variableOf(name, setting), ''] as const),
    ),
  );
  return `${stringifyJson({ IsEncrypted: false, Values: { ...COMMON, ...Object.fromEntries(own) } }, 2)}\n`;
}
