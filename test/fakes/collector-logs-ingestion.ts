import { gunzipSync } from 'node:zlib';
import type { Json } from '../../shared/contract/json';
import { isObject } from '../../shared/values/json-path';
import { parseJson } from '../../shared/values/json/json';
import { COLLECTOR, type Answer, type Received, type StoredRow } from './collector';

/** The real limit, according to the service's own 413: of the body as received and of the body unpacked. */
const MAX_BYTES = 1_048_576;
const PATH = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)$/;

/**
 * The Logs Ingestion API as documented.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
 */
export function answerLogsIngestion(request: Received, streams: readonly string[], maxBytes: number): Answer {
  const { body, headers, method, url } = request;
  const path = PATH.exec(url.pathname);
  if (path === null || method !== 'POST')
    return wrong(404, 'NotFound', `${method} ${url.pathname} is not served`);
  if (url.search !== '?api-version=2023-01-01')
    return wrong(400, 'InvalidApiVersion', `the query is ${url.search}`);
  if (headers['authorization'] !== `Bearer ${COLLECTOR.token}`)
    return wrong(401, 'InvalidToken', 'the token is wrong');
  if (headers['content-type'] !== 'application/json')
    return wrong(400, 'InvalidContentType', 'the content type is wrong');
  if (headers['content-length'] !== String(body.length))
    return wrong(411, 'LengthRequired', 'the length is not said');
  const [, rule = '', stream = ''] = path;
  if (rule !== COLLECTOR.rule || !streams.includes(stream)) {
    return error(404, 'NotFound', `Data collection rule with immutable Id '${rule}' not found.`);
  }
  const isPacked = headers['content-encoding'] === 'gzip';
  if (!isPacked && headers['content-encoding'] !== undefined)
    return wrong(415, 'InvalidEncoding', 'the encoding is not gzip');
  const text = isPacked ? gunzipSync(body) : body;
  const size = Math.max(text.length, body.length);
  if (size > maxBytes) return tooLarge(size);
  if (size > MAX_BYTES) return { ...tooLarge(size), problem: `a call of ${size} bytes` };
  return accept(stream.replace(/^Custom-/, ''), text.toString('utf8'));
}

/** The service checks little more than this before it answers 204. Here every row must also be one that it would store. */
function accept(table: string, text: string): Answer {
  const rows = parseJson(text);
  if (!Array.isArray(rows))
    return wrong(204, '', 'the body is no array: the service accepts it and loses it');
  const bad = (rows as readonly Json[]).find(
    (row) => !isObject(row) || typeof row['TimeGenerated'] !== 'string',
  );
  if (bad !== undefined)
    return wrong(204, '', 'a row is no object with a TimeGenerated: the service drops it');
  return { status: 204, store: { table, rows: rows as StoredRow[] } };
}

function tooLarge(size: number): Answer {
  return error(
    413,
    'ContentLengthLimitExceeded',
    `Maximum allowed content length: ${MAX_BYTES} bytes (1 MB). Provided content length: ${size} bytes.`,
  );
}

function error(status: number, code: string, message: string): Answer {
  return { status, body: JSON.stringify({ error: { code, message } }) };
}

function wrong(status: number, code: string, problem: string): Answer {
  return {
    ...(code === '' ? { status } : error(status, code, problem)),
    problem: `logs ingestion: ${problem}`,
  };
}
