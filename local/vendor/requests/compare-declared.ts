import type { Json } from '../../../shared/contract/json';
import { stringifyJson } from '../../../shared/values/json/json';
import { fillText, namesIn, parseTemplate } from '../../../shared/kit/template';

/** The value of a placeholder in a request, and the member that has it. */
export interface RequestValue {
  readonly text: string;
  readonly member: string;
}

/** The known and the found values of placeholders. */
export interface Placeholders {
  readonly settings: Readonly<Record<string, string>>;
  /** Receives the request's values of the other placeholders. */
  readonly values: Map<string, RequestValue>;
  /** True for a placeholder that is a JSON number if it is the whole value. */
  isNumber(name: string): boolean;
}

/** A part of a request in single values, by their paths: `variables.after`; a name with a dot in it stands in brackets. */
export type Leaves = ReadonlyMap<string, Json>;

/** Every value without members, empty objects and arrays included. */
export function leavesOf(json: Json, path = ''): Leaves {
  if (typeof json !== 'object' || json === null || (path !== '' && Object.keys(json).length === 0))
    return new Map([[path, json]]);
  const below = (name: string): string => {
    if (name.includes('.')) return `${path}['${name}']`;
    return path === '' ? name : `${path}.${name}`;
  };
  return new Map(Object.entries(json).flatMap(([name, each]) => [...leavesOf(each, below(name))]));
}

/** Whether a request has a value for a placeholder; `alone`: the placeholder is the whole text. */
export type HasValue = (name: string, alone: boolean) => boolean;

/** A declared part without the members that need other values. */
export function pruned(json: Json, has: HasValue): Json | undefined {
  if (typeof json === 'string') {
    const alone = parseTemplate(json).length === 1;
    return namesIn(json).every((name) => has(name, alone)) ? json : undefined;
  }
  if (typeof json !== 'object' || json === null) return json;
  const kept = Object.entries(json)
    .map(([name, each]) => [name, pruned(each, has)] as const)
    .filter((entry): entry is readonly [string, Json] => entry[1] !== undefined);
  if (kept.length === 0 && Object.keys(json).length > 0) return undefined;
  return Array.isArray(json) ? kept.map(([, each]) => each) : Object.fromEntries(kept);
}

/**
 * Compares what was sent with what is declared, and notes what it says for the placeholders.
 * @param typed true in JSON, where numbers are not strings
 * @returns what is wrong, or `undefined`
 */
export function compare(
  place: string,
  [expected, given]: readonly [Leaves, Leaves],
  typed: boolean,
  placeholders: Placeholders,
): string | undefined {
  const lacking = [...expected.keys()].find((member) => !given.has(member));
  if (lacking !== undefined) return `the ${place} lacks ${lacking}`;
  const unknown = [...given.keys()].find((member) => !expected.has(member));
  if (unknown !== undefined) return `the ${place} has ${unknown}, which is not declared`;
  for (const [member, value] of expected) {
    const sent = given.get(member) ?? null;
    if (typeof value === 'string' && namesIn(value).length > 0) {
      const problem = compareText(member, [value, sent], typed, placeholders);
      if (problem !== undefined) return problem;
      continue;
    }
    const text = typeof value === 'string' ? (fillText(value, () => undefined) ?? '') : value;
    const isSame = typed ? stringifyJson(text) === stringifyJson(sent) : textOf(text) === sent;
    if (!isSame) return `the ${place} has a different ${member} than declared`;
  }
  return undefined;
}

/** Compares a text with placeholders: settings must have their values; other values are added. */
function compareText(
  member: string,
  [declared, sent]: readonly [string, Json],
  typed: boolean,
  placeholders: Placeholders,
): string | undefined {
  const [only, ...others] = parseTemplate(declared);
  const isAlone = others.length === 0 && typeof only === 'object';
  const kind = typed && isAlone && placeholders.isNumber(only.name) ? 'number' : 'string';
  if (typeof sent !== kind) return `${member} is not a ${kind}`;
  return readText(member, declared, textOf(sent), placeholders);
}

/** Adds the values of a text's placeholders. @returns the problem, if the text does not match */
export function readText(
  member: string,
  declared: string,
  sent: string,
  { values, settings }: Pick<Placeholders, 'values' | 'settings'>,
): string | undefined {
  const names: string[] = [];
  const pattern = parseTemplate(declared).map((part) => {
    if (typeof part === 'string') return literal(part);
    if (Object.hasOwn(settings, part.name)) return literal(settings[part.name] ?? '');
    names.push(part.name);
    return '(.+?)';
  });
  const match = new RegExp(`^${pattern.join('')}$`, 's').exec(sent);
  if (match === null) return `${member} does not match ${declared}`;
  for (const [at, name] of names.entries()) {
    const text = match[at + 1] ?? '';
    const before = values.get(name);
    if (before !== undefined && before.text !== text)
      return `${member} gives another ${name} than ${before.member}`;
    if (before === undefined) values.set(name, { text, member });
  }
  return undefined;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

/** A text as part of a pattern. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
