import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { COMMANDS_WITH_FOLDERS, completeCommands } from '../../tools/cli/suggested-commands';

const ROOT = join(__dirname, '..', '..');
const NAMED = { data: '/a b', connectors: ['/c'] };

test('a suggested command gets the data folder and the connectors of the command that suggests it', () => {
  const text =
    'begin anew with "npx tributary state reset acme". Or run "npm start", or "npx tributary check acme".';
  expect(completeCommands(text, { data: '.tributary' })).toBe(text);
  expect(completeCommands(text, NAMED)).toBe(
    'begin anew with "npx tributary state reset acme --data "/a b" --connectors /c". ' +
      'Or run "npm start -- --data "/a b" --connectors /c", or "npx tributary check acme".',
  );
});

test('commands in a value printed as JSON are completed too, at any depth and even as the whole value', () => {
  const log = JSON.stringify({ msg: 'Run "npx tributary resume acme".', at: ['"npm start"'] });
  const value = { gaps: [{ command: 'npx tributary run acme' }], log, count: 2n, none: null };
  const { gaps, log: said, ...others } = completeCommands(value, NAMED);
  expect(gaps).toEqual([{ command: 'npx tributary run acme --data "/a b" --connectors /c' }]);
  expect(JSON.parse(said)).toEqual({
    msg: 'Run "npx tributary resume acme --data "/a b" --connectors /c".',
    at: ['"npm start -- --data "/a b" --connectors /c"'],
  });
  expect(others).toEqual({ count: 2n, none: null });
});

test('a complete command is left unchanged', () => {
  const once = completeCommands('Run "npx tributary pause acme", or "npm start".', NAMED);
  expect(completeCommands(once, NAMED)).toBe(once);
});

test('the completed commands are those with both options', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/commands.md'), 'utf8');
  const takers = page
    .split(/^## /m)
    .filter((section) => section.includes('--data <folder>') && section.includes('--connectors <folder>'))
    .map((section) => section.split(/\s/)[0]);
  expect([...new Set(takers)].sort()).toEqual([...COMMANDS_WITH_FOLDERS].sort());
});

/** Every text in a file's code, with `x` for each inserted value. */
function textsOf(file: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node))
      texts.push(
        [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('x'),
      );
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  return texts;
}

const suggestions = ['shared', 'local', 'tools', 'connectors'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('reference'))
    .flatMap((file) => textsOf(join(ROOT, folder, file)).map((text) => [`${folder}/${file}`, text] as const))
    .filter(([, text]) => new RegExp(`tributary (?:${COMMANDS_WITH_FOLDERS.join('|')})\\b`).test(text)),
);

test('the code contains suggestions', () => {
  expect(suggestions.length).toBeGreaterThan(20);
});

test.each(suggestions)('%s: each suggested command is completed in %j', (_, text) => {
  const all = text.match(/tributary (?!check|replay|try|new)[a-z-]+(?: |$)/g)?.length;
  expect(completeCommands(text, NAMED).split(' --data "/a b"').length - 1).toBe(all);
});
