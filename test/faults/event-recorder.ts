import { EMPTY_LEDGER, type Ledger, addLedgers } from '../../shared/contract/checkpoint';
import type { Json } from '../../shared/contract/json';
import { isObject } from '../../shared/values/json-path';
import { parseJson } from '../../shared/values/json/json';
import type { SpoolCounters } from '../../shared/contract/spool';
import type { StoredRow } from '../fakes/collector';
import { isEvents } from './vendor-faults';

/** A row that the workspace took. */
export interface TakenRow {
  readonly row: StoredRow;
  /** Which post brought it, counted from 0. */
  readonly post: number;
  /** How many checkpoints had counted rows of its table before it came; see {@link Chronicle.saved}. */
  readonly epoch: number;
  /** The first epoch in which it must not come again, because a checkpoint covers it; absent where none does. */
  readonly coveredFrom?: number;
}

/** What happened in one attempt, as those around the app saw it. */
export interface Chronicle {
  /** By table, in the order in which they came. */
  readonly taken: ReadonlyMap<string, readonly TakenRow[]>;
  /** How many rows came that had not come before, of all tables. */
  readonly distinct: number;
  accepted(table: string, rows: readonly StoredRow[]): void;
  /**
   * A checkpoint of a source was written, or the totals of its spool. Where they count more rows than before, they cover as
   * many of those that came last: a page is saved before the next one is sent. What a process that was killed had sent
   * before stays uncovered, also where something else of its source is read first afterwards.
   */
  saved(path: string, body: string): void;
  /** The ledger of the last checkpoint of a source, with those of its backfills' parts. */
  ledger(source: string): Ledger | undefined;
}

/**
 * `/tributary/checkpoints/<connector>/<instance>/<source>.json`, `spool-totals` likewise, and
 * `/tributary/backfills/…/<source>/<backfill>/<part>.json`.
 */
const SAVED =
  /\/(?:checkpoints|spool-totals|backfills)\/[^/]+\/[^/]+\/([^/]+?)(?:\.json|\/[^/]+\/\d+\.json)$/;

/** @param tableOf the table of each source */
export function beginChronicle(tableOf: (source: string) => string | undefined): Chronicle {
  const taken = new Map<string, (TakenRow & { coveredFrom?: number })[]>();
  const epochs = new Map<string, number>();
  const known = new Set<string>();
  /** By source, and by the checkpoint's path. */
  const ledgers = new Map<string, Map<string, Ledger>>();
  let posts = 0;
  return {
    taken,
    get distinct() {
      return known.size;
    },
    accepted(table, rows) {
      const post = posts++;
      const epoch = epochs.get(table) ?? 0;
      const before = taken.get(table) ?? [];
      for (const row of rows) {
        before.push({ row, post, epoch });
        if (isEvents(table)) known.add(`${table} ${JSON.stringify(row['EventId'] ?? row)}`);
      }
      taken.set(table, before);
    },
    saved(path, body) {
      const source = SAVED.exec(path)?.[1] ?? '';
      const table = tableOf(source);
      const ledger = table === undefined ? undefined : ledgerOf(body);
      if (table === undefined || ledger === undefined) return;
      const own = ledgers.get(source) ?? new Map<string, Ledger>();
      const counted = ledger.accepted - (own.get(path)?.accepted ?? 0);
      if (counted > 0) {
        const epoch = (epochs.get(table) ?? 0) + 1;
        epochs.set(table, epoch);
        for (const row of (taken.get(table) ?? []).slice(-counted)) row.coveredFrom ??= epoch;
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
    ? ofSpool(saved as unknown as SpoolCounters)
    : (saved['ledger'] as unknown as Ledger);
}

/** Of what was taken out of a spool, in the words of a ledger. */
function ofSpool({ dead, delivered, duplicate }: SpoolCounters): Ledger {
  const fetched = delivered + dead + duplicate;
  return { ...EMPTY_LEDGER, fetched, accepted: delivered, duplicate, deadLettered: dead };
}
