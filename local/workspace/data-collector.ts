import type { Json, JsonObject } from '../../shared/contract/json';
import type { Row } from './catalog';
import { hasLegalNames, toClassicRow } from './classic-row';
import * as answers from './data-collector-answers';
import type { Answer, IngestionApi, Received } from './exchange';
import { parseJson } from './json';
import { isSigned } from './shared-key';
import type { Store } from './store';

/** What the Data Collector API of this workspace needs. */
export interface DataCollectorOptions {
  readonly store: Store;
  readonly workspaceId: string;
  /** Base64; each is accepted. */
  readonly workspaceKeys: readonly string[];
}

const PATH = '/api/logs';
const API_VERSION = '2016-04-01';
/** @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#data-limits */
const MAX_POST_BYTES = 30 * 1024 * 1024;
const LOG_TYPE = /^\w{1,100}$/;
const CREDENTIALS = /^SharedKey ([^:]*):(.*)$/;

/**
 * The HTTP Data Collector API, as it was when Microsoft froze it. A Log-Type that was never seen makes its table.
 * It writes to a table that a definition made as well, adding its own columns: a laptop tries both ways in.
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
      const wrong = check(options, request);
      if (wrong) return wrong;
      const records = readRecords(request.body);
      if (!records?.every(hasLegalNames)) return answers.refusal('InvalidDataFormat');
      await store(options, request, records.slice(drop));
      return answers.accepted;
    },
  };
}

/** In the order in which a request is read; the service's own order is not documented. */
function check(
  options: DataCollectorOptions,
  { method, query, headers, bytes }: Received,
): Answer | undefined {
  const apiVersion = query.get('api-version');
  const contentType = headers['content-type'];
  const logType = headerOf(headers, 'log-type');
  if (method !== 'POST' || bytes > MAX_POST_BYTES) return answers.notFound;
  if (apiVersion === null) return answers.refusal('MissingApiVersion');
  if (apiVersion !== API_VERSION) return answers.refusal('InvalidApiVersion');
  if (!contentType) return answers.refusal('MissingContentType');
  if (!/^application\/json\s*(;|$)/i.test(contentType)) return answers.refusal('UnsupportedContentType');
  if (!logType) return answers.refusal('MissingLogType');
  if (!LOG_TYPE.test(logType)) return answers.refusal('InvalidLogType');
  return checkSignature(options, headers);
}

function checkSignature(
  { workspaceId, workspaceKeys }: DataCollectorOptions,
  headers: Received['headers'],
): Answer | undefined {
  const { authorization } = headers;
  if (!authorization) return answers.refusal('InvalidAuthorization', answers.NO_AUTHORIZATION);
  if (!authorization.startsWith('SharedKey '))
    return answers.refusal('InvalidAuthorization', answers.WRONG_SCHEME);
  const [, id = '', signature = ''] = CREDENTIALS.exec(authorization) ?? [];
  if (id.toLowerCase() !== workspaceId.toLowerCase()) return answers.refusal('InvalidCustomerId');
  return isSigned(headers, signature, workspaceKeys) ? undefined : answers.refusal('InvalidAuthorization');
}

/** An array of objects, or one object alone; `undefined` for anything else. */
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

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
