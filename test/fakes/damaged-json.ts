import type { Json } from '../../shared/contract/json';
import { isObject } from '../../shared/values/json-path';

/* Valid JSON with wrong values, to replace stored state and messages. */

/** Damages a value. */
export type Damage = (value: Json) => Json;

const FAR = '9999-12-31T23:59:59.999Z';
const isTime = (value: Json): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));

/** By what is wrong with the result. `version` stays, because a newer version is not damage. */
export const DAMAGE_KINDS: Readonly<Record<string, Damage>> = {
  'other types': (value) => replaceLeaves(value, (leaf) => (typeof leaf === 'number' ? '51' : 7)),
  'less than nothing': (value) => replaceLeaves(value, (leaf) => (typeof leaf === 'number' ? -1 : leaf)),
  'more than there is': (value) => replaceLeaves(value, (leaf) => (typeof leaf === 'number' ? 9e15 : leaf)),
  'far futures': (value) => replaceLeaves(value, (leaf) => (isTime(leaf) ? FAR : leaf)),
  'hostile paths': (value) =>
    replaceLeaves(value, (leaf) => (typeof leaf === 'string' && !isTime(leaf) ? '../../x' : leaf)),
  'no members': () => ({}),
  'a list': () => [[], null, 7],
  nothing: () => null,
};

/** Damaged metadata of a spool blob; its values are ASCII. */
export const DAMAGED_METADATA = { records: 'abc', left: '../x', failures: '-1' } as const;

/** Damages each line of a JSONL blob. */
export function damageLines(text: string, nonsense: Damage): string {
  const lineOf = (line: string): string => {
    try {
      return JSON.stringify(nonsense(JSON.parse(line) as Json));
    } catch {
      return line;
    }
  };
  return text.split('\n').map(lineOf).join('\n');
}

/** Texts that name no source: paths, members of every object, and a valid but unknown name. */
const HOSTILE_NAMES = [
  '..',
  '../../checkpoints/acme/default/alerts',
  'spool/../x',
  'toString',
  '__proto__',
  'Nobody',
] as const;

/**
 * Messages that an attacker could write in place of a message: each name replaced, a path split over two names, and damaged
 * values. None names an existing source.
 * @param message all its members are names
 */
export function forgedMessagesFrom(message: Readonly<Record<string, string>>): readonly Json[] {
  const named = Object.keys(message).flatMap((member) =>
    HOSTILE_NAMES.map((name) => ({ ...message, [member]: name })),
  );
  const { connector, instance, source } = message;
  const path = `checkpoints/${connector ?? ''}/${instance ?? ''}`;
  const values = Object.values(DAMAGE_KINDS).map((nonsense) => nonsense(message));
  return [
    ...named,
    { ...message, connector: '..', instance: path, source: source ?? null },
    ...values.filter((value) => JSON.stringify(value) !== JSON.stringify(message)),
  ];
}

/** A value with one of its texts and numbers replaced, for each of them. */
function replaceLeaves(value: Json, leaf: Damage): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => replaceLeaves(one, leaf));
  if (!isObject(value)) return leaf(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === 'version' ? one : replaceLeaves(one, leaf)]),
  );
}
