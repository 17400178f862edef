import type { Json, JsonObject } from '../contract/json';
import { isObject } from './json-path';
import { toIso } from './time';

/** True for a stored value that its readers can use. */
export type StoredCheck = (value: unknown) => boolean;

/** The same, as the type that it is. */
type StoredGuard<T> = (value: unknown) => value is T;

/** The checks of every member of a stored thing: the compiler asks for one that is left out. */
export type StoredMembers<T> = { readonly [K in keyof Required<T>]: StoredCheck };

/** No count that is read is larger: what says so would make sums of it that no double holds. */
const MAX_COUNT = 1e14;
/** What a count that was read may grow to before it is written: more than any run adds. */
const MAX_GROWN = 1e15;

/**
 * A value that is about to be written, with each count that has grown past what is read as the largest that is. So the
 * checks of reading serve for writing too, and refuse nothing because of what a run has added to a value that they took.
 */
export function withoutGrowth(value: Json): Json {
  if (typeof value === 'number') return value > MAX_COUNT && value <= MAX_GROWN ? MAX_COUNT : value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutGrowth);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries<Json>(value).map(([name, one]) => [name, withoutGrowth(one)]));
}

export const isText: StoredGuard<string> = (value) => typeof value === 'string';
export const isCount: StoredCheck = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT;
export const isNumber: StoredCheck = (value) => Number.isFinite(value);
/** A number of requests, a weight: it may be a fraction, and is never below nothing. */
export const isAmount: StoredCheck = (value) =>
  Number.isFinite(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT;
export const isFlag: StoredCheck = (value) => typeof value === 'boolean';
export const isTrue: StoredCheck = (value) => value === true;
/** A JSON object whose members only its reader knows. */
export const isRecord: StoredGuard<JsonObject> = (value): value is JsonObject => isObject(value as Json);
export const isAnything: StoredCheck = (value) => value !== undefined;
/** A time as this framework writes them: ISO 8601, UTC. */
export const isTime: StoredCheck = (value) => isText(value) && toIso(value) === value;

/** Absent, or what the check says. */
export const maybe =
  (check: StoredCheck): StoredCheck =>
  (value) =>
    value === undefined || check(value);

export const oneOf =
  (...known: readonly Json[]): StoredCheck =>
  (value) =>
    known.includes(value as Json);

export const listOf =
  (check: StoredCheck): StoredCheck =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** An object whose members all pass, whatever their names, or where their names pass too. */
export const mapOf =
  (check: StoredCheck, name: StoredCheck = isText): StoredCheck =>
  (value) =>
    isRecord(value) && Object.entries(value).every(([key, one]) => name(key) && check(one));

/** An object with these members; others are of another version, and stay. */
export const objectOf =
  <T = Readonly<Record<string, unknown>>>(members: StoredMembers<T>): StoredGuard<T> =>
  (value): value is T =>
    isRecord(value) && wrongMember(value, members) === undefined;

/** The first member that does not pass. */
export function wrongMember<T = Readonly<Record<string, unknown>>>(
  value: JsonObject,
  members: StoredMembers<T>,
): string | undefined {
  const all = members as Readonly<Record<string, StoredCheck>>;
  return Object.keys(all).find((name) => all[name]?.(value[name]) === false);
}

/** Why a value is no object of this version with these members; `undefined` where it is one. */
export function memberProblem<T = Readonly<Record<string, unknown>>>(
  value: Json,
  members: StoredMembers<T>,
  version?: number,
): string | undefined {
  if (!isObject(value)) return 'it is no object';
  if (version !== undefined && value['version'] !== version) return `it is not of version ${version}`;
  const wrong = wrongMember(value, members);
  return wrong === undefined ? undefined : `its ${wrong} is not what any version wrote`;
}
