import type { RecordSource, RawRecord } from '../contract/connector';
import type { Json, JsonObject } from '../contract/json';
import type { DeadLetter } from '../contract/run';
import type { ColumnType } from '../contract/table';
import { isDeeperThan, isWithin } from '../values/json/json';
import { isMinusZero } from '../values/json/number';
import { writeJson } from '../values/json/incremental-stringify';
import { hasInvalidUtf8 } from '../values/json/invalid-utf8';
import { compileRecordPath, isObject } from '../values/json-path';
import { compareIso, toIso } from '../values/time';
import { CONVERT } from './convert';
import { compileOverflow } from './overflow';
import { thrownText } from '../contract/errors';

/** A record that is nested deeper becomes a dead letter. The workspace would not store it either. */
export const MAX_DEPTH = 100;

/** A record of more characters and members is handled in pieces. */
const SHORT_CHARACTERS = 256 * 1024;

const NOT_UTF8 = 'a text of the record is not UTF-8: its bytes 80 to ff stand here as \\udc80 to \\udcff';

/** The service rewrites `TimeGenerated` of rows older than this. @see https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns */
const LATE_AFTER_MS = 2 * 24 * 3_600_000;

/** A record as columns, before it has its `EventId`; or the dead letter it became. */
export type FormattedColumns =
  | {
      readonly columns: Record<string, Json>;
      /** ISO 8601, UTC; `undefined` where the record says no time. */
      readonly time: string | undefined;
      /** The vendor's own id, where the table declares one and the record has it. */
      readonly eventId: string | undefined;
      /** True when at least one value did not fit its column. */
      readonly drifted: boolean;
      /** True when the row can be written in one go. */
      readonly isShort: boolean;
    }
  | { readonly deadLetter: DeadLetter };

/** Turns one record into columns, and pauses where it is large. Never throws. @param at stands in where the record says no time; the start of the run unless told */
export type FormatRow = (record: RawRecord, at?: string) => Generator<undefined, FormattedColumns, undefined>;

interface Reader {
  readonly name: string;
  readonly type: ColumnType;
  readonly get: (record: Json) => Json | undefined;
}

/**
 * Compiles a source's table into the function that formats its records: typed columns, what fits none of them
 * in `AdditionalFields`, and the time as `TimeGenerated` and `EventTime`.
 */
export function compileRow(source: RecordSource, instance: string, startedAt: Date): FormatRow {
  const { table } = source;
  const readers: Reader[] = [];
  const paths: string[] = [];
  for (const [name, { type, from }] of Object.entries(table.columns)) {
    if (from === undefined) continue;
    readers.push({ name, type, get: compileRecordPath(from) });
    paths.push(from);
  }
  const timeAt = paths.push(table.time) - 1;
  const idAt = table.eventId === undefined ? -1 : paths.push(table.eventId) - 1;
  const getTime = compileRecordPath(table.time);
  const getId = table.eventId === undefined ? () => undefined : compileRecordPath(table.eventId);
  const leftover = compileOverflow(paths);
  const startedIso = startedAt.toISOString();
  const lateBefore = new Date(startedAt.getTime() - LATE_AFTER_MS).toISOString();

  const format: FormatRow = function* (record, at = startedIso) {
    if (!isObject(record))
      return { deadLetter: yield* toDeadLetter('not-an-object', 'the record is not a JSON object', record) };
    const isShort = isShortRecord(record);
    const problem = yield* rejectionOf(record, isShort);
    if (problem !== undefined) return { deadLetter: yield* toDeadLetter(...problem, record) };
    const fits: boolean[] = new Array<boolean>(paths.length).fill(true);
    const rawTime = getTime(record);
    const time = toIso(rawTime);
    const eventId = idText(getId(record));
    const isLate = time !== undefined && compareIso(time, lateBefore) < 0;
    const columns = ownColumns(time, at, { isLate, instance });

    const computed = compute(source, record);
    Object.assign(columns, computed.columns);
    let drifted = !computed.fitted || (rawTime != null && time === undefined);
    fits[timeAt] = time !== undefined;
    if (idAt >= 0) fits[idAt] = eventId !== undefined;
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i] as Reader;
      const value = reader.get(record);
      if (value == null) continue;
      const converted = CONVERT[reader.type](value);
      const own = computed.columns[reader.name];
      if (own !== undefined) {
        fits[i] = converted === own;
      } else if (converted === undefined) {
        fits[i] = false;
        drifted = true;
      } else {
        columns[reader.name] = converted;
        fits[i] = isLossless(converted, value);
      }
    }
    const rest = leftover(record, fits);
    if (rest !== undefined) columns['AdditionalFields'] = rest;
    return { columns, time, eventId, drifted, isShort: isShort && isShortRecord(computed.columns) };
  };
  return function* (record, at) {
    try {
      return yield* format(record, at);
    } catch (error) {
      const detail = `reading the record: ${thrownText(error)}. Yield records whose members can be read`;
      return { deadLetter: yield* toDeadLetter('not-encodable', detail, record) };
    }
  };
}

/** False where the sign of a zero is left over. */
function isLossless(converted: Json, value: Json): boolean {
  return typeof converted !== 'number' || !isMinusZero(value);
}

/** True of a record that is neither long nor nested too deeply. */
export function isShortRecord(record: JsonObject): boolean {
  return isWithin(record, MAX_DEPTH, SHORT_CHARACTERS);
}

/** Why no row can be made of an object; `undefined` where one can. */
function* rejectionOf(
  record: JsonObject,
  isShort: boolean,
): Generator<undefined, readonly [cause: DeadLetter['cause'], detail: string] | undefined, undefined> {
  // To measure a long record took its time already.
  if (!isShort) yield;
  if (!isShort && (yield* isDeeperThan(record, MAX_DEPTH)))
    return ['too-deep', `the record is nested deeper than ${MAX_DEPTH} levels`];
  return hasInvalidUtf8(record) ? ['not-encodable', NOT_UTF8] : undefined;
}

/** The framework's columns, but for what is left over. */
function ownColumns(
  time: string | undefined,
  at: string,
  { instance, isLate }: { readonly instance: string; readonly isLate: boolean },
): Record<string, Json> {
  const when: Record<string, Json> =
    time === undefined ? { TimeGenerated: at } : { TimeGenerated: time, EventTime: time };
  return Object.assign(when, { EventId: '', IsLate: isLate, Instance: instance });
}

/** The columns that the source's own function computes; not fitted when it threw or one of its values has another type. */
function compute(
  { table, toRow }: RecordSource,
  record: JsonObject,
): { columns: Record<string, Json>; fitted: boolean } {
  const columns: Record<string, Json> = {};
  let fitted = true;
  try {
    for (const [name, value] of Object.entries(toRow?.(record) ?? {})) {
      const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
      if (column === undefined || value == null) continue;
      const converted = CONVERT[column.type](value);
      if (converted === undefined) fitted = false;
      else columns[name] = converted;
    }
  } catch {
    fitted = false;
  }
  return { columns, fitted };
}

function idText(id: Json | undefined): string | undefined {
  if (typeof id === 'string') return id === '' ? undefined : id;
  return typeof id === 'number' || typeof id === 'bigint' ? String(id) : undefined;
}

/** A dead letter that keeps the whole record, whatever its depth and its size: a member that cannot be read is `null` in it. */
export function* toDeadLetter(
  cause: DeadLetter['cause'],
  detail: string,
  record: RawRecord,
  eventId?: string,
): Generator<undefined, DeadLetter, undefined> {
  return { cause, detail, record: yield* writeJson(record), ...(eventId === undefined ? {} : { eventId }) };
}
