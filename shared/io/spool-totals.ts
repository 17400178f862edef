import { formatId, type SourceId } from '../contract/checkpoint';
import { ContractError } from '../contract/errors';
import type { Json } from '../contract/json';
import { EMPTY_TOTALS, type SpoolBlob, type SpoolTotals, type SpoolView } from '../contract/spool';
import { parseJson } from '../kit/json';
import { isObject } from '../kit/paths';
import type { BlobForm } from './held-blob';

/** What is pending, from the totals and from the blobs: a blob that the totals have settled is what they say. */
export function viewOf(totals: SpoolTotals, blobs: readonly SpoolBlob[]): SpoolView {
  const pending = blobs
    .map((blob) => ({ name: blob.name, records: (totals.settled[blob.name] ?? blob).records }))
    .filter(({ records }) => records > 0);
  const sum = pending.reduce((count, { records }) => count + records, 0);
  const { dead, delivered, duplicate, filtered } = totals;
  const oldest = pending[0] === undefined ? undefined : storedAt(pending[0].name);
  return {
    totals,
    ledger: {
      stored: delivered + dead + duplicate + filtered + sum,
      ...{ delivered, dead, duplicate, filtered, pending: sum },
    },
    ...(oldest === undefined ? {} : { oldest }),
  };
}

/** When a blob was stored, as its name says; ISO 8601, UTC. */
export function storedAt(name: string): string | undefined {
  const [year, month, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)([\d.]+Z)/.exec(name)?.slice(1) ?? [];
  return second === undefined ? undefined : `${year}-${month}-${hour}:${minute}:${second}`;
}

/** The totals of a source's spool, as a blob. */
export function formOf(id: SourceId): BlobForm<SpoolTotals> {
  const what = `the totals of the spool of ${formatId(id)}`;
  return {
    what,
    empty: EMPTY_TOTALS,
    parse: (text) => ({ ...EMPTY_TOTALS, ...parseTotals(text, what) }),
  };
}

/** The error for what no version of the framework wrote. */
function damaged(what: string, cause?: unknown): ContractError {
  return new ContractError(
    `reading ${what}: no version of Tributary wrote it. It is never taken for an empty one: restore it, or remove it.`,
    { cause },
  );
}

function parseTotals(text: string, what: string): SpoolTotals {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    throw damaged(what, error);
  }
  if (!isTotals(value)) throw damaged(what);
  return value as unknown as SpoolTotals;
}

/** Enough to tell totals from anything else. */
function isTotals(value: Json): boolean {
  return (
    isObject(value) &&
    value['version'] === 1 &&
    typeof value['delivered'] === 'number' &&
    typeof value['dead'] === 'number'
  );
}
