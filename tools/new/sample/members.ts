import type { Json, JsonObject } from '../../../shared/contract/json';
import { isObject } from '../../../shared/values/json-path';

/** One place in the records of a sample that a column can be made of. */
export interface Member {
  readonly names: readonly string[];
  /** As a column writes it: names joined by dots, or a JSONPath where a name has a dot itself. */
  readonly path: string;
  /** All but those that are `null` or missing. */
  readonly values: readonly Json[];
  /** True when every record has a value here. */
  readonly isEverywhere: boolean;
}

/** Objects inside objects become columns to this depth; deeper ones stay whole, as dynamic columns. */
const MAX_NAMES = 4;
/** An object with more names than this is data under names of its own, not a shape. */
const MAX_SHAPE = 30;

/** Every member of the records, in the order in which they first appear. One that is `null` in all of them is none. */
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

/** The path that leads to these names, one below the other: joined by dots, as a JSONPath where that says something else. */
export function pathOf(names: readonly string[]): string {
  const isDotted = names.every((name) => !/[.[\]*]/.test(name)) && names[0]?.startsWith('$') === false;
  return isDotted ? names.join('.') : jsonPath(names);
}

function jsonPath(names: readonly string[]): string {
  return `$${names.map((name) => (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${name}']`)).join('')}`;
}
