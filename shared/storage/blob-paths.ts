import type { SourceId } from '../contract/checkpoint';
import { SettingError } from '../contract/errors';
import { isPathSegment } from '../values/names';

/**
 * The path of a blob or of a folder, the only way in which one is made of names.
 * @throws SettingError for what cannot be a name: nothing is read or written then
 */
export function pathOf(...names: readonly string[]): string {
  const wrong = names.find((name) => !isPathSegment(name));
  if (wrong === undefined) return names.join('/');
  throw new SettingError(
    `finding ${String(names[0]).slice(0, 40)} in storage: ${JSON.stringify(String(wrong).slice(0, 60))} cannot be the name of a source, a table or a backfill. A name has letters, digits, "_", "-" and ".", and does not begin with ".". Nothing was read or written.`,
  );
}

/** The path of what is stored of a source in a folder. @throws SettingError as {@link pathOf} does */
export function sourcePath(
  folder: string,
  { connector, instance, source }: SourceId,
  ...names: readonly string[]
): string {
  return pathOf(folder, connector, instance, source, ...names);
}

/** A path below a source's folder, read back. */
export interface PathOfSource {
  readonly id: SourceId;
  /** The names behind the source's; none for the source itself. */
  readonly rest: readonly string[];
}

/** What a path names; `undefined` where something else lies there. `<folder>/<connector>/<instance>/<source>[.json]`, and what follows. */
export function sourceIn(path: string): PathOfSource | undefined {
  const [, connector, instance, last = '', ...rest] = path.split('/');
  const source = rest.length === 0 ? last.replace(/\.json$/, '') : last;
  if (![connector, instance, source, ...rest].every(isPathSegment)) return undefined;
  return { id: { connector: connector as string, instance: instance as string, source }, rest };
}
