import type { RecordSource, RawRecord } from '../contract/connector';
import type { Json, JsonObject } from '../contract/json';
import { stringifyDeep } from '../values/json/json';
import { compileRecordPath, isObject } from '../values/json-path';
import { toIso } from '../values/time';
import { CONVERT } from './convert';
import { thrownText } from '../contract/errors';

/** A value that did not fit its column. It quotes the record, so it is shown to authors only. */
export interface Drift {
  readonly column: string;
  /** The path of the value in the record; `toRow` when the source's function computed it. */
  readonly from: string;
  /** The value, and the type of the column. */
  readonly why: string;
}

const QUOTED_CHARACTERS = 60;

/** Finds the values of a record that do not fit their columns, by the rules of `format-row.ts`, which only counts them. Never throws. */
export function compileDrift(source: RecordSource): (record: RawRecord) => readonly Drift[] {
  const { table } = source;
  const columns = Object.entries(table.columns).flatMap(([column, { type, from }]) =>
    from === undefined ? [] : [{ column, type, from, get: compileRecordPath(from) }],
  );
  const timeAt = compileRecordPath(table.time);
  return (record) => {
    if (!isObject(record)) return [];
    const computed = compute(source, record);
    const time = timeAt(record);
    const late = time != null && toIso(time) === undefined;
    return [
      ...(late ? [{ column: 'TimeGenerated', from: table.time, why: reason(time, 'datetime') }] : []),
      ...computed.drift,
      ...columns.flatMap(({ column, type, from, get }) => {
        const value = get(record);
        if (computed.names.has(column) || value == null || CONVERT[type](value) !== undefined) return [];
        return [{ column, from, why: reason(value, type) }];
      }),
    ];
  };
}

function compute(
  { table, toRow }: RecordSource,
  record: JsonObject,
): { readonly names: ReadonlySet<string>; readonly drift: readonly Drift[] } {
  const names = new Set<string>();
  const drift: Drift[] = [];
  try {
    for (const [column, value] of Object.entries(toRow?.(record) ?? {})) {
      const type = Object.hasOwn(table.columns, column) ? table.columns[column]?.type : undefined;
      if (type === undefined || value == null) continue;
      if (CONVERT[type](value) === undefined) drift.push({ column, from: 'toRow', why: reason(value, type) });
      else names.add(column);
    }
  } catch (error) {
    drift.push({ column: 'every computed column', from: 'toRow', why: `it threw: ${thrownText(error)}` });
  }
  return { names, drift };
}

function reason(value: Json, type: string): string {
  const text = stringifyDeep(value);
  const quoted = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
  return `${quoted} is not a valid ${type}`;
}
