import type { HostLog } from '../host/host';
import { alignedTable } from './aligned-table';
import { type Ledger, type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';

/** The report in a run's log line; `undefined` for any other line. */
export function reportIn({ message }: HostLog): RunReport | undefined {
  if (!message.startsWith('{"msg":"run ended"')) return undefined;
  return JSON.parse(message) as RunReport;
}

/** The width of the longest source id, so that lines align. */
export const ID_WIDTH = 34;

/** A run as one line of text. */
export function runLine(report: RunReport): string {
  const {
    accepted,
    deadLettered,
    drifted,
    duplicate,
    durationMs,
    fetched,
    filtered,
    outcome,
    pages,
    pending,
  } = report;
  const counts = [
    `${fetched} fetched`,
    `${accepted} accepted`,
    ...some({ duplicate, filtered, 'dead letters': deadLettered, pending, drifted }),
    `${pages} ${pages === 1 ? 'page' : 'pages'}`,
    `${durationMs} ms`,
  ];
  const head = `${report.startedAt.slice(11, 19)}  ${formatId(report).padEnd(ID_WIDTH)} ${outcome.padEnd(11)} ${counts.join(' · ')}`;
  const more = [
    ...(report.gone ?? []).map(
      ({ from, to, what }) =>
        `no longer kept by the vendor: ${what === undefined ? '' : `${what}, `}${from} to ${to}`,
    ),
    ...(report.error === undefined
      ? [report.waitsFor].filter((why) => why !== undefined)
      : [`${report.error.name}: ${report.error.message}`]),
  ];
  return [head, ...more].join('\n          ');
}

function some(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
}

/** The members of a report in the command line's `--json`, in this order; `resumeAt` and `error` only if present. */
const PROMISED = [
  'connector',
  'instance',
  'source',
  'table',
  'pages',
  'fetched',
  'accepted',
  'duplicate',
  'filtered',
  'deadLettered',
  'pending',
  'durationMs',
  'outcome',
  'resumeAt',
  'error',
] as const satisfies readonly (keyof RunReport)[];

/** A report in the documented form of the command line's `--json`. */
export function reportJson(report: RunReport): object {
  return Object.fromEntries(
    PROMISED.flatMap((name) => (report[name] === undefined ? [] : [[name, report[name]]])),
  );
}

/** Stack frames of the local host and of Node: they do not help the reader of an app's error. */
const HOST_FRAMES = /\n\s+at .*(?:\bdist[\\/]cli\.js|\bnode:).*/g;

/** A log line other than a run's, as text; `undefined` for lines that are not shown. */
export function otherLine({ level, message }: HostLog): string | undefined {
  if (level !== 'warning' && level !== 'error' && level !== 'critical') return undefined;
  // The end of the worker has its own line; every call that failed by it would repeat it.
  if (message.includes('\nWorkerGoneError:')) return undefined;
  // Each failed run, instance and delivery has a line of its own; the invocation fails only for Azure's portal.
  if (message.includes('\nFailedRunsError:')) return undefined;
  const said = message.replace(HOST_FRAMES, '');
  return `${level === 'warning' ? 'warning' : 'error'}: ${said}`;
}

/** One row of the ledger: a source, its totals, and what the workspace holds. */
export interface LedgerRow {
  readonly id: SourceId;
  readonly ledger: Ledger;
  /** Rows in the source's table, and how many different events they are; absent if the workspace is not local. */
  readonly stored?: { readonly rows: number; readonly events: number };
  readonly outcome: string;
}

/** The ledger as a table. A row balances when fetched = accepted + duplicate + filtered + dead letters + pending. */
export function ledgerTable(rows: readonly LedgerRow[]): string {
  const head = [
    'source',
    'fetched',
    'accepted',
    'duplicate',
    'filtered',
    'dead letters',
    'pending',
    'balanced',
    'rows stored',
    'events stored',
    'last run',
  ];
  const body = rows.map(({ id, ledger, outcome, stored }) => {
    const { accepted, deadLettered, duplicate, fetched, filtered, pending } = ledger;
    const balanced = fetched === accepted + duplicate + filtered + deadLettered + pending ? 'yes' : 'NO';
    return [
      formatId(id),
      fetched,
      accepted,
      duplicate,
      filtered,
      deadLettered,
      pending,
      balanced,
      stored?.rows ?? '-',
      stored?.events ?? '-',
      outcome,
    ].map(String);
  });
  return alignedTable(head, body, ['source', 'last run']);
}
