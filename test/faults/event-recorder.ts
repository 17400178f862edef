import { EMPTY_LEDGER, type Ledger, addLedgers } from '../../shared/contract/checkpoint';
import type { Json } from '../../shared/contract/json';
import { isObject } from '../../shared/values/json-path';
import { parseJson } from '../../shared/values/json/json';
import type { StoredOutcomes } from '../../shared/contract/spool';
import type { StoredRow } from '../fakes/collector';
import { isEventPath } from './vendor-faults';

/** A row that the workspace accepted. */
export interface AcceptedRow {
  readonly row: StoredRow;
  /** The post that contained it, counted from 0. */
  readonly post: number;
  /** How many checkpoints had counted rows of its table before; see {@link EventRecorder.recordSave}. */
  readonly epoch: number;
  /** The first epoch in which the row must not be sent again, because a checkpoint covers it; absent while none does. */
  readonly coveredFrom?: number;
}

/** Records what workspace and storage saw in one case. */
export interface EventRecorder {
  /** By table, in order of arrival. */
  readonly acceptedRows: ReadonlyMap<string, readonly AcceptedRow[]>;
  /** How many different events arrived, of all tables. */
  readonly distinctEvents: number;
  recordAccepted(table: string, rows: readonly StoredRow[]): void;
  /**
   * Records a write of a source's checkpoint or spool totals. If it counts n rows more than before, it covers the n latest
   * rows, because a page is saved before the next one is sent. Rows that a killed process had sent stay uncovered.
   */
  recordSave(path: string, body: string): void;
  /** The ledger of a source's last checkpoint, plus the ledgers of its backfill slices. */
  ledger(source: string): Ledger | undefined;
}

/**
 * `/tributary/checkpoints/<connector>/<instance>/<source>.json`, `spool-totals` likewise, and
 * `/tributary/backfills/…/<source>/<backfill>/<slice>.json`.
 */
const SAVED =
  /\/(?:checkpoints|spool-totals|backfills)\/[^/]+\/[^/]+\/([^/]+?)(?:\.json|\/[^/]+\/\d+\.json)$/;

/** @param tableOf the table of a source */
export function createEventRecorder(tableOf: (source: string) => string | undefined): EventRecorder {
  const acceptedRows = new Map<string, (AcceptedRow & { coveredFrom?: number })[]>();
  const epochs = new Map<string, number>();
  const events = new Set<string>();
  /** By source, and by the checkpoint's path. */
  const ledgers = new Map<string, Map<string, Ledger>>();
  let posts = 0;
  return {
    acceptedRows,
    get distinctEvents() {
      return events.size;
    },
    recordAccepted(table, rows) {
      const post = posts++;
      const epoch = epochs.get(table) ?? 0;
      const stored = acceptedRows.get(table) ?? [];
      for (const row of rows) {
        stored.push({ row, post, epoch });
        if (isEventPath(table)) events.add(`${table} ${JSON.stringify(row['EventId'] ?? row)}`);
      }
      acceptedRows.set(table, stored);
    },
    recordSave(path, body) {
      const source = SAVED.exec(path)?.[1] ?? '';
      const table = tableOf(source);
      const ledger = table === undefined ? undefined : ledgerOf(body);
      if (table === undefined || ledger === undefined) return;
      const own = ledgers.get(source) ?? new Map<string, Ledger>();
      const counted = ledger.accepted - (own.get(path)?.accepted ?? 0);
      if (counted > 0) {
        const epoch = (epochs.get(table) ?? 0) + 1;
        epochs.set(table, epoch);
        for (const row of (acceptedRows.get(table) ?? []).slice(-counted)) row.coveredFrom ??= epoch;
      }
      ledgers.set(source, own.set(path, ledger));
    },
    ledger: (source) => {
      const own = ledgers.get(source);
      return own === undefined ? undefined : [...own.values()].reduce(addLedgers);
    },
  };
}

function ledgerOf(body: string): Ledger | undefined {
  const saved: Json = parseJson(body);
  if (!isObject(saved)) return undefined;
  return 'delivered' in saved
    ? ledgerOfSpool(saved as unknown as StoredOutcomes)
    : (saved['ledger'] as unknown as Ledger);
}

/** Spool totals as a ledger. */
function ledgerOfSpool({ dead, delivered, duplicate }: StoredOutcomes): Ledger {
  const fetched = delivered + dead + duplicate;
  return { ...EMPTY_LEDGER, fetched, accepted: delivered, duplicate, deadLettered: dead };
}
