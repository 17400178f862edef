import { resolveSource } from './values/source-kind';
import { createAdmin, type Admin } from './admin/admin';
import type { App } from './app';
import type { LogLines } from './process/log';
import { tablesOf } from './run/declared-tables';
import { declaredOf } from './run/schedule';
import { desiredTables } from './tables/desired-tables';
import { createWorkspaceTables, type WorkspaceTables } from './tables/workspace-tables';

/* What the command line, local programs and functions that show the state use besides the app. */

export { AZURE_NETWORK } from './http/azure-network';
export { BACKFILL_QUEUE, CONTINUE_QUEUE, DELIVER_QUEUE } from './storage/trigger-queue';
export { identityVariables, readStorageSettings } from './storage/storage-settings';
export { clock as realClock } from './process/clock';
export { LOCAL_TOKEN } from './sink/token';
export {
  asLoadOf,
  catchUnhandledErrors,
  isUnhandledError,
  unhandledError,
  type UnhandledErrorFields as UnhandledErrorFields,
} from './process/unhandled-errors';
export type { Drift } from './rows/drift';
export type { PagePreview, RecordPreview } from './admin/preview';
export { previewWebhook as previewPost, type WebhookPreview as PostPreview } from './admin/preview-webhook';
export { previewSource } from './admin/preview-source';
export { importedCheckpoint } from './storage/state/stored-checkpoint';
export { OVERFLOW } from './tables/table-definition';
export { formatRows } from './rows/format-page';
export { tablesOf, type DeclaredTable } from './run/declared-tables';
export type { LogLines } from './process/log';
export { isAnythingSet, readSettings, variableOf, type InstanceSettings } from './settings/instance-settings';
export type { Admin } from './admin/admin';
export type { SpoolStatus } from './run/push-service';
export type { WebhookEndpoint as Receiver } from './run/webhook-endpoints';
export type { ConnectorStatus } from './admin/status';
export { notSetSentence, type WorkspaceTables } from './tables/workspace-tables';
export type { Environment } from './settings/environment';

/** Opens the operators' actions of an app. @param lines receives its log lines */
export function openAdmin({ parts: { appLog, context, pushService } }: App, lines: LogLines): Admin {
  const { clock, connectors, resolve, settings, state } = context;
  return createAdmin(
    () => ({
      state: state(),
      clock,
      log: appLog.logOf(lines),
      secrets: appLog.secrets,
      find: resolve,
      kindOf: (id) => resolveSource(id, connectors)?.kind,
      deliveryRoute: pushService.deliveryRoute,
    }),
    (id) => declaredOf(id, connectors, settings.env),
  );
}

/** Opens the workspace's tables and rules. @throws SettingError for malformed settings */
export function openTables(
  { parts: { appLog, context, pushService } }: App,
  lines: LogLines,
): WorkspaceTables {
  const { clock, connectors, settings, state } = context;
  const { env } = settings;
  return createWorkspaceTables({
    env,
    clock,
    log: appLog.logOf(lines),
    state,
    desired: async () => desiredTables(tablesOf(connectors, env), await pushService.status()),
  });
}

/** Breaks every lease. Only for the owner of the storage, when no run is alive. */
export async function breakLeases({ parts: { context } }: App): Promise<void> {
  await context.state().checkpoints.breakLeases();
  await context.state().spool.breakLeases();
}
