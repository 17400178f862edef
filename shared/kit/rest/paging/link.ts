import { ContractError } from '../../../contract/errors';
import type { RestNext, RestSpec } from '../../../contract/rest';
import { compileAnswerPath } from '../../../values/json-path';
import { findLink } from '../../link-header';
import { named } from '../checks/declaration-error';
import { NO_TOKEN, type NextPlace, type PageAnswer, type Paging } from './paging';

type LinkNext = Extract<RestNext, { kind: 'link' }>;

/** Paging by the address of the next page. A token is that address, relative to the base address. */
export function linkPaging(spec: RestSpec, next: LinkNext): Paging {
  return {
    ...NO_TOKEN,
    member: 'next',
    isToken: (text) => /^\/(?![/\\])/.test(text),
    laterTexts: (texts) => ({ ...texts, query: {} }),
    addressOf: (token) => token,
    placeOf: relativeTo,
    compile() {
      const moreOf = compileLink(spec, next, 'from');
      const keptOf = next.last === undefined ? undefined : compileLink(spec, next, 'last');
      return (answer) => {
        const more = moreOf(answer);
        return { more, kept: more === undefined ? keptOf?.(answer) : undefined };
      };
    },
  };
}

function compileLink(
  { path }: RestSpec,
  { rel = 'next', ...next }: LinkNext,
  member: 'from' | 'last',
): (answer: PageAnswer) => string | undefined {
  const from = next[member];
  const linkAt = from === undefined ? undefined : named(`next.${member}`, () => compileAnswerPath(from));
  return ({ body, response: { headers }, url }) => {
    const target = linkAt === undefined ? findLink(headers['link'], rel) : (linkAt(body) ?? '');
    if (target === undefined || target === '' || target === null) return undefined;
    if (typeof target === 'string' && URL.canParse(target, url)) return new URL(target, url).href;
    throw new ContractError(
      `reading the answer of ${path}: its next link is not a valid address. Tell the vendor.`,
    );
  };
}

function relativeTo(next: string, baseAddress: string): NextPlace {
  const [base, link] = [new URL(baseAddress), new URL(next)];
  if (link.origin !== base.origin) return { elsewhere: next };
  const prefix = base.pathname.replace(/\/$/, '');
  const isInside = link.pathname === prefix || link.pathname.startsWith(`${prefix}/`);
  const up = '/..'.repeat(prefix.split('/').length - 1);
  const path = isInside ? link.pathname.slice(prefix.length) || '/' : up + link.pathname;
  return { token: path + link.search };
}
