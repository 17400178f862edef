import type { Json, JsonObject } from '../../../shared/contract/json';
import { haveLegalNames, hasReservedName } from '../../../shared/push/data-collector/columns';
import { runCooperatively } from '../../../shared/values/cooperative';
import { isObject } from '../../../shared/values/json-path';
import {
  MAX_POST_BYTES,
  checkPost,
  refusal,
  type Refused,
  type SignedRequest,
} from '../../../shared/push/data-collector/request';
import type { Row } from '../store/catalog';
import { toClassicRow } from './classic-row';
import * as answers from './data-collector-answers';
import type { IngestionApi, Received } from '../ingestion-api';
import { parseJson } from '../lossless-json';
import type { Store } from '../store/store';

/** The options of this workspace's Data Collector API. */
export interface DataCollectorOptions {
  readonly store: Store;
  readonly workspaceId: string;
  /** Base64; each is accepted. */
  readonly workspaceKeys: readonly string[];
}

const PATH = '/api/logs';

/**
 * The HTTP Data Collector API as Microsoft froze it. An unknown Log-Type creates its table. It also writes to a declared table
 * and adds its own columns, because on a laptop both APIs are tried with the same tables.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api
 */
export function dataCollector(options: DataCollectorOptions): IngestionApi {
  return {
    name: 'data-collector',
    maxBodyBytes: MAX_POST_BYTES,
    serves: (path) => path === PATH,
    stream: ({ headers }) => headerOf(headers, 'log-type') ?? '',
    refuse: (_, status, code) => answers.answerFor(status, code),
    async accept(request, drop) {
      const checked = check(options, request);
      if ('status' in checked) return answers.refused(checked);
      const records = readRecords(request.body);
      if (
        records === undefined ||
        records.some(hasReservedName) ||
        !(await runCooperatively(haveLegalNames(records)))
      )
        return answers.refused(refusal('InvalidDataFormat'));
      await store(options, request, records.slice(drop));
      return answers.accepted;
    },
  };
}

/** The facts of a post, or its refusal. A post without Content-Length cannot have signed its length. */
function check(
  { workspaceId, workspaceKeys }: DataCollectorOptions,
  { method, query, headers, bytes }: Received,
): Refused | SignedRequest<{ readonly key: Buffer }> {
  const keys = workspaceKeys.map((key) => ({ key: Buffer.from(key, 'base64') }));
  const header = (name: string): string | undefined => headerOf(headers, name);
  const post = { method, query, bytes, contentLength: header('content-length') ?? '', header };
  return checkPost(post, (id) => (id === workspaceId.toLowerCase() ? keys : undefined));
}

/** The records of an array of objects, or of one object; `undefined` for anything else. */
function readRecords(body: Buffer): readonly JsonObject[] | undefined {
  try {
    const value = parseJson(new TextDecoder().decode(body));
    const records = Array.isArray(value) ? (value as readonly Json[]) : [value];
    return records.every(isObject) ? records : undefined;
  } catch {
    return undefined;
  }
}

async function store(
  options: DataCollectorOptions,
  request: Received,
  records: readonly JsonObject[],
): Promise<void> {
  if (records.length === 0) return;
  const { headers, at } = request;
  const shape = options.store.catalog.table(`${headerOf(headers, 'log-type') ?? ''}_CL`);
  const facts = {
    timeField: headerOf(headers, 'time-generated-field'),
    resourceId: headerOf(headers, 'x-ms-azureresourceid'),
    tenantId: options.workspaceId,
    receivedAt: at,
  };
  const rows: Row[] = records.map((record) => toClassicRow(shape, record, facts));
  await options.store.write([{ shape, rows }]);
}

function headerOf(headers: Received['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
