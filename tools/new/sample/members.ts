import type { Json, JsonObject } from '../../../shared/contract/json';
import { isObject } from '../../../shared/values/json-path';

/** A member of a sample's records that can become a column. */
export interface Member {
  readonly names: readonly string[];
  /** The path in the column's declaration: names joined by dots, or a JSONPath if a name contains a dot. */
  readonly path: string;
  /** All values that are not `null`. */
  readonly values: readonly Json[];
  /** True if every record has a value here. */
  readonly isEverywhere: boolean;
}

/** Nested objects become columns to this depth; deeper ones become one dynamic column. */
const MAX_NAMES = 4;
/** An object with more names than this is a map, not a record with fixed members. */
const MAX_SHAPE = 30;

/** Every member of the records, in order of first appearance, except those that are `null` in all records. */
export function membersOf(records: readonly JsonObject[]): Member[] {
  return below(records, [], records.length);
}

function below(objects: readonly JsonObject[], above: readonly string[], count: number): Member[] {
  return namesIn(objects)
    .filter((name) => name !== '' && !/['\\]/.test(name))
    .flatMap((name) => {
      const values = objects.map((object) => (Object.hasOwn(object, name) ? object[name] : null));
      return memberOf(
        values.filter((value): value is Json => value != null),
        [...above, name],
        count,
      );
    });
}

function memberOf(values: readonly Json[], names: readonly string[], count: number): Member[] {
  if (values.length === 0) return [];
  const objects = values.filter(isObject);
  const isShape = objects.length === values.length && names.length < MAX_NAMES;
  const size = isShape ? namesIn(objects).length : 0;
  if (size > 0 && size <= MAX_SHAPE) return below(objects, names, count);
  return [{ names, path: pathOf(names), values, isEverywhere: values.length === count }];
}

function namesIn(objects: readonly JsonObject[]): readonly string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

/** The path to nested names: joined by dots, or a JSONPath if the dotted form would mean something else. */
export function pathOf(names: readonly string[]): string {
  const isDotted = names.every((name) => !/[.[\]*]/.test(name)) && names[0]?.startsWith('$') === false;
  return isDotted ? names.join('.') : jsonPath(names);
}

function jsonPath(names: readonly string[]): string {
  return `$${names.map((name) => (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${name}']`)).join('')}`;
}
