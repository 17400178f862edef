import { JSONPathEnvironment } from 'json-p3';
import { ContractError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';

/** True for a JSON object: neither `null`, nor an array, nor a scalar. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `..` looks deeper than any record is nested. */
const environment = new JSONPathEnvironment({ maxRecursionDepth: 200 });

/** Reads all values that an RFC 9535 JSONPath finds. Compiled once, no `eval`. @throws ContractError for a malformed path */
export function compileQuery(path: string): (value: Json) => Json[] {
  try {
    const query = environment.compile(path);
    return (value) => query.query(value as never).values() as Json[];
  } catch (cause) {
    throw new ContractError(`reading the JSONPath ${path}: ${(cause as Error).message}. See RFC 9535.`, {
      cause,
    });
  }
}

const PLAIN_QUERY = /^\$(?:\.[A-Za-z_]\w*|\['[^'\\]+'\])+$/;

/**
 * The member names that a path walks through: of a dotted path (`actor.id`), or of a JSONPath of plain names
 * (`$['client.ip']`). `undefined` for a JSONPath that searches.
 */
export function memberNames(path: string): readonly string[] | undefined {
  if (!path.startsWith('$')) return path.split('.');
  if (!PLAIN_QUERY.test(path)) return undefined;
  return [...path.matchAll(/\.(\w+)|\['([^']+)'\]/g)].map(([, plain, quoted]) => plain ?? quoted ?? '');
}

/**
 * Reads one value: by member names joined by dots, or by an RFC 9535 JSONPath (its first hit).
 * `undefined` where the record has nothing there.
 */
export function compilePath(path: string): (value: Json) => Json | undefined {
  const names = memberNames(path);
  if (names === undefined) {
    const query = compileQuery(path);
    return (value) => query(value)[0];
  }
  const [only] = names;
  if (names.length === 1 && only !== undefined) return (value) => member(value, only);
  return (value) => {
    let at: Json | undefined = value;
    for (const name of names) at = member(at, name);
    return at;
  };
}

/** A search looks at every member, and would stop everything else meanwhile: no value with more is searched. */
const MAX_SEARCHED = 100_000;

/**
 * Reads one value of a record as {@link compilePath} does. Nothing is found in a record that is to be searched and has more
 * than 100,000 members, nor where a getter of the record throws. Never throws.
 */
export function compileRecordPath(path: string): (record: Json) => Json | undefined {
  const read = compilePath(path);
  const isSearched = memberNames(path) === undefined;
  return (record) => {
    try {
      return isSearched && !isSearchable(record) ? undefined : read(record);
    } catch {
      return undefined;
    }
  };
}

/** True when a value has at most 100,000 members altogether, so that it is searched in some milliseconds. */
export function isSearchable(value: Json): boolean {
  const todo: Json[] = [value];
  let members = 0;
  for (let holder = todo.pop(); holder !== undefined; holder = todo.pop()) {
    if (typeof holder !== 'object' || holder === null) continue;
    const inside = (Array.isArray(holder) ? holder : Object.values(holder)) as readonly Json[];
    members += inside.length;
    if (members > MAX_SEARCHED) return false;
    for (const member of inside) if (typeof member === 'object' && member !== null) todo.push(member);
  }
  return true;
}

/** An object's own member; never one that it inherits. */
export function member(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return undefined;
  const found = value[name];
  // Parsed objects inherit nothing but functions and `__proto__`; to ask each for its own members takes much longer.
  const mayBeInherited = typeof found === 'function' || name === '__proto__';
  return mayBeInherited && !Object.hasOwn(value, name) ? undefined : found;
}
