import { createHmac } from 'node:crypto';
import type { Json } from '../../shared/contract/json';
import { parseJson } from '../../shared/values/json/json';
import { isObject } from '../../shared/values/json-path';
import { COLLECTOR, type Answer, type Received, type StoredRow } from './collector';

const MAX_BYTES = 30 * 1024 * 1024;
const MAX_FIELD_BYTES = 32 * 1024;
const RESERVED = ['tenant', 'TimeGenerated', 'RawData'];
const RFC_1123 = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * The HTTP Data Collector API as documented.
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api
 */
export function answerDataCollector(request: Received, maxBytes: number): Answer {
  const { body, headers, method, url } = request;
  if (method !== 'POST') return wrong(404, '', 'the method is not POST');
  if (url.search !== '?api-version=2016-04-01')
    return wrong(400, 'InvalidApiVersion', `the query is ${url.search}`);
  if (headers['content-type'] === undefined) return wrong(400, 'MissingContentType', 'no content type');
  const logType = headers['log-type'] ?? '';
  if (logType === '') return wrong(400, 'MissingLogType', 'no Log-Type');
  if (!/^[A-Za-z0-9_]{1,100}$/.test(logType)) return wrong(400, 'InvalidLogType', `the Log-Type ${logType}`);
  if (!RFC_1123.test(headers['x-ms-date'] ?? ''))
    return wrong(403, 'InvalidAuthorization', 'x-ms-date is not RFC 1123');
  // The service verifies the received header, so that a charset in the content type makes the signature wrong.
  if (headers['authorization'] !== signatureOf(headers)) {
    return wrong(
      403,
      'InvalidAuthorization',
      'An invalid signature was specified in the Authorization header',
    );
  }
  if (headers['content-encoding'] !== undefined) return wrong(400, 'InvalidDataFormat', 'the body is packed');
  if (body.length > maxBytes) return { status: 404 };
  if (body.length > MAX_BYTES) return wrong(404, '', `a post of ${body.length} bytes`);
  return accept(`${logType}_CL`, body.toString('utf8'), headers['time-generated-field']);
}

function signatureOf(headers: Received['headers']): string {
  const text = `POST\n${headers['content-length']}\n${headers['content-type']}\nx-ms-date:${headers['x-ms-date']}\n/api/logs`;
  const key = Buffer.from(COLLECTOR.workspaceKey, 'base64');
  return `SharedKey ${COLLECTOR.workspaceId}:${createHmac('sha256', key).update(text).digest('base64')}`;
}

function accept(table: string, text: string, timeField: string | undefined): Answer {
  const records = parseJson(text);
  const rows = Array.isArray(records) ? (records as readonly Json[]) : [records];
  const problem = rows.map(problemOf).find((found) => found !== undefined);
  if (problem !== undefined) return wrong(400, 'InvalidDataFormat', problem);
  const stored = (rows as readonly StoredRow[]).map((row): StoredRow => {
    const time = timeField === undefined ? undefined : row[timeField];
    return { ...row, TimeGenerated: time ?? 'when it came' };
  });
  return { status: 200, store: { table, rows: stored } };
}

function problemOf(row: Json): string | undefined {
  if (!isObject(row)) return 'a record is no object';
  for (const [name, value] of Object.entries(row)) {
    if (!/^[A-Za-z0-9_]{1,45}$/.test(name)) return `the property name ${name}`;
    if (RESERVED.includes(name)) return `the reserved name ${name}`;
    if (typeof value === 'object') return `the nested or empty value of ${name}`;
    if (typeof value === 'string' && Buffer.byteLength(value) > MAX_FIELD_BYTES)
      return `the field ${name} is cut in silence`;
  }
  return undefined;
}

function wrong(status: number, code: string, problem: string): Answer {
  const body = code === '' ? {} : { body: JSON.stringify({ Error: code, Message: problem }) };
  return { status, ...body, problem: `data collector: ${problem}` };
}
