import { EMPTY_LEDGER, isBalanced, type Checkpoint } from '../contract/checkpoint';
import type { Json } from '../contract/json';
import { isObject } from './paths';
import {
  isCount,
  isNumber,
  isText,
  isTime,
  listOf,
  mapOf,
  maybe,
  objectOf,
  wrongMember,
} from './stored-values';
import { toIso } from './time';

const COUNTS = Object.keys(EMPTY_LEDGER);
const TIMES = ['startFrom', 'savedAt'];

/** Of a checkpoint, what a run relies on. Members that this version does not know stay as they are. */
const MEMBERS = {
  startFrom: maybe(isTime),
  savedAt: maybe(isTime),
  account: maybe(mapOf(isText)),
  windows: maybe(isPlan),
  boundary: maybe(objectOf({ time: isTime, ids: listOf(isText) })),
  seen: maybe(objectOf({ key: isText, bucketMs: isNumber, buckets: mapOf(listOf(isSegment)) })),
  lag: maybe(objectOf({ at: isTime, weights: mapOf(isNumber) })),
  failing: maybe(objectOf({ error: isText, times: isCount, since: isTime })),
  replayed: maybe(objectOf({ page: isText, letters: listOf(isText) })),
};

/** Why a stored value is no checkpoint that some version wrote; `undefined` when it is one. */
export function checkpointProblem(value: Json): string | undefined {
  if (!isObject(value) || value['version'] !== 1) return 'it is no checkpoint of version 1';
  const { ledger, position } = value;
  if (!isObject(ledger) || !(position === null || isObject(position)))
    return 'its position or its ledger is missing';
  if (COUNTS.some((name) => !isCount(ledger[name])))
    return `its ledger needs ${COUNTS.join(', ')}, each a whole number`;
  const wrong = wrongMember(value, MEMBERS);
  return wrong === undefined ? undefined : (PROBLEMS[wrong] ?? `its ${wrong} is not what any version wrote`);
}

const PROBLEMS: Readonly<Record<string, string>> = {
  account: 'its account needs a hash for each setting',
  boundary: 'its boundary needs a time and a list of ids',
  windows: 'its windows need frontiers and a list of open ones',
  seen: 'what it has seen needs a key and buckets',
};

/**
 * Why a checkpoint that comes from a person's hands must not be stored; `undefined` when it may. More is asked of it
 * than of a stored one: counts that balance, and times as this framework writes them.
 */
export function importProblem(value: Json): string | undefined {
  const problem = checkpointProblem(value);
  if (problem !== undefined) return problem;
  if (!isBalanced((value as unknown as Checkpoint).ledger))
    return 'its ledger does not balance: fetched = accepted + duplicate + filtered + deadLettered + pending';
  const { boundary, ...rest } = value as { readonly [key: string]: Json };
  const wrong = TIMES.find((name) => rest[name] !== undefined && toIso(rest[name]) !== rest[name]);
  if (wrong !== undefined) return `its ${wrong} is no time such as 2026-01-31T00:00:00.000Z`;
  const { time } = (boundary ?? {}) as { readonly time?: Json };
  return time === undefined || toIso(time) === time ? undefined : PROBLEMS['boundary'];
}

/** A segment's name and how many hashes it holds. */
function isSegment(value: Json | undefined): boolean {
  return Array.isArray(value) && isText(value[0] as Json) && isCount(value[1] as Json);
}

function isPlan(value: Json | undefined): boolean {
  if (!isObject(value) || !isObject(value['frontiers']) || !Array.isArray(value['open'])) return false;
  const frontiers = Object.values(value['frontiers']);
  return (
    Number.isSafeInteger(value['nextId']) &&
    frontiers.every((one) => hasTimes(one, ['start', 'live', 'recheck', 'final'])) &&
    (value['open'] as readonly Json[]).every((one) => hasTimes(one, ['from', 'to']))
  );
}

function hasTimes(value: Json, names: readonly string[]): boolean {
  return (
    isObject(value) && names.every((name) => value[name] !== undefined && toIso(value[name]) === value[name])
  );
}
