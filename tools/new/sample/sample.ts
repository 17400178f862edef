import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../../../shared/contract/json';
import { parseJson } from '../../../shared/values/json/json';
import { compileQuery, isObject, memberNames } from '../../../shared/values/json-path';
import { jsonPath } from './members';

/** An answer of the vendor, and where its records stand. */
export interface Sample {
  readonly body: Json;
  /** A JSONPath to the elements of an array: `$.items[*]`. */
  readonly recordsPath: string;
  readonly records: readonly JsonObject[];
}

const ELEMENTS = '[*]';
/** An array of records lies no deeper in an answer. */
const MAX_DEPTH = 4;

/** @throws Error that says what to do, where the file is no JSON or holds no records */
export function readSample(file: string, recordsPath: string | undefined): Sample {
  const text = read(file);
  let body: Json;
  try {
    body = parseJson(text);
  } catch (cause) {
    throw new Error(`Reading ${file}: it is no JSON (${(cause as Error).message}). Save one whole answer.`, {
      cause,
    });
  }
  return sampleOf(body, recordsPath);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new Error(`Reading ${file}: ${(cause as Error).message}. Name a file with --sample.`, { cause });
  }
}

/** An answer with its records found, or where they are said to be. @throws Error that says what to do */
export function sampleOf(body: Json, wanted?: string): Sample {
  const recordsPath = wanted ?? findRecords(body);
  if (recordsPath === undefined) {
    throw new Error('The sample has no array of objects. Save an answer that holds records.');
  }
  const array = recordsPath.slice(0, -ELEMENTS.length);
  if (!recordsPath.endsWith(ELEMENTS) || (array !== '$' && memberNames(array) === undefined)) {
    throw new Error(
      `--records ${recordsPath}: write a JSONPath to the elements of one array, such as $.items[*].`,
    );
  }
  const found = compileQuery(recordsPath)(body);
  const records = found.filter(isObject);
  if (records.length > 0) return { body, recordsPath, records };
  throw new Error(
    `--records ${recordsPath}: the sample has no objects there. Name the array of the records.`,
  );
}

/** The array with the most objects; of equal ones the one that lies least deep. */
function findRecords(body: Json): string | undefined {
  return arraysIn(body, [])
    .sort((a, b) => b.size - a.size || a.names.length - b.names.length)
    .map(({ names }) => `${jsonPath(names)}${ELEMENTS}`)[0];
}

interface Found {
  readonly names: readonly string[];
  readonly size: number;
}

function arraysIn(value: Json, names: readonly string[]): Found[] {
  if (Array.isArray(value)) {
    const size = (value as readonly Json[]).filter(isObject).length;
    return size > 0 ? [{ names, size }] : [];
  }
  if (!isObject(value) || names.length >= MAX_DEPTH) return [];
  return Object.keys(value)
    .filter((name) => name !== '' && !/['\\]/.test(name))
    .flatMap((name) => arraysIn(value[name] ?? null, [...names, name]));
}
