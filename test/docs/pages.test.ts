import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { DOCS, PAGES, read, ROOT } from './written-pages';

/* What every page of prose must keep: its links, the files and the commands that it names. */

/** Without its blocks of code, which may show links and headings of other files. */
const prose = (page: string): string => read(page).replace(/^```[^]*?^```$/gm, '');

/** The anchors that GitHub makes of a page's headings. */
function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Links to files of this tree: page, target, anchor. */
const links = PAGES.flatMap((page) =>
  [...prose(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, file = '', anchor]) => ({
    page,
    to: file === '' ? page : normalize(join(dirname(page), file)).replaceAll('\\', '/'),
    anchor,
  })),
);

test('every relative link leads to a file', () => {
  expect(links.length).toBeGreaterThan(60);
  expect(links.filter(({ to }) => !existsSync(join(ROOT, to)))).toEqual([]);
});

test('every anchor is a heading of its page', () => {
  const anchored = links.filter(({ anchor, to }) => anchor !== undefined && to.endsWith('.md'));
  expect(anchored.length).toBeGreaterThan(10);
  expect(anchored.filter(({ anchor = '', to }) => !anchors(to).includes(anchor))).toEqual([]);
});

test('the README leads to the index of docs/, which names every page', () => {
  const from = (page: string): string[] => links.filter((link) => link.page === page).map(({ to }) => to);
  expect(from('README.md')).toContain('docs/README.md');
  expect(DOCS.filter((page) => page !== 'docs/README.md' && !from('docs/README.md').includes(page))).toEqual(
    [],
  );
});

test('every test and every script that a page names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const gone = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) => {
    const text = read(page);
    const tests = [...text.matchAll(/`(test\/[\w/.-]+\.ts)`/g)].map(([, file = '']) => file);
    const told = [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name = '']) => name);
    return [
      ...tests.filter((file) => !existsSync(join(ROOT, file))),
      ...told.filter((name) => scripts[name] === undefined),
    ].map((name) => `${page}: ${name}`);
  });
  expect(gone).toEqual([]);
});
