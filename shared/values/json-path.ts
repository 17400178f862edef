import { JSONPathEnvironment } from 'json-p3';
import { ContractError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';

/** True for a JSON object: neither `null`, nor an array, nor a scalar. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `..` looks deeper than any record is nested. */
const environment = new JSONPathEnvironment({ maxRecursionDepth: 200 });

/** Reads all values that a path finds. */
type Query = (value: Json) => Json[];

/*
 * One language for every place that a connector names. A path is member names joined by dots (`actor.id`), or an RFC 9535
 * JSONPath that begins with `$`. It finds values; where one is wanted, the first counts. The path of a list may name its
 * elements too: `items`, `$.items` and `$.items[*]` are the same list.
 */

/** What a name in a dotted path does not hold: it would look like a JSONPath, and find nothing. */
const FOREIGN = /[[\]*]/;

/** Reads all values that a path finds. Compiled once, no `eval`. @throws ContractError for a malformed path */
export function compileQuery(path: string): Query {
  if (!path.startsWith('$')) return dottedQuery(path);
  const steps = stepsOf(path);
  if (steps !== undefined) return (value) => steps.reduce((values, step) => values.flatMap(step), [value]);
  try {
    const query = environment.compile(path);
    return (value) => query.query(value as never).values() as Json[];
  } catch (cause) {
    throw malformed(path, (cause as Error).message, cause);
  }
}

function dottedQuery(path: string): Query {
  const names = path.split('.');
  if (names.includes('')) throw malformed(path, 'a name is empty');
  if (names.some((name) => FOREIGN.test(name))) throw malformed(path, 'a name holds [, ] or *');
  return (value) => ifAny(names.reduce<Json | undefined>(member, value));
}

function malformed(path: string, because: string, cause?: unknown): ContractError {
  return new ContractError(
    `reading the path ${path}: ${because}. Write member names joined by dots, or an RFC 9535 JSONPath that begins with $.`,
    cause === undefined ? {} : { cause },
  );
}

/** Why a path cannot be read, as a sentence; `undefined` where it can. */
export function pathProblem(path: string): string | undefined {
  try {
    compileQuery(path);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The path of a list itself, also where its elements are named. */
export function listPath(path: string): string {
  return path.startsWith('$') && path.endsWith(ELEMENTS) ? path.slice(0, -ELEMENTS.length) : path;
}

/** The path of the first list on the way to the elements of a list. */
export function firstListPath(path: string): string {
  const at = path.indexOf(ELEMENTS);
  return at < 0 ? path : path.slice(0, at);
}

/** The end of a JSONPath to all elements of an array. */
const ELEMENTS = '[*]';

/**
 * Reads all values that a path finds in a whole answer, which may be large. @throws ContractError for a malformed path;
 * the query itself throws one for an answer with more than 100,000 members that it would have to search
 */
export function compileAnswerQuery(path: string): Query {
  const query = compileQuery(path);
  if (!searches(path)) return query;
  return (answer) => {
    if (isSearchable(answer)) return query(answer);
    throw new ContractError(
      `reading an answer: it has more than 100,000 members, and ${path} would look at each. ` +
        'Name the place without `..`, a filter or a slice, or ask for smaller pages.',
    );
  };
}

/** A name, an index, or all elements. */
const STEP = /\.([A-Za-z_]\w*)|\['([^'\\]+)'\]|\[(0|-?[1-9]\d*)\]|\.\*|\[\*\]/y;

/** The steps of a JSONPath that only walks on, and looks at nothing that it does not find; `undefined` for one that searches. */
function stepsOf(path: string): readonly ((value: Json) => Json[])[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: ((value: Json) => Json[])[] = [];
  for (STEP.lastIndex = 1; STEP.lastIndex < path.length;) {
    const [step, plain, quoted, index] = STEP.exec(path) ?? [];
    if (step === undefined) return undefined;
    const name = plain ?? quoted;
    if (name !== undefined) steps.push((value) => ifAny(member(value, name)));
    else if (index === undefined) steps.push(membersOf);
    else
      steps.push((value) => (Array.isArray(value) ? ifAny(value.at(Number(index)) as Json | undefined) : []));
  }
  return steps;
}

/** True for a path that looks at members which it does not name. */
function searches(path: string): boolean {
  return path.startsWith('$') && stepsOf(path) === undefined;
}

function ifAny(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value];
}

function membersOf(value: Json): Json[] {
  if (Array.isArray(value)) return value as Json[];
  return isObject(value) ? Object.values<Json>(value) : [];
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
 * Reads the first value that a path finds; `undefined` where there is none.
 * @throws ContractError for a malformed path
 */
export function compilePath(path: string, compile = compileQuery): (value: Json) => Json | undefined {
  const query = compile(path);
  const names = memberNames(path);
  if (names === undefined) return (value) => query(value)[0];
  const [only] = names;
  if (names.length === 1 && only !== undefined) return (value) => member(value, only);
  return (value) => {
    let at: Json | undefined = value;
    for (const name of names) at = member(at, name);
    return at;
  };
}

/** Reads one value of a whole answer, as {@link compilePath} does. @throws as {@link compileAnswerQuery} */
export function compileAnswerPath(path: string): (answer: Json) => Json | undefined {
  return compilePath(path, compileAnswerQuery);
}

/** A search looks at every member, and would stop everything else meanwhile: no value with more is searched. */
const MAX_SEARCHED = 100_000;

/**
 * Reads one value of a record as {@link compilePath} does. Nothing is found in a record that is to be searched and has more
 * than 100,000 members, nor where a getter of the record throws. Never throws.
 */
export function compileRecordPath(path: string): (record: Json) => Json | undefined {
  const read = compilePath(path);
  const isSearched = searches(path);
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

/** A copy of a value with another value at one place. Missing members on the path are created. */
export function withValueAt(value: Json, [name, ...rest]: readonly string[], put: Json): Json {
  if (name === undefined) return put;
  const object = isObject(value) ? value : {};
  const old = Object.hasOwn(object, name) ? (object[name] as Json) : {};
  return { ...object, [name]: withValueAt(old, rest, put) };
}
