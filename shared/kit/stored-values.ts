import type { Json, JsonObject } from '../contract/json';
import { isObject } from './paths';
import { toIso } from './time';

/** Says whether a stored value is what those who read it rely on. */
export type StoredCheck = (value: Json | undefined) => boolean;

export const isText: StoredCheck = (value) => typeof value === 'string';
export const isCount: StoredCheck = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isNumber: StoredCheck = (value) => Number.isFinite(value);
/** A time as this framework writes them: ISO 8601, UTC. */
export const isTime: StoredCheck = (value) => isText(value) && toIso(value) === value;

/** Absent, or what the check says. */
export const maybe =
  (check: StoredCheck): StoredCheck =>
  (value) =>
    value === undefined || check(value);

export const listOf =
  (check: StoredCheck): StoredCheck =>
  (value) =>
    Array.isArray(value) && value.every((one: Json) => check(one));

/** An object whose members all pass, whatever their names. */
export const mapOf =
  (check: StoredCheck): StoredCheck =>
  (value) =>
    isObject(value) && Object.values(value).every((one) => check(one));

/** An object with these members; others are of another version, and stay. */
export const objectOf =
  (members: Readonly<Record<string, StoredCheck>>): StoredCheck =>
  (value) =>
    isObject(value) && wrongMember(value, members) === undefined;

/** The first member that does not pass. */
export function wrongMember(
  value: JsonObject,
  members: Readonly<Record<string, StoredCheck>>,
): string | undefined {
  return Object.keys(members).find((name) => members[name]?.(value[name]) === false);
}

/** Why a value is no object of this version with these members; `undefined` where it is one. */
export function memberProblem(
  value: Json,
  members: Readonly<Record<string, StoredCheck>>,
  version?: number,
): string | undefined {
  if (!isObject(value)) return 'it is no object';
  if (version !== undefined && value['version'] !== version) return `it is not of version ${version}`;
  const wrong = wrongMember(value, members);
  return wrong === undefined ? undefined : `its ${wrong} is not what any version wrote`;
}
