import type { Json } from '../../shared/contract/json';
import { isObject } from '../../shared/values/json-path';

/* Valid JSON of the wrong meaning: what the tests and the rig put in place of what is stored and of messages. */

/** Makes a value of another meaning out of one that has the right one. */
export type Nonsense = (value: Json) => Json;

const FAR = '9999-12-31T23:59:59.999Z';
const isTime = (value: Json): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));

/** By what is wrong with it. `version` stays: a newer one is no nonsense. */
export const NONSENSE: Readonly<Record<string, Nonsense>> = {
  'other types': (value) => become(value, (leaf) => (typeof leaf === 'number' ? '51' : 7)),
  'less than nothing': (value) => become(value, (leaf) => (typeof leaf === 'number' ? -1 : leaf)),
  'more than there is': (value) => become(value, (leaf) => (typeof leaf === 'number' ? 9e15 : leaf)),
  'far futures': (value) => become(value, (leaf) => (isTime(leaf) ? FAR : leaf)),
  'hostile paths': (value) =>
    become(value, (leaf) => (typeof leaf === 'string' && !isTime(leaf) ? '../../x' : leaf)),
  'no members': () => ({}),
  'a list': () => [[], null, 7],
  nothing: () => null,
};

/** The same of metadata, whose values are ASCII. */
export const NONSENSE_METADATA = { records: 'abc', left: '../x', failures: '-1' } as const;

/** The lines of a blob, or all of one that has none, each as a value of another meaning. What is no JSON stays. */
export function nonsenseOf(text: string, nonsense: Nonsense): string {
  const lineOf = (line: string): string => {
    try {
      return JSON.stringify(nonsense(JSON.parse(line) as Json));
    } catch {
      return line;
    }
  };
  return text.split('\n').map(lineOf).join('\n');
}

/** Names that nobody has: paths, members of every object, and one that could be. */
const HOSTILE_NAMES = [
  '..',
  '../../checkpoints/acme/default/alerts',
  'spool/../x',
  'toString',
  '__proto__',
  'Nobody',
] as const;

/**
 * What somebody may put in the place of a message: each name in it another one, a path in two names that lie side by
 * side, and values of other meanings. None of them names what is there.
 * @param message whose members are names
 */
export function forgedFrom(message: Readonly<Record<string, string>>): readonly Json[] {
  const named = Object.keys(message).flatMap((member) =>
    HOSTILE_NAMES.map((name) => ({ ...message, [member]: name })),
  );
  const { connector, instance, source } = message;
  const path = `checkpoints/${connector ?? ''}/${instance ?? ''}`;
  const values = Object.values(NONSENSE).map((nonsense) => nonsense(message));
  return [
    ...named,
    { ...message, connector: '..', instance: path, source: source ?? null },
    ...values.filter((value) => JSON.stringify(value) !== JSON.stringify(message)),
  ];
}

/** A value with each text and each number in it replaced. */
function become(value: Json, leaf: Nonsense): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => become(one, leaf));
  if (!isObject(value)) return leaf(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === 'version' ? one : become(one, leaf)]),
  );
}
