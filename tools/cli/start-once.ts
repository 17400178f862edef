import { setTimeout as wait } from 'node:timers/promises';
import { stringifyJson } from '../../shared/values/json/json';
import { ledgerTable, type LedgerRow } from '../../local/start/report-text';
import type { Local } from '../../local/start/start';
import { print } from './output';
import { askWorkspace } from './workspace-query';
import { EMPTY_LEDGER, type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';

/** The limit of runs for one source: a vendor may never stop producing events. Reaching it is reported as `out-of-time`. */
const MAX_RUNS = 1_000;
const BUSY_WAIT_MS = 1_000;

/**
 * Runs each source in the function app until a run finds nothing newer than its own start; then prints the ledger.
 * @param listeners receives a function for each run in progress
 * @returns 0, or 1 if a run failed or a source did not catch up
 */
export async function runAll(
  local: Local,
  listeners: Set<(report: RunReport) => void>,
  json: boolean,
): Promise<number> {
  const ids = local.app.sources();
  const outcomes = await Promise.all(ids.map((id) => runUntilCaughtUp(local, id, listeners)));
  const rows = await ledger(local, ids, outcomes);
  if (ids.length === 0 && !json) return 0;
  print(json ? { ledger: rows } : `\n${ledgerTable(rows)}\n`);
  return outcomes.every((outcome) => outcome === 'caught-up') ? 0 : 1;
}

async function runUntilCaughtUp(
  { host }: Local,
  id: SourceId,
  listeners: Set<(report: RunReport) => void>,
): Promise<RunReport['outcome']> {
  for (let runs = 0; runs < MAX_RUNS; runs++) {
    const report = await oneRun(id, listeners, () => host.invoke('continue', stringifyJson(id)));
    if (report.outcome === 'failed' || report.outcome === 'paused') return report.outcome;
    if (report.outcome === 'busy') await wait(BUSY_WAIT_MS);
    if (report.resumeAt !== undefined) await wait(Math.max(0, Date.parse(report.resumeAt) - Date.now()));
    if (report.outcome === 'caught-up' && !(report.newest !== undefined && report.newest > report.startedAt))
      return 'caught-up';
  }
  return 'out-of-time';
}

/** The report of the run that `invoke` makes. Every report arrives as a log line. */
async function oneRun(
  id: SourceId,
  listeners: Set<(report: RunReport) => void>,
  invoke: () => Promise<void>,
): Promise<RunReport> {
  let found: RunReport | undefined;
  const listen = (report: RunReport): void => {
    if (formatId(report) === formatId(id)) found = report;
  };
  listeners.add(listen);
  try {
    await invoke();
  } finally {
    listeners.delete(listen);
  }
  if (found === undefined)
    throw new Error(`Running ${formatId(id)}: the app left no report. Its log lines above say why.`);
  return found;
}

async function ledger(
  { app, services }: Local,
  ids: readonly SourceId[],
  outcomes: readonly string[],
): Promise<LedgerRow[]> {
  const status = await app.status();
  const sources = ids.map((id) =>
    status
      .find(({ connector }) => connector === id.connector)
      ?.instances.find(({ instance }) => instance === id.instance)
      ?.sources.find(({ source }) => source === id.source),
  );
  const tables = sources.flatMap((source) => source?.table ?? []);
  // Without counts, the table still shows the ledger.
  const stored = await countRows(services.workspace.url, new Set(tables)).catch(
    () => new Map<string, never>(),
  );
  return ids.map((id, index): LedgerRow => {
    const { ledger = EMPTY_LEDGER, table = '' } = sources[index] ?? {};
    const counts = stored.has(table) ? { stored: stored.get(table)?.get(id.instance) ?? NONE } : {};
    return { id, ledger, outcome: outcomes[index] ?? '', ...counts };
  });
}

type Counts = NonNullable<LedgerRow['stored']>;
const NONE: Counts = { rows: 0, events: 0 };

/** The rows and events of each instance in the local workspace, by table. Tables that do not exist are left out. */
async function countRows(
  workspace: string,
  tables: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Counts>>> {
  const columns = await askWorkspace(
    workspace,
    'SELECT table_name AS "table", column_name AS "name" FROM information_schema.columns',
  );
  const counted = new Map<string, Map<string, Counts>>();
  const parts: string[] = [];
  for (const table of tables) {
    const own = columns.filter((one) => one['table'] === table).map(({ name }) => name);
    // The Data Collector API adds a suffix to column names, in the same table.
    const valueOf = (column: string): string => {
      const names = [column, `${column}_s`, `${column}_g`].filter((name) => own.includes(name));
      return `coalesce(${[...names.map((name) => `CAST("${name}" AS VARCHAR)`), 'NULL'].join(', ')})`;
    };
    if (own.length === 0) continue;
    counted.set(table, new Map());
    parts.push(
      `SELECT '${table}' AS "table", ${valueOf('Instance')} AS "instance", count(*) AS "rows", count(DISTINCT ${valueOf('EventId')}) AS "events" FROM "${table}" GROUP BY 2`,
    );
  }
  const found = parts.length === 0 ? [] : await askWorkspace(workspace, parts.join(' UNION ALL '));
  for (const { events, instance, rows, table } of found)
    counted.get(String(table))?.set(String(instance), { rows: Number(rows), events: Number(events) });
  return counted;
}
