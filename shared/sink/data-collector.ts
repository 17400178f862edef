import { SettingError } from '../contract/errors';
import type { Http } from '../contract/http';
import type { Json } from '../contract/json';
import type { Clock } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { CLASSIC_TIME, propertyOf } from '../push/data-collector/columns';
import { stringifyJson, withoutHalfPairs } from '../values/json/json';
import { sharedKeySignature } from '../push/data-collector/shared-key';
import { cloudOf } from './clouds';
import { postRows } from './post-rows';
import { required, requiredUrl } from './sink-settings';
import type { Environment } from '../settings/environment';

/** @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api */
const PATH = '/api/logs';
const API_VERSION = '2016-04-01';
const CONTENT_TYPE = 'application/json';
/** The API accepts 30 MB per post, by the same page. The limit is well below that, to save memory. */
const MAX_BATCH_BYTES = 8_000_000;
/** The service truncates a longer field without an error, by the same page. */
const MAX_FIELD_BYTES = 32 * 1024;
/** `TimeGenerated` is reserved in a body. The time is sent in this column, which every table of a connector has. */
const TIME_FIELD = 'EventTime';

/** The checked settings of a Data Collector sink. */
export interface DataCollectorSettings {
  readonly workspaceId: string;
  readonly key: Buffer;
  readonly endpoint: string;
}

/**
 * Reads `WORKSPACE_ID`, `WORKSPACE_KEY` and, to override the cloud's address, `LOG_ANALYTICS_URI`.
 * @throws SettingError that names the missing or malformed setting
 */
export function readDataCollector(env: Environment): DataCollectorSettings {
  const workspaceId = required('WORKSPACE_ID', env);
  if (!/^[A-Za-z0-9-]+$/.test(workspaceId)) {
    throw new SettingError(
      "reading the sink's settings: WORKSPACE_ID is not the id of a workspace. Copy it from the workspace's overview.",
    );
  }
  const text = required('WORKSPACE_KEY', env);
  const key = Buffer.from(text, 'base64');
  if (key.length === 0 || key.toString('base64').replace(/={1,2}$/, '') !== text.replace(/={1,2}$/, '')) {
    throw new SettingError(
      "reading the sink's settings: WORKSPACE_KEY is not Base64. Copy the primary or the secondary key of the workspace.",
    );
  }
  const own = (env['LOG_ANALYTICS_URI'] ?? '') !== '';
  const endpoint = own
    ? requiredUrl('LOG_ANALYTICS_URI', env)
    : `https://${workspaceId}.${cloudOf(env).dataCollectorSuffix}`;
  return { workspaceId, key, endpoint };
}

/** The variables to check when the workspace refuses the signature. */
export const DATA_COLLECTOR_VARIABLES = {
  address: ['LOG_ANALYTICS_URI'],
  credentials: ['WORKSPACE_ID', 'WORKSPACE_KEY'],
};

/** The record type of a table: its name without `_CL`, which the service adds. */
export function logType(table: Pick<Table, 'name'>): string {
  return table.name.replace(/_CL$/, '');
}

/**
 * The `Authorization` header of one post.
 * @param contentLength bytes of the body
 * @param date RFC 1123, the same text as in `x-ms-date`
 */
export function sign(
  { workspaceId, key }: DataCollectorSettings,
  contentLength: number,
  date: string,
): string {
  return `SharedKey ${workspaceId}:${sharedKeySignature(key, { contentLength, contentType: CONTENT_TYPE, date })}`;
}

/** The HTTP Data Collector API: no compression, SharedKey, accepted with 200. */
export function createDataCollector(settings: DataCollectorSettings, http: Http, clock: Clock): Sink {
  return {
    name: 'data-collector',
    limits: { maxBatchBytes: MAX_BATCH_BYTES, maxFieldBytes: MAX_FIELD_BYTES },

    encode(table, row) {
      const columns: Record<string, Json> = Object.create(null) as Record<string, Json>;
      if (table.classic === true) columns[CLASSIC_TIME] = row['TimeGenerated'] ?? null;
      for (const [column, value] of Object.entries(row)) {
        if (value === undefined || column === 'TimeGenerated') continue;
        const name = table.classic === true ? propertyOf(column) : column;
        // The API would create a column for each member of a nested value. JSON text keeps it in one column.
        columns[name] = typeof value === 'object' && value !== null ? stringifyJson(value) : value;
      }
      return withoutHalfPairs(stringifyJson(columns));
    },

    async send(table, batch) {
      const { body, count } = batch;
      const date = clock.now().toUTCString();
      const headers = {
        Authorization: sign(settings, body.length, date),
        'Content-Type': CONTENT_TYPE,
        'Log-Type': logType(table),
        'x-ms-date': date,
        'time-generated-field': table.classic === true ? CLASSIC_TIME : TIME_FIELD,
      };
      const url = `${settings.endpoint}${PATH}?api-version=${API_VERSION}`;
      const notFound = (): 'too-large' => {
        // The API answers 404 to a post that is too large, as well as for a wrong address.
        if (count > 1) return 'too-large';
        throw new SettingError(
          `sending to ${table.name}: ${settings.endpoint} does not serve ${PATH}. Check WORKSPACE_ID and LOG_ANALYTICS_URI.`,
        );
      };
      return postRows(http, { url, headers, body, notFound });
    },
  };
}
