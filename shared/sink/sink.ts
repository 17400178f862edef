import { SettingError } from '../contract/errors';
import { SINK_SETTINGS } from '../kit/reserved-settings';
import type { Clock, Log } from '../contract/run';
import type { Sink } from '../contract/sink';
import type { Table } from '../contract/table';
import { DATA_COLLECTOR_VARIABLES, createDataCollector, readDataCollector } from './data-collector';
import { createHttp } from '../http/http';
import {
  LOGS_INGESTION_FORM,
  LOGS_INGESTION_VARIABLES,
  createLogsIngestion,
  readLogsIngestion,
} from './logs-ingestion';
import { unresolvedProblems } from '../settings/unresolved-references';
import { isLoopback } from '../settings/setting-values';
import { SINK_TLS, readTls, tlsSecrets, type Tls } from '../settings/tls-settings';
import { openCredential, type OpenCredential } from './token';
import { secretsOf } from '../values/secrets/secrets';
import type { Environment } from '../settings/environment';

/** What a sink needs of the run it is made for. */
export interface SinkRun {
  readonly who: string;
  readonly deadline: Date;
  /** How long one batch may be tried again. @default until the deadline */
  readonly patienceMs?: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/** A batch is a megabyte at most, and a workspace that hangs is found out soon. */
const SINK_TIMEOUT_MS = 30_000;

/**
 * Reads the sink that `SINK` names, `logs-ingestion` where it is not set, and gives the function that makes it for a run.
 * @param open gives the identity that gets the tokens
 * @throws SettingError naming what is missing or malformed
 */
export function readSink(env: Environment, open: OpenCredential = openCredential): (run: SinkRun) => Sink {
  const tls = checked(env);
  const name = env['SINK'] ?? '';
  if (name === '' || name === 'logs-ingestion') {
    const settings = readLogsIngestion(env);
    return (run) => {
      const secrets = secretsOf(sinkSecrets(env, tls));
      const http = createHttp({
        ...run,
        who: `the workspace for ${run.who}`,
        origins: settings.origins,
        variables: LOGS_INGESTION_VARIABLES,
        secrets,
        tls,
        timeoutMs: SINK_TIMEOUT_MS,
      });
      return createLogsIngestion(settings, env, http, run.signal, open);
    };
  }
  if (name === 'data-collector') {
    const settings = readDataCollector(env);
    return (run) => {
      const secrets = secretsOf(sinkSecrets(env, tls));
      const origins = [new URL(settings.endpoint).origin];
      const http = createHttp({
        ...run,
        who: `the workspace for ${run.who}`,
        origins,
        variables: DATA_COLLECTOR_VARIABLES,
        secrets,
        tls,
        timeoutMs: SINK_TIMEOUT_MS,
      });
      return createDataCollector(settings, http, run.clock);
    };
  }
  throw new SettingError(`reading SINK: ${name} is none of logs-ingestion, data-collector.`);
}

/**
 * In the place of a sink that its settings do not make: rows are formatted, so that it is known which columns they need,
 * and nothing is sent.
 */
export function refusingSink(reason: SettingError): Sink {
  return { name: 'logs-ingestion', ...LOGS_INGESTION_FORM, send: () => Promise.reject(reason) };
}

/**
 * True where whoever takes a table's rows makes the columns that they need: the Data Collector API, and the workspace of
 * this machine. @throws SettingError as {@link readSink}
 */
export function makesColumns(env: Environment, table: Table): boolean {
  if (env['SINK'] === 'data-collector') return true;
  return isLoopback(new URL(readLogsIngestion(env).routeOf(table).endpoint).hostname);
}

/** What is common to all sinks, checked. @throws SettingError with everything that is wrong at once */
function checked(env: Environment): Tls {
  const ofConnections: readonly string[] = Object.values(SINK_TLS);
  const problems = unresolvedProblems(
    SINK_SETTINGS.filter((name) => !ofConnections.includes(name)),
    env,
  );
  const tls = readTls(SINK_TLS, env, problems);
  if (problems.length > 0) throw new SettingError(`reading the sink's settings: ${problems.join(' ')}`);
  return tls;
}

/** What of a sink's settings no message may hold. */
function sinkSecrets(env: Environment, tls: Tls): string[] {
  return [env['WORKSPACE_KEY'] ?? '', env['AZURE_CLIENT_SECRET'] ?? '', ...tlsSecrets(tls)];
}
