import { LogsIngestionClient } from '@azure/monitor-ingestion';
import { source } from './wide-source';
import type { Json } from '../../shared/contract/json';
import type { Row } from '../../shared/contract/table';
import { runToEnd } from '../../shared/values/cooperative';
import { compileRow } from '../../shared/rows/format-row';
import { send } from '../../shared/rows/send-rows';
import { clock } from '../../shared/process/clock';
import { createHttp } from '../../shared/http/http';
import {
  LOGS_INGESTION_VARIABLES,
  createLogsIngestion,
  readLogsIngestion,
} from '../../shared/sink/logs-ingestion';
import { pagePool } from './events';
import type { Measured, Task } from './task';
import { secretsOf } from '../../shared/values/secrets/secrets';

const RULE = 'dcr-00000000000000000000000000000001';

/** The rows of some pages, made before the measurement. */
function rowsOf(pages: number): Row[] {
  const format = compileRow(source, 'default', new Date());
  const pool = pagePool();
  return Array.from({ length: pages }, (_, page) => JSON.parse(String(pool[page % pool.length])) as Json[])
    .flat()
    .map((record) => (runToEnd(format(record)) as { columns: Row }).columns);
}

/** Our sink over TLS, from rows to their acceptance: encode, cut, gzip, post. */
export async function ourSink({ collectorTls, pages }: Task): Promise<Measured> {
  const rows = rowsOf(pages);
  const env = { LOGS_INGESTION_ENDPOINT: collectorTls, DCR_IMMUTABLE_ID: RULE };
  const settings = readLogsIngestion(env);
  const { signal } = new AbortController();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const http = createHttp({
    who: 'the workspace',
    origins: settings.origins,
    variables: LOGS_INGESTION_VARIABLES,
    secrets: secretsOf([]),
    deadline: new Date(clock.now().getTime() + 600_000),
    signal,
    clock,
    log,
  });
  const sink = createLogsIngestion(settings, env, http, signal);
  const startedAt = performance.now();
  const encoded = function* () {
    for (const row of rows) yield { text: sink.encode(source.table, row), row };
  };
  await send(sink, source.table, encoded());
  return { events: rows.length, ms: performance.now() - startedAt };
}

/** Microsoft's client, unmodified, on the same rows, with five chunks at once. */
export async function microsoftSdk({ collectorTls, pages }: Task): Promise<Measured> {
  const rows = rowsOf(pages) as Record<string, unknown>[];
  const credential = {
    getToken: () => Promise.resolve({ token: 'local', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const client = new LogsIngestionClient(collectorTls, credential);
  const startedAt = performance.now();
  await client.upload(RULE, 'Custom-AcmeSystemLog_CL', rows, { maxConcurrency: 5 });
  return { events: rows.length, ms: performance.now() - startedAt };
}
