import { EMPTY_LEDGER, formatId, type SourceId } from '../../contract/checkpoint';
import { SettingError } from '../../contract/errors';
import type { Reconciled, StoreReader } from '../../contract/reconciliation';
import { createHttp } from '../../http/http';
import { createLogsQuery, logsQueryOrigin, LOGS_QUERY_VARIABLES } from './logs-query';
import { readLogsIngestion } from '../../sink/logs-ingestion';
import { isLoopback } from '../../settings/setting-values';
import { acceptedPasses, reconcileStatus } from './compare';
import { createBackfillAdmin } from '../backfills';
import type { AdminContext } from '../context';
import { secretsOf } from '../../values/secrets/secrets';
import type { Environment } from '../../settings/environment';

/** Asks the workspace of this machine, at its address. */
export type LocalReader = (endpoint: string) => StoreReader;

/** A workspace is waited for no longer than this. */
const BUDGET_MS = 120_000;

/**
 * Compares what was accepted of a source since its first run with what its table and the one of its late rows hold, and
 * reads what the workspace says of rows that it accepted and did not store.
 * @param local asks the workspace of this machine, where rows go to this machine
 * @throws SettingError when the source is off, when the identity may not query, and for the Data Collector API, whose
 * tables have columns of other names
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
      `reconciling ${formatId(id)}: SINK is data-collector, whose tables name their columns otherwise. Compare their counts by hand.`,
    );
  const lateTable = instance.sources.find((one) => one.source === id.source)?.lateTable;
  const names = [...new Set([source.table.name, lateTable ?? source.table.name])];
  const { routeOf } = readLogsIngestion(env);
  const { endpoint } = routeOf(source.table);
  const isHere = isLoopback(new URL(endpoint).hostname);
  const reader = isHere ? local(endpoint) : azureReader(tools, env, id);
  const { clock, state } = tools;
  // What was accepted is read first: what comes in meanwhile is stored and not counted, never the other way round.
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
