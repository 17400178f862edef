import { findLink, parseLinks } from '../../shared/kit/link-header';

describe('a Link header', () => {
  test('returns every link, with its relations in lower case', () => {
    expect(parseLinks('<https://a.test/1>; rel="self", </2>; REL=Next')).toEqual([
      { target: 'https://a.test/1', rels: ['self'] },
      { target: '/2', rels: ['next'] },
    ]);
  });

  test.each([
    ['a comma in the address', '</x?a=1,2>; rel="next"', '/x?a=1,2'],
    ['commas and brackets in a quoted parameter', '</a>; title="x, <y>; rel=next", </b>; rel="next"', '/b'],
    ['escaped quotes', '</a>; title="say \\"next\\""; rel="prev", </b>; rel="next"', '/b'],
    ['several relations of one link', '</c>; rel="last  next"', '/c'],
    ['the first of two rel parameters', '</d>; rel="self"; rel="next", </e>; rel=next', '/e'],
    ['no blanks and empty parts', ',</f>;;rel=next,', '/f'],
    ['a parameter without a value', '</g>; x; rel=next', '/g'],
    ['the link of another resource left out', '</h>; rel=next; anchor="/other", </i>; rel=next', '/i'],
    ['a relation that only contains the word', '</j>; rel="next-archive"', undefined],
    ['an invalid header', 'next', undefined],
    ['no header', undefined, undefined],
  ])('is read with %s', (_, header, target) => {
    expect(findLink(header, 'next')).toBe(target);
  });
});
