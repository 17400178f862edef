import { readFileSync } from 'node:fs';
import { extensionOf, readBody } from '../../../local/vendor/feed/body-format';
import type { AnswerFormat } from '../../../shared/contract/format';
import type { Json, JsonObject } from '../../../shared/contract/json';
import { hasByteOrderMark } from '../../../shared/kit/formats/record-reader';
import { compilePath, isObject, listPath, memberNames, pathProblem } from '../../../shared/values/json-path';
import { pathOf } from './members';

/** An answer of the vendor, and the place of its records. */
export interface Sample {
  readonly body: Json;
  /** The path of the array of the records: `data.items`. */
  readonly recordsPath: string;
  readonly records: readonly JsonObject[];
}

/** How deep an array of records may lie in an answer. */
const MAX_DEPTH = 4;

/** @throws Error that says what to do, if the file is not in its format or holds no records */
export function readSample(
  file: string,
  recordsPath: string | undefined,
  format: AnswerFormat | undefined,
): Sample {
  const bytes = read(file);
  let body: Json;
  try {
    body = readBody(bytes, format);
  } catch (cause) {
    throw new Error(
      `Reading ${file}: it is not ${format === undefined ? 'JSON' : extensionOf(format).toUpperCase()} (${(cause as Error).message}). Save one complete answer.`,
      { cause },
    );
  }
  return sampleOf(body, format === undefined ? recordsPath : '$');
}

function read(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file);
    return hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes;
  } catch (cause) {
    throw new Error(`Reading ${file}: ${(cause as Error).message}. Name a file with --sample.`, { cause });
  }
}

/** Finds the records of an answer, at the given path or by search. @throws Error that says what to do */
export function sampleOf(body: Json, wanted?: string): Sample {
  const names = wanted === undefined ? findRecords(body) : namesOf(wanted);
  if (names === undefined) {
    throw new Error('The sample has no array of objects. Save an answer that contains records.');
  }
  const recordsPath = pathOf(names);
  const array = compilePath(recordsPath)(body);
  const records = (Array.isArray(array) ? (array as readonly Json[]) : []).filter(isObject);
  if (records.length > 0) return { body, recordsPath, records };
  throw new Error(
    `--records ${wanted ?? recordsPath}: the sample has no objects there. Name the array of the records.`,
  );
}

function namesOf(wanted: string): readonly string[] {
  const path = listPath(wanted);
  const names = path === '$' ? [] : pathProblem(path) === undefined ? memberNames(path) : undefined;
  if (names !== undefined) return names;
  throw new Error(`--records ${wanted}: write the path of one array, such as data.items.`);
}

/** The array with the most objects; of equal ones the least deep. */
function findRecords(body: Json): readonly string[] | undefined {
  return arraysIn(body, [])
    .sort((a, b) => b.size - a.size || a.names.length - b.names.length)
    .map(({ names }) => names)[0];
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

/** A placeholder answer, for an author without a sample. */
export function placeholderPage(format: AnswerFormat | undefined): Json {
  if (format === undefined) return PLACEHOLDER_PAGE;
  return format === 'ndjson' ? PLACEHOLDER_EVENTS : PLACEHOLDER_EVENTS.map(asRow);
}

/** An event as a row of texts, with the members that a CSV file can hold. */
function asRow(event: Json): Json {
  const members = Object.entries(event as JsonObject).filter(([, value]) => typeof value !== 'object');
  return Object.fromEntries(members.map(([name, value]) => [name, String(value as string | number)]));
}

const PLACEHOLDER_EVENTS: readonly Json[] = [
  event(1, 'user.login', 'success'),
  event(2, 'user.login', 'failure'),
  event(3, 'policy.update', 'success'),
  event(4, 'user.logout', 'success'),
];

const PLACEHOLDER_PAGE: JsonObject = {
  items: PLACEHOLDER_EVENTS,
  next_cursor: 'page-2',
  has_more: true,
  total: 4,
  pages: 2,
};

function event(number: number, action: string, result: string): Json {
  return {
    id: `event-${number}`,
    time: `2026-01-01T00:0${number}:00.000Z`,
    action,
    result,
    actor: { email: `person${number}@example.com`, ip: `192.0.2.${number}` },
    attempts: number,
    tags: ['invented'],
  };
}
