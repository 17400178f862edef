import { SettingError } from '../contract/errors';
import type { Clock, Log } from '../contract/run';
import type { Sink } from '../contract/sink';
import { DATA_COLLECTOR_VARIABLES, createDataCollector, readDataCollector } from './data-collector';
import { createHttp } from './http';
import { LOGS_INGESTION_VARIABLES, createLogsIngestion, readLogsIngestion } from './logs-ingestion';
import type { Environment } from './settings';

/** What a sink needs of the run it is made for. */
export interface SinkRun {
  readonly who: string;
  readonly deadline: Date;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Reads the sink that `SINK` names, `logs-ingestion` where it is not set, and gives the function that makes it for a run.
 * @throws SettingError naming what is missing or malformed
 */
export function readSink(env: Environment): (run: SinkRun) => Sink {
  const name = env['SINK'] ?? '';
  if (name === '' || name === 'logs-ingestion') {
    const settings = readLogsIngestion(env);
    return (run) => {
      const secrets = [env['AZURE_CLIENT_SECRET'] ?? ''];
      const http = createHttp({
        ...run,
        who: `the workspace for ${run.who}`,
        origins: settings.origins,
        variables: LOGS_INGESTION_VARIABLES,
        secrets,
      });
      return createLogsIngestion(settings, env, http, run.signal);
    };
  }
  if (name === 'data-collector') {
    const settings = readDataCollector(env);
    return (run) => {
      const secrets = [env['WORKSPACE_KEY'] ?? ''];
      const origins = [new URL(settings.endpoint).origin];
      const http = createHttp({
        ...run,
        who: `the workspace for ${run.who}`,
        origins,
        variables: DATA_COLLECTOR_VARIABLES,
        secrets,
      });
      return createDataCollector(settings, http, run.clock);
    };
  }
  throw new SettingError(`reading SINK: ${name} is none of logs-ingestion, data-collector.`);
}
