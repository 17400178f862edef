import type { Json } from '../../../contract/json';
import { isObject } from '../../../values/json-path';
import { wrong } from './declaration-error';

/* What the types check, at run time: a connector may run without having been compiled. */

/** Says what a value must be if it is not; `undefined` if it is. */
export type Rule = (value: unknown) => string | undefined;
/** A rule for each member of a part. The compiler reports a member without one. */
export type Rules<T> = { readonly [K in keyof Required<T>]: Rule };

export const must =
  (words: string, is: (value: unknown) => boolean): Rule =>
  (value) =>
    is(value) ? undefined : words;
export const maybe =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : rule(value);
export const oneOf = (...known: readonly string[]): Rule =>
  must(`one of ${known.join(', ')}`, (value) => known.some((one) => one === value));
export const anything: Rule = () => undefined;
export const text = must('a text', (value) => typeof value === 'string');
export const object = must('an object', (value) => isObject(value as Json | undefined));
export const list = must('a list', Array.isArray);
export const yes = must('true', (value) => value === true);
export const scalar = must('a text, a number, true or false', (value) =>
  ['string', 'boolean'].includes(typeof value) ? true : Number.isFinite(value),
);

/** The remedy for a member of an earlier version. */
const MOVED: Readonly<Record<string, string>> = {
  time: 'The `time` of the table says it: leave it out here',
};

/** The rules of a part, by member. */
export type AnyRules = Readonly<Record<string, Rule>>;

type Members = Readonly<Record<string, unknown>>;

/** Checks a part whose member `by` names its kind. @param kinds the rules of each kind without that member */
export function checkKind(
  part: string,
  by: string,
  value: object,
  kinds: Readonly<Record<string, AnyRules>>,
): void {
  const { [by]: kind } = value as Members;
  const named = oneOf(...Object.keys(kinds));
  obey(`${part}.${by}`, kind, named);
  check(`${part}.`, value, { ...kinds[kind as string], [by]: named });
}

/** Why a member cannot work, and what to do. */
export type Fault = readonly [member: string, because: string, advice: string];

/** The first fault of a part: a member without a rule, or one that breaks its rule. @param prefix as of {@link check} */
export function faultOf(prefix: string, value: object, rules: AnyRules): Fault | undefined {
  const members = value as Members;
  const unknown = Object.keys(members).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) {
    const name = `${prefix}${unknown}`;
    return [name, 'it is not known', MOVED[name] ?? 'Compare its name with the reference, or leave it out'];
  }
  return Object.entries(rules)
    .map(([name, rule]) => valueFault(`${prefix}${name}`, members[name], rule))
    .find((fault) => fault !== undefined);
}

function valueFault(member: string, value: unknown, rule: Rule): Fault | undefined {
  const words = rule(value);
  return words === undefined ? undefined : [member, `it must be ${words}`, 'Compare it with the reference'];
}

/** Checks each member of a part by its rule. @param prefix the path of the part with a dot, or the empty text */
export function check(prefix: string, value: object, rules: AnyRules): void {
  const fault = faultOf(prefix, value, rules);
  if (fault !== undefined) throw wrong(...fault);
}

/** Checks one value. @throws ContractError that names the member and says what the value must be */
export function obey(member: string, value: unknown, rule: Rule): void {
  const fault = valueFault(member, value, rule);
  if (fault !== undefined) throw wrong(...fault);
}
