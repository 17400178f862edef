import { isSameSecret } from '../../../shared/push/data-collector/shared-key';
import type { TableWrite } from '../store/append';
import type { Shape } from '../store/catalog';
import { toErrorLine } from '../error-log';
import type { Answer, IngestionApi, Received } from '../ingestion-api';
import { inflate } from '../read-body';
import * as answers from './logs-ingestion-answers';
import { readRows } from './posted-records';
import type { Store } from '../store/store';
import type { UndeclaredStream } from '../undeclared-stream';
import { toRow, type Stream } from './streams';

/** The options of this workspace's Logs Ingestion API. */
export interface LogsIngestionOptions {
  readonly store: Store;
  readonly streams: ReadonlyMap<string, Stream>;
  /** Creates an undeclared stream; Azure does not. @default none */
  readonly see?: (name: string) => UndeclaredStream | undefined;
  /** The stream names of each data collection rule, by its immutable id. */
  readonly rules: ReadonlyMap<string, ReadonlySet<string>>;
  readonly errorLog: Shape;
  readonly token: string;
  readonly tenantId: string;
}

const PATH = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)\/?$/i;
const API_VERSIONS = ['2023-01-01', '2021-11-01-preview'];

/**
 * The Logs Ingestion API. Like the service, it answers 204 for records that it then does not store, such as a body that is not
 * an array of objects. Each loss leaves a row in `DCRLogErrors`.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
 */
export function logsIngestion(options: LogsIngestionOptions): IngestionApi {
  return {
    name: 'logs-ingestion',
    maxBodyBytes: answers.MAX_CALL_BYTES,
    serves: (path) => PATH.test(path),
    stream: ({ path }) => addressOf(path).stream,
    refuse: ({ path }, status, code) => answers.answerFor(status, code, addressOf(path).rule),
    async accept(request, drop) {
      const refusal = check(options, request);
      if (refusal) return refusal;
      const body = await readBody(request);
      if (!Buffer.isBuffer(body)) return body;
      const { stream: name } = addressOf(request.path);
      const stream = options.streams.get(name) ?? options.see?.(name);
      if (stream) await options.store.write(toWrites(options, request, stream, body, drop));
      return answers.accepted;
    },
  };
}

/** Checks a request without its body. The order of the service's checks is not documented. */
function check({ token, rules, see, streams }: LogsIngestionOptions, request: Received): Answer | undefined {
  const { rule, stream } = addressOf(request.path);
  const named = rules.get(rule);
  if (!isSameSecret(request.headers.authorization ?? '', `Bearer ${token}`)) return answers.unauthenticated;
  if (request.method !== 'POST') return answers.methodNotAllowed;
  if (!API_VERSIONS.includes(request.query.get('api-version') ?? '')) return answers.unknownApiVersion;
  if (!named) return answers.ruleNotFound(rule);
  const isThere = named.has(stream) && streams.has(stream);
  if (!isThere && (streams.has(stream) || see?.(stream) === undefined))
    return answers.streamNotFound(rule, stream);
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return answers.unknownContentType;
  return undefined;
}

async function readBody({ headers, body, bytes }: Received): Promise<Buffer | Answer> {
  if (bytes > answers.MAX_CALL_BYTES) return answers.tooLarge(bytes);
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') return answers.unknownEncoding;
  const plain = encoding === 'gzip' && bytes > 0 ? await inflate(body, answers.MAX_CALL_BYTES) : body;
  if (plain === 'not-gzip') return answers.unknownEncoding;
  // The full size is unknown, because inflating stops at the limit.
  if (plain === 'too-large') return answers.tooLarge(answers.MAX_CALL_BYTES + 1);
  return plain.length === 0 ? answers.internal : plain;
}

function toWrites(
  { errorLog, tenantId }: LogsIngestionOptions,
  request: Received,
  stream: Stream | UndeclaredStream,
  body: Buffer,
  drop: number,
): TableWrite[] {
  const { rows, lost } = readRows(body, (record) => {
    if ('addColumns' in stream) stream.addColumns(record);
    return toRow(stream, record, tenantId, request.at);
  });
  const dropped = rows.splice(0, drop).length;
  if (dropped > 0) lost.push(`${dropped} records were dropped after they had been accepted.`);
  const lines = lost.map((message) => toErrorLine(errorLog, request, stream.name, tenantId, message));
  return [
    { shape: stream.shape, rows },
    { shape: errorLog, rows: lines },
  ];
}

function addressOf(path: string): { readonly rule: string; readonly stream: string } {
  const [, rule = '', stream = ''] = PATH.exec(path) ?? [];
  return { rule: decode(rule), stream: decode(stream) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
