import type { Ledger } from '../shared/app';
import type { Json } from '../shared/contract/json';
import { isObject } from '../shared/kit/paths';
import { parseJson } from '../shared/kit/json';
import type { StoredRow } from '../test/fakes/collector';

/** A row that the workspace took. */
export interface TakenRow {
  readonly row: StoredRow;
  /** Which post brought it, counted from 0. */
  readonly post: number;
  /** How many checkpoints had counted rows of its table before it came; see {@link Chronicle.saved}. */
  readonly epoch: number;
}

/** What happened in one attempt, as those around the app saw it. */
export interface Chronicle {
  /** By table, in the order in which they came. */
  readonly taken: ReadonlyMap<string, readonly TakenRow[]>;
  accepted(table: string, rows: readonly StoredRow[]): void;
  /** A checkpoint of a source was written: when it counts more rows than before, what it covers must not come again. */
  saved(path: string, body: string): void;
  /** The ledger of the last checkpoint of a source. */
  ledger(source: string): Ledger | undefined;
}

/** `/tributary/checkpoints/<connector>/<instance>/<source>.json` */
const CHECKPOINT = /\/checkpoints\/[^/]+\/[^/]+\/([^/]+)\.json$/;

/** @param tableOf the table of each source */
export function beginChronicle(tableOf: (source: string) => string | undefined): Chronicle {
  const taken = new Map<string, TakenRow[]>();
  const epochs = new Map<string, number>();
  const ledgers = new Map<string, Ledger>();
  let posts = 0;
  return {
    taken,
    accepted(table, rows) {
      const post = posts++;
      const epoch = epochs.get(table) ?? 0;
      const before = taken.get(table) ?? [];
      for (const row of rows) before.push({ row, post, epoch });
      taken.set(table, before);
    },
    saved(path, body) {
      const source = CHECKPOINT.exec(path)?.[1] ?? '';
      const table = tableOf(source);
      const ledger = table === undefined ? undefined : ledgerOf(body);
      if (table === undefined || ledger === undefined) return;
      if (ledger.accepted > (ledgers.get(source)?.accepted ?? 0)) {
        epochs.set(table, (epochs.get(table) ?? 0) + 1);
      }
      ledgers.set(source, ledger);
    },
    ledger: (source) => ledgers.get(source),
  };
}

function ledgerOf(body: string): Ledger | undefined {
  const checkpoint: Json = parseJson(body);
  return isObject(checkpoint) ? (checkpoint['ledger'] as unknown as Ledger) : undefined;
}
