import { isBalanced, type Checkpoint } from '../contract/checkpoint';
import type { Json } from '../contract/json';
import { isObject } from './paths';
import { toIso } from './time';

/** Why a stored value is no checkpoint that some version wrote; `undefined` when it is one. */
export function checkpointProblem(value: Json): string | undefined {
  if (!isObject(value) || value['version'] !== 1) return 'it is no checkpoint of version 1';
  if (!isObject(value['ledger']) || !(value['position'] === null || isObject(value['position'])))
    return 'its position or its ledger is missing';
  return undefined;
}

const COUNTS = ['fetched', 'accepted', 'duplicate', 'filtered', 'deadLettered', 'pending'];
const TIMES = ['startFrom', 'savedAt'];

/**
 * Why a checkpoint that comes from a person's hands must not be stored; `undefined` when it may. More is asked of it
 * than of a stored one: counts that balance, and times that are times.
 */
export function importProblem(value: Json): string | undefined {
  const problem = checkpointProblem(value);
  if (problem !== undefined) return problem;
  const {
    account = {},
    boundary,
    ledger,
    seen,
    windows,
    ...rest
  } = value as { readonly [key: string]: Json };
  const counts = ledger as Readonly<Record<string, Json>>;
  if (COUNTS.some((name) => !Number.isSafeInteger(counts[name]) || (counts[name] as number) < 0))
    return `its ledger needs ${COUNTS.join(', ')}, each a whole number`;
  if (!isBalanced((value as unknown as Checkpoint).ledger))
    return 'its ledger does not balance: fetched = accepted + duplicate + filtered + deadLettered + pending';
  const wrong = TIMES.find((name) => rest[name] !== undefined && toIso(rest[name]) !== rest[name]);
  if (wrong !== undefined) return `its ${wrong} is no time such as 2026-01-31T00:00:00.000Z`;
  if (!isObject(account) || Object.values(account).some((hash) => typeof hash !== 'string'))
    return 'its account needs a hash for each setting';
  const ofWindows = windowsProblem(windows, seen);
  if (ofWindows !== undefined) return ofWindows;
  if (boundary === undefined) return undefined;
  const isSound =
    isObject(boundary) &&
    toIso(boundary['time']) === boundary['time'] &&
    Array.isArray(boundary['ids']) &&
    boundary['ids'].every((id) => typeof id === 'string');
  return isSound ? undefined : 'its boundary needs a time and a list of ids';
}

function windowsProblem(windows: Json | undefined, seen: Json | undefined): string | undefined {
  if (windows !== undefined && !isPlan(windows)) return 'its windows need frontiers and a list of open ones';
  const isSound = seen === undefined || (isObject(seen) && isObject(seen['buckets']));
  return isSound ? undefined : 'what it has seen needs buckets';
}

function isPlan(value: Json): boolean {
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
