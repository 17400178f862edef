import type { SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import { isPathSegment } from '../values/names';

/**
 * Joins names to the path of a blob or a folder. All paths are made here.
 * @throws SettingError for an invalid name, before anything is read or written
 */
export function pathOf(...names: readonly string[]): string {
  const wrong = names.find((name) => !isPathSegment(name));
  if (wrong === undefined) return names.join('/');
  throw new SettingError(
    `finding ${String(names[0]).slice(0, 40)} in storage: ${JSON.stringify(String(wrong).slice(0, 60))} cannot be the name of a source, a table or a backfill. A name has letters, digits, "_", "-" and ".", and does not begin with ".". Nothing was read or written.`,
  );
}

/** The path of a source's data in a folder. @throws SettingError as {@link pathOf} does */
export function sourcePath(
  folder: string,
  { connector, instance, source }: SourceId,
  ...names: readonly string[]
): string {
  return pathOf(folder, connector, instance, source, ...names);
}

/** A parsed path below a source's folder. */
export interface PathOfSource {
  readonly id: SourceId;
  /** The names after the source's. Empty for the source itself. */
  readonly rest: readonly string[];
}

/** Parses `<folder>/<connector>/<instance>/<source>[.json]` and what follows; `undefined` for any other path. */
export function sourceIn(path: string): PathOfSource | undefined {
  const [, connector, instance, last = '', ...rest] = path.split('/');
  const source = rest.length === 0 ? last.replace(/\.json$/, '') : last;
  if (![connector, instance, source, ...rest].every(isPathSegment)) return undefined;
  return { id: { connector: connector as string, instance: instance as string, source }, rest };
}
