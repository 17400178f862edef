import type { Json } from '../../../contract/json';
import type {
  RestAuth,
  RestNext,
  RestParameter,
  RestSpec,
  RestStop,
  RestTime,
  RestTimeFormat,
} from '../../../contract/rest';
import type { WindowSpec } from '../../../contract/windows';
import { isObject } from '../../../values/json-path';
import { wrong } from './declaration-error';

/** Says what a value must be if it is not; `undefined` if it is. */
type Rule = (value: unknown) => string | undefined;
/** A rule for each member of a part. The compiler reports a member without one. */
type Rules<T> = { readonly [K in keyof Required<T>]: Rule };

const must =
  (words: string, is: (value: unknown) => boolean): Rule =>
  (value) =>
    is(value) ? undefined : words;
const maybe =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : rule(value);
const oneOf = (...known: readonly string[]): Rule =>
  must(`one of ${known.join(', ')}`, (value) => known.some((one) => one === value));
const anything: Rule = () => undefined;
const text = must('a text', (value) => typeof value === 'string');
const object = must('an object', (value) => isObject(value as Json | undefined));
const list = must('a list', Array.isArray);
const yes = must('true', (value) => value === true);
const scalar = must('a text, a number, true or false', (value) =>
  ['string', 'boolean'].includes(typeof value) ? true : Number.isFinite(value),
);

const FORMATS: readonly RestTimeFormat[] = ['iso', 'iso-s', 'epoch-s', 'epoch-ms'];
const PARAMETER: Rules<RestParameter> = { in: oneOf('query', 'body'), name: text };
const TIME: Rules<RestTime> = {
  in: maybe(PARAMETER.in),
  name: maybe(text),
  format: maybe(oneOf(...FORMATS)),
};
const WINDOW: Rules<WindowSpec> = {
  lag: object,
  maxMs: anything,
  maxPages: anything,
  order: maybe(oneOf('oldest-first', 'newest-first')),
  stepMs: anything,
};

type AnyRules = Readonly<Record<string, Rule>>;

/** The members of each kind, without the member that names the kind. */
const AUTH: Readonly<Record<RestAuth['kind'], AnyRules>> = {
  bearer: { setting: text },
  header: { header: text, prefix: maybe(text), setting: text },
  signature: { settings: list, sign: must('a function', (value) => typeof value === 'function') },
};
const NEXT: Readonly<Record<RestNext['kind'], AnyRules>> = {
  link: { rel: maybe(text), from: maybe(text), last: maybe(text) },
  cursor: { from: text, join: maybe(text), last: maybe(text), send: maybe(object), alone: maybe(yes) },
  time: {},
};
const STOP: Readonly<Record<RestStop['on'], AnyRules>> = {
  'no-next': {},
  'empty-page': {},
  unless: { path: text },
  'short-page': { full: must('a number', (value) => typeof value === 'number') },
};

const SPEC: Rules<RestSpec> = {
  base: text,
  path: text,
  method: maybe(oneOf('GET', 'POST')),
  headers: maybe(object),
  query: maybe(object),
  body: maybe(object),
  auth: maybe(object),
  records: text,
  next: object,
  stop: object,
  resume: oneOf('cursor', 'time'),
  expired: maybe(oneOf('read-again')),
  since: object,
  until: maybe(object),
  window: maybe(object),
};

/** The remedy for a member of an earlier version. */
const MOVED: Readonly<Record<string, string>> = {
  time: 'The `time` of the table says it: leave it out here',
};

type Members = Readonly<Record<string, unknown>>;

/**
 * Checks at run time what the types check: a connector may run without having been compiled.
 * @throws ContractError for an unknown member or a wrong value; the message names the member
 */
export function checkShape(spec: RestSpec): void {
  check('', spec, SPEC);
  for (const [name, value] of Object.entries(spec.query ?? {})) obey(`query.${name}`, value, scalar);
  for (const [name, value] of Object.entries(spec.headers ?? {})) obey(`headers.${name}`, value, text);
  if (spec.auth !== undefined) checkKind('auth', 'kind', spec.auth, AUTH);
  checkKind('next', 'kind', spec.next, NEXT);
  checkKind('stop', 'on', spec.stop, STOP);
  if (spec.next.kind === 'cursor' && spec.next.send !== undefined)
    check('next.send.', spec.next.send, PARAMETER);
  check('since.', spec.since, TIME);
  if (spec.until !== undefined) check('until.', spec.until, TIME);
  if (spec.window !== undefined) check('window.', spec.window, WINDOW);
}

function checkKind(part: string, by: string, value: object, kinds: Readonly<Record<string, AnyRules>>): void {
  const { [by]: kind } = value as Members;
  const named = oneOf(...Object.keys(kinds));
  obey(`${part}.${by}`, kind, named);
  check(`${part}.`, value, { ...kinds[kind as string], [by]: named });
}

function check(prefix: string, value: object, rules: AnyRules): void {
  const members = value as Members;
  const unknown = Object.keys(members).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) {
    const name = `${prefix}${unknown}`;
    throw wrong(
      name,
      'it is not known',
      MOVED[name] ?? 'Compare its name with the reference, or leave it out',
    );
  }
  for (const [name, rule] of Object.entries(rules)) obey(`${prefix}${name}`, members[name], rule);
}

function obey(member: string, value: unknown, rule: Rule): void {
  const words = rule(value);
  if (words !== undefined) throw wrong(member, `it must be ${words}`, 'Compare it with the reference');
}
