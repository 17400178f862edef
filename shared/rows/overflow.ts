import type { Json, JsonObject } from '../contract/json';
import { isObject, memberNames } from '../values/json-path';

/** The members of a record that no column took; `undefined` when there are none. */
export type Overflow = (record: JsonObject, fits: readonly boolean[]) => JsonObject | undefined;

interface Node {
  readonly members: Map<string, Node>;
  /** The indexes of the paths that end here. */
  readonly taken: number[];
}

/**
 * Compiles the paths of a table's columns into the function that collects all other members. A value that did not fit its
 * column (`fits[i]` is false) is collected too, and so is all that a searching path reads. `null` members are omitted.
 * Keys are copied into objects without a prototype only.
 */
export function compileOverflow(paths: readonly string[]): Overflow {
  const root: Node = { members: new Map(), taken: [] };
  paths.forEach((path, index) => {
    const names = memberNames(path);
    if (names === undefined) return;
    let node = root;
    for (const name of names) {
      const next = node.members.get(name) ?? { members: new Map<string, Node>(), taken: [] };
      node.members.set(name, next);
      node = next;
    }
    node.taken.push(index);
  });
  return (record, fits) => rest(record, root, fits);
}

function rest(value: JsonObject, node: Node, fits: readonly boolean[]): JsonObject | undefined {
  let left: Record<string, Json> | undefined;
  for (const key in value) {
    const member = value[key] as Json;
    if (member === null) continue;
    const kept = keep(member, node.members.get(key), fits);
    if (kept === undefined) continue;
    left ??= Object.create(null) as Record<string, Json>;
    left[key] = kept;
  }
  return left;
}

function keep(member: Json, node: Node | undefined, fits: readonly boolean[]): Json | undefined {
  if (node === undefined) return member;
  if (node.taken.some((index) => fits[index])) return undefined;
  return node.members.size > 0 && isObject(member) ? rest(member, node, fits) : member;
}
