import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../shared/contract/json';
import type { RestSpec } from '../../shared/contract/rest';
import { parseJson } from '../../shared/kit/json';
import { compileQuery } from '../../shared/kit/paths';

/** What a connector's folder knows of one source's answers. */
export interface Fixtures {
  /** The body of the first page: the members beside the records are kept in every answer. */
  readonly envelope: Json;
  readonly pages: readonly (readonly Json[])[];
}

/** Reads `<folder>/fixtures/<source>/page-*.json` in the order of their numbers; none is no error. */
export function readFixtures(folder: string, source: string, spec: RestSpec): Fixtures {
  const path = join(folder, 'fixtures', source);
  const numberOf = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  const names = existsSync(path) ? readdirSync(path).filter((name) => /^page-\d+\.json$/.test(name)) : [];
  const bodies = names
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => parseJson(readFileSync(join(path, name), 'utf8')));
  const recordsOf = compileQuery(spec.records);
  return { envelope: bodies[0] ?? {}, pages: bodies.map((body) => recordsOf(body)) };
}
