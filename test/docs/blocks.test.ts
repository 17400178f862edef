import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { PAGES, read, ROOT } from './written-pages';

/* The blocks of code and the code marks of every page: whatever a reader copies must work. */

/** Generated pages show signatures, and files of other programs. */
const OWN = PAGES.filter((page) => !page.startsWith('docs/reference/') && page !== 'CHANGELOG.md');

interface Block {
  readonly page: string;
  readonly language: string;
  /** The word after the language. `rest` and `sketch` blocks are parts of a declaration, not whole statements. */
  readonly word: string;
  readonly text: string;
}

const BLOCKS = OWN.flatMap((page) =>
  [...read(page).matchAll(/^ *```(\w+)(?: (\w+))?[^\n]*\n([^]*?)^ *```$/gm)].map(
    ([, language = '', word = '', text = '']): Block => ({ page, language, word, text }),
  ),
);

/** The help of each command, by its full name. */
const HELP = new Map(
  read('docs/reference/commands.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

/** The problems of one command line behind `npx tributary`: its name and its options. */
function problemsOf(line: string): readonly string[] {
  const words = line.trim().split(/\s+/);
  // `backfill <source>` is short for `backfill start <source>`.
  const name = [words.slice(0, 2).join(' '), words[0] ?? '', `${words[0]} start`].find((each) =>
    HELP.has(each),
  );
  if (name === undefined) return [`no command ${line}`];
  const options = words.flatMap((word) => /^--?[a-z][\w-]*/.exec(word)?.[0] ?? []);
  return options
    .filter((option) => !new RegExp(`(?:^|[ ,])${option}(?=[ ,\n])`, 'm').test(HELP.get(name) ?? ''))
    .map((option) => `${name} has no ${option}`);
}

type ScriptOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The problems of an npm script's options, behind its `--`. */
function scriptProblems(options: ScriptOptions, script: string, line: string): readonly string[] {
  return [...line.matchAll(/(?<=\s)--(?:no-)?([a-z][\w-]*)/gi)]
    .filter(([, option = '']) => options[script]?.[option] === undefined)
    .map(([option]) => `npm ${script} has no ${option}`);
}

test('every JSON block parses', () => {
  const blocks = BLOCKS.filter(({ language }) => language === 'json');
  expect(blocks.length).toBeGreaterThan(10);
  for (const { text } of blocks) expect(() => JSON.parse(text) as unknown).not.toThrow();
});

test('every TypeScript block is made of whole statements', () => {
  const blocks = BLOCKS.filter(
    ({ language, word }) => language === 'ts' && !['rest', 'sketch'].includes(word),
  );
  expect(blocks.length).toBeGreaterThan(20);
  const broken = blocks.flatMap(({ page, text }) => {
    const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
    // `budget: { … }` alone is a label and a block.
    const isLabel = ts.isLabeledStatement(
      ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest).statements[0] as ts.Statement,
    );
    return diagnostics.length > 0 || isLabel ? [`${page}: ${text}`] : [];
  });
  expect(broken).toEqual([]);
});

test('every command that a page names exists, with its options', () => {
  const lines = PAGES.flatMap((page) =>
    [...read(page).matchAll(/npx tributary ([a-z](?:[^`\n"'|;&\\]|\\\n)*)/g)].map(([, line = '']) => ({
      page,
      line: line.replaceAll('\\\n', ' '),
    })),
  );
  expect(lines.length).toBeGreaterThan(60);
  expect(lines.flatMap(({ page, line }) => problemsOf(line).map((problem) => `${page}: ${problem}`))).toEqual(
    [],
  );
});

test('every option that a page passes to a script exists', async () => {
  const { SCRIPTS } = (await import(join(ROOT, 'tools', 'build', 'script-options.mjs'))) as {
    readonly SCRIPTS: ScriptOptions;
  };
  const problems = OWN.flatMap((page) =>
    [...read(page).matchAll(/npm (?:run (?:-s )?)?([a-z][\w:]*) -- ([^`\n"|;&]*)/g)].flatMap(
      ([, script = '', line = '']) =>
        scriptProblems(SCRIPTS, script, ` ${line}`).map((problem) => `${page}: ${problem}`),
    ),
  );
  expect(problems).toEqual([]);
});

/** Written by readers and not part of the tree. */
const SETTINGS_FILE = 'local.settings.json';

test('every file of this tree that a page names exists', () => {
  const named = OWN.flatMap((page) =>
    [
      ...read(page).matchAll(
        /`((?:docs|tools|local|test|shared|functions|\.ci|\.devcontainer|\.vscode)\/[\w./-]*\w\.\w+|[\w-]+(?:\.[\w-]+)*\.(?:mjs|json))`/g,
      ),
    ].map(([, path = '']) => ({ page, path })),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ path }) => path !== SETTINGS_FILE && !existsSync(join(ROOT, path)))).toEqual([]);
});
