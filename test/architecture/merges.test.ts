import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/* The compiler finds what a merge leaves in code; in a page nobody does. */

const pages = ['.', 'docs', 'connectors'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: folder !== '.', withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
);

/** Also as the formatter writes it: the end of a conflict is a quotation to it. */
const LEFT = /^(?:<{7} |={7}$|>{7} |(?:> ){6}>|\| ={7} )/m;

test.each(pages)('%s holds nothing that a merge has left', (page) => {
  expect(readFileSync(join(ROOT, page), 'utf8')).not.toMatch(LEFT);
});
