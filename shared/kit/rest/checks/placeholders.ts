import { ContractError } from '../../../contract/errors';
import type { Json } from '../../../contract/json';
import { memberNames, pathProblem } from '../../../values/json-path';
import type { RestSpec } from '../../../contract/rest';
import type { RequestTexts } from '../paging/paging';
import { pagingOf } from '../paging/paging-of';
import { wrong } from './declaration-error';
import { checkHeaders } from './headers';
import { isForm } from '../request';
import { laterTexts, requestTexts, textsOf, valuesIn } from '../request-texts';
import { namesIn, parseTemplate } from '../../template';

/** @throws ContractError when the values of a request cannot all be sent as declared; the message names the member */
export function checkPlaceholders(spec: RestSpec): void {
  checkParameters(spec);
  const texts = requestTexts(spec);
  const { query, headers, body } = texts;
  for (const [place, json] of Object.entries({ query, headers, body })) checkNames(json, place);
  for (const [member, text] of textsOf(texts)) checkTogether(spec, member, namesIn(text));
  checkSaid(spec, texts);
  checkHeaders(spec);
  checkKey(spec, texts);
  checkForm(texts);
}

function checkParameters(spec: RestSpec): void {
  const { since, until } = spec;
  const places = Object.entries(pagingOf(spec).places).map(([member, [place]]) => [member, place] as const);
  for (const [member, parameter] of [...Object.entries({ since, until }), ...places]) {
    if (parameter === undefined) continue;
    const { in: place, name } = parameter;
    if ((place === undefined) !== (name === undefined)) {
      throw wrong(
        member,
        'in and name require each other',
        `Give both, or write {${member}} where it stands`,
      );
    }
    if (name === undefined) continue;
    for (const part of place === 'body' ? namesAt(`${member}.name`, name) : [name])
      checkName(`${member}.name`, part);
  }
}

/** The member names of a place in the body: a path that neither counts nor searches. */
function namesAt(member: string, path: string): readonly string[] {
  const problem = path === '' ? undefined : pathProblem(path);
  if (problem !== undefined) throw new ContractError(`reading a REST declaration: ${member}: ${problem}`);
  const names = memberNames(path);
  if (names !== undefined) return names;
  throw wrong(
    member,
    `${path} finds values, and names no single place to write at`,
    'Write member names joined by dots',
  );
}

/** Names have no placeholders: one would be sent as it is. */
function checkName(member: string, name: string): void {
  if (name === '')
    throw wrong(member, 'a name is empty', 'Write the name that the vendor’s documentation says');
  const [text, ...more] = parseTemplate(name);
  if (text !== name || more.length > 0) {
    throw wrong(member, 'a name is sent as it is, and takes no placeholder', 'Write {name} in texts only');
  }
}

/** Checks the names of all members at any depth. @throws ContractError; `path` begins the member in its message */
export function checkNames(json: Json, path: string): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [name, each] of Object.entries(json)) {
    if (!Array.isArray(json)) checkName(`${path}.${name}`, name);
    checkNames(each, `${path}.${name}`);
  }
}

/**
 * A value that only some requests have takes its whole text with it. Literal text around it belongs to it, such as the `id gt`
 * of a filter; another value would be lost with it.
 */
function checkTogether(spec: RestSpec, member: string, names: readonly string[]): void {
  const { resume, since, until } = spec;
  const { isNumbered, values } = pagingOf(spec);
  const holds = (name: string): boolean => names.includes(name);
  const beside = (name: string): string | undefined =>
    holds(name) ? names.find((each) => each !== name) : undefined;
  const unknown = (['cursor', 'cursorEnd'] as const).find((name) => holds(name) && !values.includes(name));
  if (unknown !== undefined) {
    const kind = unknown === 'cursor' ? 'cursor, page or offset' : 'offset with stop on a short page';
    throw wrong(
      member,
      `it holds {${unknown}}, and next is not of the kind ${kind}`,
      `Declare next, or leave {${unknown}} out`,
    );
  }
  if (holds('since') && since === undefined) {
    throw wrong(member, 'it holds {since}, and since is not declared', 'Declare since: { format }');
  }
  if (holds('until') && until === undefined) {
    throw wrong(member, 'it holds {until}, and until is not declared', 'Declare until: { format }');
  }
  const first = isNumbered ? undefined : beside('cursor');
  if (first !== undefined) {
    throw wrong(
      member,
      `the first request has no cursor, and would lose {${first}} with it`,
      'Send them apart',
    );
  }
  const endless = resume === 'cursor' ? beside('until') : undefined;
  if (endless !== undefined) {
    throw wrong(
      member,
      `a read that goes on by cursor has no end, and would lose {${endless}} with {until}`,
      'Send them apart, or resume by time',
    );
  }
}

/** Checks that every declared value has a place in the requests that need it. */
function checkSaid(spec: RestSpec, texts: RequestTexts): void {
  const [first, later] = [valuesIn(texts), valuesIn(laterTexts(spec))];
  const needed = {
    since: spec.since === undefined || first.has('since'),
    until: spec.until === undefined || first.has('until'),
    'next.send': !pagingOf(spec).values.includes('cursor') || later.has('cursor'),
  };
  const member = Object.entries(needed).find(([, isSaid]) => !isSaid)?.[0];
  if (member === undefined) return;
  const name = member === 'next.send' ? 'cursor' : member;
  throw wrong(
    member,
    'no request sends it',
    `Give in and name, or write {${name}} in path, query, headers or body`,
  );
}

function checkKey({ auth }: RestSpec, { query }: RequestTexts): void {
  if (auth?.kind !== 'query' || !Object.hasOwn(query, auth.name)) return;
  throw wrong(`query.${auth.name}`, 'auth sends this parameter too', 'Send it once');
}

function checkForm({ body, headers }: RequestTexts): void {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  if (!isForm(type)) return;
  const isNested = (value: Json): boolean => typeof value === 'object';
  const name = Object.keys(body).find((each) => isNested(body[each] as Json));
  if (name !== undefined) {
    throw wrong(
      `body.${name}`,
      'a form has texts, numbers and booleans only',
      'Write it as text, or send JSON',
    );
  }
}
