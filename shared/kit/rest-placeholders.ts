import type { Json } from '../contract/json';
import type { RestSpec } from '../contract/rest';
import { wrong } from './rest-answer';
import { isForm } from './rest-request';
import { laterTexts, requestTexts, textsOf, valuesIn, type RequestTexts } from './rest-texts';
import { namesIn } from './template';

/** @throws ContractError when the values of a request cannot all be sent as declared; the message names the member */
export function checkPlaceholders(spec: RestSpec): void {
  checkParameters(spec);
  const texts = requestTexts(spec);
  for (const [member, text] of textsOf(texts)) checkTogether(spec, member, namesIn(text));
  checkSaid(spec, texts);
  checkHeaders(spec);
  checkForm(texts);
}

function checkParameters({ since, until }: RestSpec): void {
  for (const [member, parameter] of Object.entries({ since, until })) {
    if (parameter === undefined) continue;
    if ((parameter.in === undefined) !== (parameter.name === undefined)) {
      throw wrong(member, 'in and name need one another', `Give both, or write {${member}} where it stands`);
    }
    if ('template' in parameter) {
      throw wrong(
        `${member}.template`,
        'it is not known',
        `Write the text where it stands, with {${member}} in it`,
      );
    }
  }
}

/** What is sent only in some requests takes the whole text with it. */
function checkTogether({ next, resume, until }: RestSpec, member: string, names: readonly string[]): void {
  const holds = (name: string): boolean => names.includes(name);
  if (holds('cursor') && next.kind !== 'cursor') {
    throw wrong(
      member,
      'it holds {cursor}, and next is not of the kind cursor',
      'Declare next, or leave {cursor} out',
    );
  }
  if (holds('until') && until === undefined) {
    throw wrong(member, 'it holds {until}, and until is not declared', 'Declare until: { format }');
  }
  if (holds('cursor') && (holds('since') || holds('until'))) {
    throw wrong(
      member,
      'the first request has no cursor, and would lose the bound with it',
      'Send them apart',
    );
  }
  if (holds('since') && holds('until') && resume === 'cursor') {
    throw wrong(
      member,
      'a read that goes on by cursor has no end, and would lose {since} with {until}',
      'Send them apart, or resume by time',
    );
  }
}

/** Every declared value has a place in the request that needs it. */
function checkSaid(spec: RestSpec, texts: RequestTexts): void {
  const [first, later] = [valuesIn(texts), valuesIn(laterTexts(spec))];
  const needed = {
    since: first.has('since'),
    until: spec.until === undefined || first.has('until'),
    'next.send': spec.next.kind !== 'cursor' || later.has('cursor'),
  };
  const member = Object.entries(needed).find(([, isSaid]) => !isSaid)?.[0];
  if (member === undefined) return;
  const name = member === 'next.send' ? 'cursor' : member;
  throw wrong(
    member,
    'no request says it',
    `Give in and name, or write {${name}} in path, query, headers or body`,
  );
}

function checkHeaders({ auth, headers = {} }: RestSpec): void {
  const own =
    auth?.kind === 'bearer' ? 'authorization' : auth?.kind === 'header' ? auth.header.toLowerCase() : '';
  const seen = new Set([own]);
  for (const name of Object.keys(headers)) {
    if (seen.has(name.toLowerCase())) {
      const because =
        name.toLowerCase() === own ? 'auth sends this header too' : 'another header has the same name';
      throw wrong(`headers.${name}`, because, 'Send it once');
    }
    seen.add(name.toLowerCase());
  }
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
