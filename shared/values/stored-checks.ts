import type { Json, JsonObject } from '../contract/json';
import { isObject } from './json-path';
import { toIso } from './time';

/** A check of a stored value. */
export type StoredCheck = (value: unknown) => boolean;

/** A check that is a type guard. */
type StoredGuard<T> = (value: unknown) => value is T;

/** The checks of all members of a stored object. The compiler rejects a missing one. */
export type StoredMembers<T> = { readonly [K in keyof Required<T>]: StoredCheck };

/** The largest valid count. Sums of larger ones could exceed the exact integers of a double. */
const MAX_COUNT = 1e14;
/** The largest value that a valid count may grow to before it is written: more than any run adds. */
const MAX_GROWN = 1e15;

/**
 * Clips counts that have grown past the largest valid one. A value to write can then be validated with the checks of
 * reading, without rejecting a valid stored value because of what a run added to it.
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
/** A number of requests, or a weight: not negative, may be a fraction. */
export const isAmount: StoredCheck = (value) =>
  Number.isFinite(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT;
export const isFlag: StoredCheck = (value) => typeof value === 'boolean';
export const isTrue: StoredCheck = (value) => value === true;
/** A JSON object with any members. */
export const isRecord: StoredGuard<JsonObject> = (value): value is JsonObject => isObject(value as Json);
export const isAnything: StoredCheck = (value) => value !== undefined;
/** A time as the framework writes it: ISO 8601, UTC. */
export const isTime: StoredCheck = (value) => isText(value) && toIso(value) === value;

/** Absent, or valid by the check. */
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

/** An object whose values all pass `check`, and whose names pass `name`. */
export const mapOf =
  (check: StoredCheck, name: StoredCheck = isText): StoredCheck =>
  (value) =>
    isRecord(value) && Object.entries(value).every(([key, one]) => name(key) && check(one));

/** An object with these members. It may have others, of another version. */
export const objectOf =
  <T = Readonly<Record<string, unknown>>>(members: StoredMembers<T>): StoredGuard<T> =>
  (value): value is T =>
    isRecord(value) && wrongMember(value, members) === undefined;

/** The first invalid member. */
export function wrongMember<T = Readonly<Record<string, unknown>>>(
  value: JsonObject,
  members: StoredMembers<T>,
): string | undefined {
  const all = members as Readonly<Record<string, StoredCheck>>;
  return Object.keys(all).find((name) => all[name]?.(value[name]) === false);
}

/** Why a value is not an object of this version with these members; `undefined` if it is. */
export function memberProblem<T = Readonly<Record<string, unknown>>>(
  value: Json,
  members: StoredMembers<T>,
  version?: number,
): string | undefined {
  if (!isObject(value)) return 'it is not an object';
  if (version !== undefined && value['version'] !== version) return `it is not of version ${version}`;
  const wrong = wrongMember(value, members);
  return wrong === undefined ? undefined : `its ${wrong} is not what any version wrote`;
}
