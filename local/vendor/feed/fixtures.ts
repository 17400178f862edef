import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { ContractError } from '../../../shared/contract/errors';
import type { AnswerFormat } from '../../../shared/contract/format';
import type { Json } from '../../../shared/contract/json';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import type { RestSpec } from '../../../shared/contract/rest';
import { compileQuery, listPath } from '../../../shared/values/json-path';
import { extensionOf, readBody } from './body-format';

/** The fixtures of one source. */
export interface Fixtures {
  /** The body of the first page. Every answer has its members beside the records. */
  readonly envelope: Json;
  /** The bodies of all pages. */
  readonly bodies: readonly Json[];
  readonly pages: readonly (readonly Json[])[];
}

/** How the records stand in the fixtures of a source. */
export interface FixtureForm extends Pick<RestSpec, 'records'> {
  /** Absent: JSON. */
  readonly format?: AnswerFormat;
  readonly details?: Pick<NonNullable<RestSpec['details']>, 'records'>;
  readonly files?: Pick<NonNullable<RestSpec['files']>, 'format' | 'records'>;
}

/** Formats of files, for a source that tells them by their names. */
const FILE_FORMATS: readonly (AnswerFormat | undefined)[] = [undefined, 'ndjson', 'csv'];

/** The form of the fixtures of a source of files: each is a file of its store. */
export function fileForm(
  folder: string,
  source: string,
  { format, records = '$' }: Pick<ObjectsSpec, 'format' | 'records'>,
): FixtureForm {
  if (format !== undefined) return { records, ...(format === 'json' ? {} : { format }) };
  const found = FILE_FORMATS.find((one) => namesOf(folder, source, one).length > 0);
  return found === undefined ? { records } : { records: '$', format: found };
}

/**
 * Reads `<folder>/fixtures/<source>/page-*.json` in the order of their numbers; none is no error. A source whose answers
 * have another format has files of that format: `page-*.csv`. Of a source with `details` they are the answers with the records. Of a source with `files` they are
 * files. Of a source in code they are arrays of records, since its simulator writes the answers.
 * @throws ContractError for a file in another format, or that is no array where it must be one
 */
export function readFixtures(folder: string, source: string, spec: FixtureForm | undefined): Fixtures {
  if (spec?.files !== undefined) return readFixtures(folder, source, { records: '$', ...spec.files });
  const path = join(folder, 'fixtures', source);
  const names = namesOf(folder, source, spec?.format);
  const bodies = names.map((name) => read(join(path, name), spec?.format));
  const listsAt =
    spec === undefined ? undefined : compileQuery(listPath(spec.details?.records ?? spec.records));
  const pages = bodies.map(
    (body, index) =>
      listsAt?.(body).flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : [])) ??
      listIn(body, join(path, names[index] ?? '')),
  );
  return { envelope: bodies[0] ?? {}, bodies, pages };
}

function namesOf(folder: string, source: string, format: AnswerFormat | undefined): readonly string[] {
  const path = join(folder, 'fixtures', source);
  const numberOf = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  const end = `.${extensionOf(format)}`;
  const isPage = (name: string): boolean => /^page-\d+\./.test(name) && extname(name) === end;
  const names = existsSync(path) ? readdirSync(path).filter(isPage) : [];
  return names.sort((a, b) => numberOf(a) - numberOf(b));
}

function read(file: string, format: AnswerFormat | undefined): Json {
  try {
    return readBody(readFileSync(file), format);
  } catch (cause) {
    throw new ContractError(`reading ${file}: ${(cause as Error).message}.`, { cause });
  }
}

function listIn(body: Json, file: string): readonly Json[] {
  if (Array.isArray(body)) return body as readonly Json[];
  throw new ContractError(
    `reading ${file}: it is not an array. Write an array of records as the connector yields them; answer() in simulator.ts ` +
      `builds the vendor's answer from them.`,
  );
}
