import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import type { GoldenRow } from './play-fixtures';
import type { Json } from '../../shared/contract/json';
import { parseJson, prettyJson } from '../../shared/values/json/json';

const ROWS = z.array(z.record(z.string(), z.custom<Json>()));

/** The path of a source's golden rows. */
export function goldenFile(folder: string, source: string): string {
  return join(folder, 'fixtures', `${source}.rows.json`);
}

/** The golden rows; `undefined` before the first `--update`. @throws Error when the file is not a JSON list of rows */
export function readGolden(folder: string, source: string): readonly GoldenRow[] | undefined {
  const file = goldenFile(folder, source);
  if (!existsSync(file)) return undefined;
  try {
    const rows = ROWS.safeParse(parseJson(readFileSync(file, 'utf8'))).data;
    if (rows === undefined) throw new Error('it is not a list of rows');
    return rows;
  } catch (cause) {
    throw new Error(`Reading ${file}: ${(cause as Error).message}. Write it again with --update.`, { cause });
  }
}

/** Writes the golden rows. */
export function writeGolden(folder: string, source: string, rows: readonly GoldenRow[]): void {
  writeFileSync(goldenFile(folder, source), `${prettyJson(rows)}\n`);
}

/** The differences, a line each: added, removed, changed and reordered rows. Empty when there are none. */
export function differences(golden: readonly GoldenRow[], rows: readonly GoldenRow[]): string[] {
  const [before, after] = [byEvent(golden), byEvent(rows)];
  const lines = [
    ...[...before.keys()].filter((id) => !after.has(id)).map((id) => `- ${id}: only in the golden rows`),
    ...[...after.keys()].filter((id) => !before.has(id)).map((id) => `+ ${id}: not in the golden rows`),
    ...[...after].flatMap(([id, row]) => changes(id, before.get(id), row)),
  ];
  if (lines.length > 0 || isDeepStrictEqual(golden, rows)) return lines;
  return ['the same rows, in another order or another number'];
}

function byEvent(rows: readonly GoldenRow[]): Map<string, GoldenRow> {
  return new Map(rows.map((row) => [row['EventId'] as string, row]));
}

function changes(id: string, before: GoldenRow | undefined, after: GoldenRow): string[] {
  if (before === undefined) return [];
  const columns = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return columns
    .filter((column) => !isDeepStrictEqual(before[column], after[column]))
    .map((column) => `~ ${id}: ${column}: ${shown(before[column])} → ${shown(after[column])}`);
}

const SHOWN_CHARACTERS = 80;

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = prettyJson(value).replace(/\s+/g, ' ');
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
