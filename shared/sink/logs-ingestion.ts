import { promisify } from 'node:util';
import { constants, gzip as gzipCallback } from 'node:zlib';
import { SettingError } from '../contract/errors';
import type { Http } from '../contract/http';
import type { Sink } from '../contract/sink';
import { streamName, type Table } from '../contract/table';
import { stringifyRow } from '../values/json/json';
import { postRows } from './post-rows';
import { readDcrStreams } from './dcr-streams';
import { required, requiredUrl } from './sink-settings';
import { openCredential, tokenFor, type OpenCredential } from './token';
import type { Environment } from '../settings/environment';

const gzip = promisify(gzipCallback);

/** @see https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview */
const API_VERSION = '2023-01-01';
/**
 * The service refuses a call over 1,048,576 bytes, compressed or not. The limit is a little below that.
 * @see https://learn.microsoft.com/azure/azure-monitor/service-limits#logs-ingestion-api
 */
const MAX_BATCH_BYTES = 1_000_000;
/** The service truncates a longer field without an error, by the same page. */
const MAX_FIELD_BYTES = 64 * 1024;

/**
 * The code for a stream that the rule does not have.
 * @see https://learn.microsoft.com/azure/azure-monitor/essentials/data-collection-rule-structure
 */
const UNKNOWN_STREAM = 'InvalidStream';

/** The limits and row format of this sink. They do not depend on settings. */
export const LOGS_INGESTION_FORM: Pick<Sink, 'limits' | 'encode'> = {
  limits: { maxBatchBytes: MAX_BATCH_BYTES, maxFieldBytes: MAX_FIELD_BYTES },
  encode: (_table, row) => stringifyRow(row),
};

/** The destination of one table's rows. */
interface Route {
  readonly endpoint: string;
  readonly dcr: string;
  readonly stream: string;
}

/** The checked settings of a Logs Ingestion sink. */
export interface LogsIngestionSettings {
  readonly origins: readonly string[];
  readonly routeOf: (table: Table) => Route;
}

/**
 * Reads `LOGS_INGESTION_ENDPOINT`, `DCR_IMMUTABLE_ID` and `DCR_STREAMS` (JSON: table → {dcr, stream?, endpoint?}:
 * one rule has at most ten streams, so more tables need more rules).
 * @throws SettingError that names the missing or malformed setting
 */
export function readLogsIngestion(env: Environment): LogsIngestionSettings {
  const overrides = readDcrStreams(env);
  const endpoint = requiredUrl('LOGS_INGESTION_ENDPOINT', env);
  const routes = new Map<string, Route>();
  for (const [table, { dcr, endpoint: own, stream }] of Object.entries(overrides)) {
    const at =
      own === undefined ? endpoint : requiredUrl(`DCR_STREAMS, ${table}`, { [`DCR_STREAMS, ${table}`]: own });
    routes.set(table, { endpoint: at, dcr, stream: stream ?? streamName({ name: table }) });
  }
  const common = env['DCR_IMMUTABLE_ID'] ?? '';
  if (common === '' && routes.size === 0) required('DCR_IMMUTABLE_ID', env);
  return {
    origins: [...new Set([endpoint, ...[...routes.values()].map((route) => route.endpoint)])].map(
      (url) => new URL(url).origin,
    ),
    routeOf(table) {
      const route = routes.get(table.name);
      if (route !== undefined) return route;
      if (common === '')
        throw new SettingError(
          `sending to ${table.name}: DCR_STREAMS does not name it and DCR_IMMUTABLE_ID is not set. Set one of them.`,
        );
      return { endpoint, dcr: common, stream: streamName(table) };
    },
  };
}

/** The variables to check when the service refuses the identity. */
export const LOGS_INGESTION_VARIABLES = {
  address: ['LOGS_INGESTION_ENDPOINT'],
  credentials: [
    'LOGS_INGESTION_ENDPOINT',
    'DCR_IMMUTABLE_ID',
    'the role Monitoring Metrics Publisher on the rule',
  ],
};

/** The Logs Ingestion API: gzip level 1, one POST per batch, accepted with 204. */
export function createLogsIngestion(
  settings: LogsIngestionSettings,
  env: Environment,
  http: Http,
  signal: AbortSignal,
  open: OpenCredential = openCredential,
): Sink {
  return {
    name: 'logs-ingestion',
    ...LOGS_INGESTION_FORM,

    async send(table, batch) {
      const { endpoint, dcr, stream } = settings.routeOf(table);
      const url = `${endpoint}/dataCollectionRules/${dcr}/streams/${stream}?api-version=${API_VERSION}`;
      const [token, body] = await Promise.all([
        tokenFor(new URL(endpoint), env, open)(signal),
        gzip(batch.body, { level: constants.Z_BEST_SPEED }),
      ]);
      const headers = {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
      };
      const notFound = (): never => {
        throw new SettingError(
          `sending to ${table.name}: there is no rule ${dcr} with a stream ${stream} at ${endpoint}. Create it with "npx tributary tables --apply ${table.name}", or check DCR_IMMUTABLE_ID, DCR_STREAMS and LOGS_INGESTION_ENDPOINT.`,
          { missing: 'stream' },
        );
      };
      const answer = await postRows(http, { url, headers, body, notFound });
      return typeof answer === 'object' && answer.refused.endsWith(UNKNOWN_STREAM) ? notFound() : answer;
    },
  };
}
