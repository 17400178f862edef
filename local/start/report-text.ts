import type { HostLog } from '../host/host';
import { alignedTable } from './aligned-table';
import { type Ledger, type SourceId, formatId } from '../../shared/contract/checkpoint';
import type { RunReport } from '../../shared/contract/run';

/** The report in a line that a run left in the log; `undefined` for any other line. */
export function reportIn({ message }: HostLog): RunReport | undefined {
  if (!message.startsWith('{"msg":"run ended"')) return undefined;
  return JSON.parse(message) as RunReport;
}

/** Room for the longest name of a source, so that lines stand below one another. */
export const ID_WIDTH = 34;

/** One run in one line, for people. */
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
        `not kept by the vendor any more: ${what === undefined ? '' : `${what}, `}${from} to ${to}`,
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

/** The members of a report that the command line's `--json` promises, in this order; `resumeAt` and `error` where there is one. */
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

/** A report as the command line's `--json` promises it. */
export function reportJson(report: RunReport): object {
  return Object.fromEntries(
    PROMISED.flatMap((name) => (report[name] === undefined ? [] : [[name, report[name]]])),
  );
}

/** Where in the local host an error passed through: of no use to whoever reads about the app. */
const HOST_FRAMES = /\n\s+at .*(?:\bdist[\\/]cli\.js|\bnode:).*/g;

/** A line of the app or the host that is no run: only what someone must know. */
export function otherLine({ level, message }: HostLog): string | undefined {
  if (level !== 'warning' && level !== 'error' && level !== 'critical') return undefined;
  // The worker's end is said once, in its own line; each call that ended with it says it again.
  if (message.includes('\nWorkerGoneError:')) return undefined;
  // Each run, instance and delivery that failed has said so in its own line; the invocation fails for Azure's portal.
  if (message.includes('\nFailedRunsError:')) return undefined;
  const said = message.replace(HOST_FRAMES, '');
  return `${level === 'warning' ? 'warning' : 'error'}: ${said}`;
}

/** One row of the ledger: a source, its totals, and what the workspace holds. */
export interface LedgerRow {
  readonly id: SourceId;
  readonly ledger: Ledger;
  /** Rows in the source's table, and how many different events they are; absent where the workspace is not ours. */
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
