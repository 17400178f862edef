import { SettingError } from '../contract/errors';
import type { Environment } from './environment';
import { numberProblems, readNumber } from './number-settings';
import { proxyProblems } from './proxy-settings';
import { readPushKeys, type PushKeys } from './push-keys';
import { timeBudgetMs } from './time-budget';
import { unresolvedProblems } from './unresolved-references';

const DEFAULT_RETENTION_DAYS = 30;

/** Variables of the app, the sink and storage whose values are secret. */
const SECRETS = [
  'WORKSPACE_KEY',
  'AZURE_CLIENT_SECRET',
  'SINK_CLIENT_KEY',
  'AzureWebJobsStorage__clientSecret',
] as const;

/** The settings of the app itself, read once when it loads. A connector's settings: `readSettings`. */
export interface AppSettings {
  /** The variables themselves. Storage, sinks and schedules read theirs, and an instance may override a sink's. */
  readonly env: Environment;
  /** How many pulls one process runs at once. */
  readonly pullConcurrency: number;
  /** How many backfill slices one process works at once, beside the pulls. */
  readonly backfillConcurrency: number;
  /** How long run history, audit events and ended backfills are kept. */
  readonly runHistoryDays: number;
  /** How long dead letters, backups and damaged blobs are kept. @throws SettingError when `RETENTION_DAYS` is malformed */
  readonly retentionDays: () => number;
  /** The most that the spool may hold. */
  readonly spoolMaxBytes: number;
  /** How long one invocation may run. */
  readonly timeBudgetMs: number;
  readonly pushKeys: PushKeys;
  /** Values that must never be logged. */
  readonly secrets: readonly string[];
  /** What is wrong, one sentence each; a default applies until it is corrected. Those of `PUSH_KEYS` are in `pushKeys`. */
  readonly problems: readonly string[];
}

/**
 * Reads the settings of the app. Never throws.
 * @param hostJsonFile names the time-out of a function; without it the platform's default applies
 */
export function readAppSettings(env: Environment, hostJsonFile?: string): AppSettings {
  const pushKeys = readPushKeys(env);
  return {
    env,
    pullConcurrency: readNumber(env, 'PULL_CONCURRENCY'),
    backfillConcurrency: readNumber(env, 'BACKFILL_CONCURRENCY'),
    runHistoryDays: readNumber(env, 'RUN_HISTORY_DAYS'),
    retentionDays: () => readRetentionDays(env),
    spoolMaxBytes: readNumber(env, 'SPOOL_MAX_GB') * 1e9,
    timeBudgetMs: timeBudgetMs(env, hostJsonFile),
    pushKeys,
    secrets: [...pushKeys.secrets, ...appSecrets(env)],
    problems: [...numberProblems(env), ...proxyProblems(env)],
  };
}

/** The secrets among the variables of the app, or of an instance that overrides some of them. */
export function appSecrets(env: Environment): string[] {
  return SECRETS.map((name) => env[name] ?? '');
}

function readRetentionDays(env: Environment): number {
  const problems = unresolvedProblems(['RETENTION_DAYS'], env);
  const text = env['RETENTION_DAYS']?.trim() ?? '';
  if (text === '') return DEFAULT_RETENTION_DAYS;
  if (problems.length === 0 && /^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new SettingError(
    `reading RETENTION_DAYS: ${problems[0] ?? `${text} is not a whole number of days from 1 to 9999.`} Nothing is deleted until it is corrected.`,
  );
}
