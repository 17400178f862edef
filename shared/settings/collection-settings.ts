import type { RawRecord } from '../contract/connector';
import { compileQuery, isSearchable } from '../values/json-path';
import { scheduleProblem } from '../values/ncrontab';
import { timeSpanMs, timeSpanProblem } from '../values/time-span';
import { toIso } from '../values/time';
import { isUnresolved, unresolvedProblems } from './unresolved-references';
import type { Environment } from './environment';

/** Where a source that never ran begins when START is not set. */
const DEFAULT_START = '24h';
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a START variable: `now`, a span back from now (`90m`, `24h`, `7d`), or a time in ISO 8601 (UTC without a zone).
 * @param problems receives a sentence for any other value
 */
export function parseStart(variable: string, env: Environment, problems: string[]): (now: Date) => Date {
  const text = env[variable]?.trim() ?? '';
  const value = text === '' ? DEFAULT_START : text;
  if (value === 'now') return (now) => now;
  const span = /^(\d{1,5})([mhd])$/.exec(value);
  if (span !== null) {
    const ms = Number(span[1]) * (UNIT_MS[span[2] ?? ''] ?? 0);
    return (now) => new Date(now.getTime() - ms);
  }
  const time = /^\d{4}-/.test(value) ? toIso(value) : undefined;
  if (time !== undefined) return () => new Date(time);
  problems.push(
    `${variable} is not a time. Write now, a span such as 24h or 7d, or a time such as 2026-01-31T00:00:00Z.`,
  );
  return (now) => now;
}

/**
 * Reads a DROP variable: a JSONPath filter over one record. A filter that searches keeps every record with more than 100,000
 * members. @example `$[?@.severity == 'DEBUG']`
 * @param problems receives a sentence for an invalid JSONPath, or one that is not a filter
 */
export function compileDrop(
  variable: string,
  env: Environment,
  problems: string[],
): ((record: RawRecord) => boolean) | undefined {
  const text = env[variable]?.trim() ?? '';
  if (text === '') return undefined;
  // A path without a filter would drop every record, or none.
  if (!text.startsWith('$[?')) {
    problems.push(
      `${variable} is not a filter over one record. Write a filter such as $[?@.severity == 'DEBUG'].`,
    );
    return undefined;
  }
  try {
    const query = compileQuery(text);
    const mayDrop = searches(text) ? isSearchable : () => true;
    return (record) => mayDrop(record) && query([record]).length > 0;
  } catch (error) {
    problems.push(`${variable}: ${(error as Error).message}`);
    return undefined;
  }
}

/** True for a filter that reads members that it does not name. */
function searches(filter: string): boolean {
  return /\.\.|\*/.test(filter) || filter.lastIndexOf('?') > '$[?'.length - 1;
}

/**
 * Reads a RATE_SHARE variable: the usable share of the vendor's limits, above 0 and at most 1. @example `0.5`
 * @param problems receives a sentence for any other value
 */
export function parseRateShare(variable: string, env: Environment, problems: string[]): number | undefined {
  const text = env[variable]?.trim() ?? '';
  if (text === '') return undefined;
  const share = /^(?:\d+|\d*\.\d+)$/.test(text) ? Number(text) : 0;
  if (share > 0 && share <= 1) return share;
  problems.push(`${variable} is not a share. Write a number above 0 and at most 1, such as 0.5.`);
  return undefined;
}

/** A reference to an app setting in a schedule. */
const NAMED = /%([^%\s]+)%/g;

/**
 * A connector's SCHEDULE variable as the function host reads it: each `%NAME%` is replaced by that app setting.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-expressions-patterns#binding-expressions---app-settings
 */
export function scheduleText(variable: string, env: Environment): string {
  const text = env[variable]?.trim() ?? '';
  return text.replace(NAMED, (whole, name: string) => env[name]?.trim() ?? whole);
}

/** Plans without dedicated machines, as named by `WEBSITE_SKU`. */
const PLANS_WITHOUT_TIMESPAN = new Set(['Dynamic', 'FlexConsumption']);

/**
 * Why a timer of this app cannot use a schedule; `undefined` if it can. Only an App Service plan accepts a TimeSpan.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#timespan
 */
export function timerProblem(schedule: string, env: Environment): string | undefined {
  const isTimeSpan = timeSpanMs(schedule) !== undefined || timeSpanProblem(schedule) !== undefined;
  const isRefused = isTimeSpan && PLANS_WITHOUT_TIMESPAN.has(env['WEBSITE_SKU'] ?? '');
  return isRefused ? 'timers take a TimeSpan on an App Service plan only' : scheduleProblem(schedule);
}

/**
 * Checks the SCHEDULE variable of a connector, which all its instances share.
 * @param problems receives a sentence when a timer cannot use it
 */
export function checkSchedule(variable: string, env: Environment, problems: string[]): void {
  const text = scheduleText(variable, env);
  // An unresolved reference in the variable itself is reported where settings are read.
  if (text === '' || isUnresolved(env[variable])) return;
  const names = [...(env[variable] ?? '').matchAll(NAMED)].map(([, name = '']) => name);
  const unresolved = unresolvedProblems(names, env);
  if (unresolved.length > 0)
    return void problems.push(...unresolved.map((problem) => `${variable} names an app setting: ${problem}`));
  const [missing] = /%[^%\s]+%/.exec(text) ?? [];
  if (missing !== undefined)
    return void problems.push(`${variable} names ${missing}, an app setting that is not set. Set it.`);
  const problem = timerProblem(text, env);
  if (problem === undefined) return;
  problems.push(
    `${variable} is not a schedule: ${problem}. Write NCRONTAB with seconds, such as 0 */10 * * * *.`,
  );
}

/** Reports a SCHEDULE of a single instance: a connector has one timer, which runs all its instances. */
export function refuseOwnSchedule(
  [own, shared]: readonly [own: string, shared: string],
  env: Environment,
  problems: string[],
): void {
  if (own === shared || (env[own]?.trim() ?? '') === '') return;
  problems.push(
    `${own} has no effect: one timer runs all instances of a connector. Set ${shared}, and remove ${own}.`,
  );
}

const CUSTOM_TABLE = /^[A-Za-z]\w{0,41}_CL$/;

/**
 * Reads a LATE_TABLE variable: the name of a custom table with the columns of the source's own table.
 * @param problems receives a sentence for an invalid name
 */
export function readLateTable(variable: string, env: Environment, problems: string[]): string | undefined {
  const name = env[variable]?.trim() ?? '';
  if (name === '') return undefined;
  if (CUSTOM_TABLE.test(name)) return name;
  problems.push(
    `${variable} is not the name of a table. Write letters, digits and _, a letter first, ending in _CL, at most 45 characters.`,
  );
  return undefined;
}
