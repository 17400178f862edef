import type { PullSource, Settings } from '../../contract/connector';
import { ContractError } from '../../contract/errors';
import type { Json } from '../../contract/json';
import type { AwsKeys, AwsRole, ObjectsSpec } from '../../contract/objects';
import { isObject, pathProblem } from '../../values/json-path';
import { CSV, csvFault } from '../rest/checks/format';
import { faultOf, maybe, must, object, oneOf, text, type AnyRules, type Rules } from '../rest/checks/rules';

const OBJECTS: Rules<ObjectsSpec> = {
  store: oneOf('s3'),
  queue: text,
  keys: object,
  role: maybe(object),
  format: maybe(
    must(
      'one of json, ndjson, csv, or { csv: {…} }',
      (value) => ['json', 'ndjson', 'csv'].includes(value as string) || csvIn(value) !== undefined,
    ),
  ),
  records: maybe(text),
  ignore: maybe(
    must(
      'a list of parts of names',
      (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((each) => typeof each === 'string' && each !== ''),
    ),
  ),
};
const KEYS: Rules<AwsKeys> = { id: text, secret: text, token: maybe(text) };
const ROLE: Rules<AwsRole> = { arn: text, externalId: maybe(text) };

/** @throws ContractError when a declaration cannot work; the message names the member */
export function checkObjects(spec: ObjectsSpec): void {
  checkMembers('', spec, OBJECTS);
  checkMembers('keys.', spec.keys, KEYS);
  if (spec.role !== undefined) checkMembers('role.', spec.role, ROLE);
  const csv = csvIn(spec.format);
  if (csv !== undefined) checkMembers('format.csv.', csv, CSV);
  const fault = csv === undefined ? undefined : csvFault(csv);
  if (fault !== undefined) throw wrong(...fault);
  const problem = spec.records === undefined ? undefined : pathProblem(spec.records);
  if (problem !== undefined) throw wrong('records', problem, 'Write the path of the list in a file');
  if (spec.records !== undefined && spec.format !== undefined && spec.format !== 'json')
    throw wrong('records', 'a file of lines is the list of its records', 'Leave it out');
}

function csvIn(format: unknown): object | undefined {
  const csv = isObject(format as Json) ? (format as { readonly csv?: Json }).csv : undefined;
  return isObject(csv) ? csv : undefined;
}

function checkMembers(prefix: string, value: object, rules: AnyRules): void {
  const fault = faultOf(prefix, value, rules);
  if (fault !== undefined) throw wrong(...fault);
}

function wrong(member: string, because: string, advice: string): ContractError {
  return new ContractError(`reading a declaration of objects: ${member}: ${because}. ${advice}.`);
}

/** The faults of a source of files, a sentence each. */
export function objectsProblems(
  name: string,
  { partitions, pull, window }: PullSource,
  settings: Settings,
): string[] {
  const { objects: spec } = pull;
  if (spec === undefined) return [];
  const who = `the source ${name}`;
  const named: readonly (readonly [member: string, setting: string | undefined, kinds: readonly string[]])[] =
    [
      ['queue', spec.queue, ['url']],
      ['keys.id', spec.keys.id, ['text', 'secret']],
      ['keys.secret', spec.keys.secret, ['secret']],
      ['keys.token', spec.keys.token, ['secret']],
      ['role.arn', spec.role?.arn, ['text']],
      ['role.externalId', spec.role?.externalId, ['text', 'secret']],
    ];
  const wrongKinds = named.flatMap(([member, setting, kinds]) => {
    if (setting === undefined) return [];
    const kind = Object.hasOwn(settings, setting) ? settings[setting]?.kind : undefined;
    return kinds.includes(kind ?? '')
      ? []
      : [`${who}: ${member} names ${setting}, which is not a ${kinds.join(' or ')} setting.`];
  });
  return [
    ...wrongKinds,
    ...(window === undefined ? [] : [`${who}: objects() reads what its queue holds. Leave window out.`]),
    ...(partitions === undefined ? [] : [`${who}: objects() reads one queue. Leave partitions out.`]),
  ];
}
