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

/** The run that a sink is created for. */
export interface SinkRun {
  readonly who: string;
  readonly deadline: Date;
  /** How long one batch is retried. @default until the deadline */
  readonly patienceMs?: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/** Enough for a batch of at most 8 MB, and short enough to notice soon that a workspace hangs. */
const SINK_TIMEOUT_MS = 30_000;

/**
 * Reads the settings of the sink that `SINK` names; `logs-ingestion` when it is not set.
 * @param open opens the identity that gets the tokens
 * @returns a function that creates the sink for a run
 * @throws SettingError that names the missing or malformed settings
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
  throw new SettingError(`reading SINK: ${name} is not one of logs-ingestion, data-collector.`);
}

/**
 * A substitute for a sink whose settings are wrong. It formats rows, so that the columns they need are known, and rejects
 * each send with the reason.
 */
export function refusingSink(reason: SettingError): Sink {
  return { name: 'logs-ingestion', ...LOGS_INGESTION_FORM, send: () => Promise.reject(reason) };
}

/**
 * True when the receiver of a table's rows creates missing columns itself: the Data Collector API and the local workspace
 * do. @throws SettingError as {@link readSink}
 */
export function makesColumns(env: Environment, table: Table): boolean {
  if (env['SINK'] === 'data-collector') return true;
  return isLoopback(new URL(readLogsIngestion(env).routeOf(table).endpoint).hostname);
}

/** Checks the settings of all sinks for unresolved references, and reads their TLS. @throws SettingError with all problems */
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

/** The secrets in a sink's settings, which no message may contain. */
function sinkSecrets(env: Environment, tls: Tls): string[] {
  return [env['WORKSPACE_KEY'] ?? '', env['AZURE_CLIENT_SECRET'] ?? '', ...tlsSecrets(tls)];
}
