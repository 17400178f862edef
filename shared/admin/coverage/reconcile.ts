import { EMPTY_LEDGER, formatId, type SourceId } from '../../contract/checkpoint';
import { SettingError } from '../../contract/errors';
import type { Reconciled, StoreReader } from '../../contract/reconciliation';
import { createHttp } from '../../http/http';
import { createLogsQuery, logsQueryOrigin, LOGS_QUERY_VARIABLES } from './logs-query';
import { readLogsIngestion } from '../../sink/logs-ingestion';
import { isLoopback } from '../../settings/setting-values';
import { acceptedPasses, reconcileStatus } from './reconcile-status';
import { createBackfillAdmin } from '../backfills';
import type { AdminContext } from '../admin-context';
import { secretsOf } from '../../values/secrets/secrets';
import type { Environment } from '../../settings/environment';

/** Opens the local workspace at its address. */
export type LocalReader = (endpoint: string) => StoreReader;

/** Time limit for the workspace. */
const BUDGET_MS = 120_000;

/**
 * Compares the events accepted since a source's first run with those in its table and its late table, and reads the
 * workspace's errors about rows that it accepted and did not store.
 * @param local opens the local workspace, when rows go there
 * @throws SettingError when the source is off, when the identity may not query, and for the Data Collector API, whose
 * tables use other column names
 */
export async function reconcileSource(
  tools: AdminContext,
  id: SourceId,
  local: LocalReader,
): Promise<Reconciled> {
  const { instance, source } = tools.find(id);
  const { env } = instance;
  if (env['SINK'] === 'data-collector')
    throw new SettingError(
      `reconciling ${formatId(id)}: SINK is data-collector, whose tables use other column names. Compare their counts manually.`,
    );
  const lateTable = instance.sources.find((one) => one.source === id.source)?.lateTable;
  const names = [...new Set([source.table.name, lateTable ?? source.table.name])];
  const { routeOf } = readLogsIngestion(env);
  const { endpoint } = routeOf(source.table);
  const isHere = isLoopback(new URL(endpoint).hostname);
  const reader = isHere ? local(endpoint) : azureReader(tools, env, id);
  const { clock, state } = tools;
  // Accepted counts are read first: rows that arrive meanwhile can only add to the stored side.
  const [checkpoint, acts, backfills] = await Promise.all([
    state.checkpoints.read(id),
    state.auditLog.read(id, new Date(0), clock.now()),
    createBackfillAdmin(() => tools).list(id),
  ]);
  const passes = acceptedPasses(acts, checkpoint?.ledger ?? EMPTY_LEDGER, backfills);
  const [stored, errors] = await Promise.all([
    reader.countRows(names, id.instance),
    reader.readErrors(names.map((name) => routeOf({ ...source.table, name }).stream)),
  ]);
  const accepted = passes.reduce((a, b) => a + b, 0);
  const verdict = reconcileStatus(passes, stored, errors);
  const [table = '', late] = names;
  const tables = late === undefined ? { table } : { table, lateTable: late };
  return { ...id, ...tables, accepted, ...stored, verdict, errors };
}

function azureReader({ clock, log }: AdminContext, env: Environment, id: SourceId): StoreReader {
  const signal = AbortSignal.timeout(BUDGET_MS);
  const http = createHttp({
    who: `the workspace of ${formatId(id)}`,
    origins: [logsQueryOrigin(env)],
    variables: LOGS_QUERY_VARIABLES,
    secrets: secretsOf([env['AZURE_CLIENT_SECRET'] ?? '']),
    deadline: new Date(clock.now().getTime() + BUDGET_MS),
    signal,
    clock,
    log,
  });
  return createLogsQuery(env, http, signal);
}
