import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';
import { filesBelow } from '../architecture/sources';

/* One word per thing, and the one that docs/glossary.md explains. */

const ROOT = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** docs/reference/ is made from the code; its words are mended there. */
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => `docs/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.md') && !file.startsWith('docs/reference/')),
];

/** Words that were used for a thing, and the one that is. Names that are stored or typed stay: they stand in code marks. */
const SYNONYMS: Readonly<Record<string, RegExp>> = {
  admin: /(?<!visitor )\bdesks?\b/i,
  'gap backfill': /\bcatch-ups?\b/i,
  coverage: /\bvouch(?:e[sd])?\b/i,
  'dead letter': /(?<!\b(?:dead[ -]|(?:full-width|lower-case|of|a|its) ))\bletters?\b(?! alone)/i,
  'dead-letter counts': /\bletter ledger\b/i,
  'event recorder': /\bchronicles?\b/i,
  'fault suite': /\brigs?\b/i,
  'injection point': /\bcrossings?\b/i,
  'no progress': /\bin vain\b|\bbarren\b/i,
  outcome: /\bfates?\b/i,
  pass: /\blanes?\b/i,
  quarantine: /\bset(?:s|ting)? aside\b/i,
  scenario: /\bjourneys?\b/i,
  status: /\bverdicts?\b/i,
  store: /\bbur(?:y|ies|ied)\b/i,
  'trigger message': /\bwake-?ups?\b|\bwoken\b/i,
  watermark: /\bfrontiers?\b/i,
};

/** What only test titles avoid: prose needs these words in other meanings. */
const IN_TITLES: Readonly<Record<string, RegExp>> = {
  ...SYNONYMS,
  accept: /\b(?:is|are) taken\b(?! (?:as|for)\b)/i,
  'audit event': /\bacts\b/i,
  'backfill slice': /\bparts? of (?:a|the) backfill\b/i,
  'is not a': /(?<!\bthere )\b(?:is|are) (?:none\b|no (?!longer\b))/i,
  permit: /\b(?:its|their|a) turns?\b/i,
  'report or log': /\b(?:is|are|was|were) (?:told|said)\b/i,
  trigger: /\b(?:wakes?|woke)\b/i,
  'who, exactly': /\bwho(?:m)?ever\b/i,
};

/** Without blocks and spans of code, and without what links point at. */
const prose = (page: string): string =>
  read(page)
    .replace(/^```[^]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/\s+/g, ' ');

/** The comments and the sentences of a source file, without code marks: names that are stored or typed stay. */
function sentencesOf(file: string): string {
  const text = read(file);
  const parts = [...text.matchAll(/\/\*[^]*?\*\/|(?<=^\s*|[;,{] )\/\/ .*$/gm)].map(([comment]) => comment);
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      if (/\w \w/.test(node.text)) parts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return parts
    .join('\n')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\s+/g, ' ');
}

/** Each title of a test file, joined with those of its `describe`s. */
function titlesOf(file: string): readonly string[] {
  const titles: string[] = [];
  const named = (callee: ts.Expression): string =>
    ts.isIdentifier(callee)
      ? callee.text
      : ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)
        ? named(callee.expression)
        : '';
  const visit = (node: ts.Node, above: string): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : [];
    const isTitled =
      title !== undefined && /^(?:test|describe)$/.test(named((node as ts.CallExpression).expression));
    const text = isTitled ? `${above} ${textOf(title)}`.trim() : above;
    if (text !== above) titles.push(text);
    ts.forEachChild(node, (child) => visit(child, text));
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest), '');
  return titles;
}

/** The text of a literal, with `…` for each inserted value. */
function textOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return '';
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

test('the glossary explains at most 25 words, in one or two sentences each, in order', () => {
  const entries = read('docs/glossary.md')
    .split('\n\n')
    .filter((part) => part.startsWith('**'));
  const words = entries.map((entry) => /^\*\*([^*]+)\*\*/.exec(entry)?.[1] ?? '');
  expect(words.length).toBeGreaterThan(15);
  expect(words.length).toBeLessThanOrEqual(25);
  expect(words).toEqual([...words].sort());
  const sentences = (entry: string): number => entry.replace(/\s+/g, ' ').split(/[.!?] (?=[A-Z*_])/).length;
  expect(entries.filter((entry) => sentences(entry) > 2)).toEqual([]);
});

const TEXTS = new Map(PAGES.map((page) => [page, prose(page)]));
const CODE = new Map(
  ['shared', 'functions', 'local', 'tools'].flatMap(filesBelow).map((file) => [file, sentencesOf(file)]),
);

const TITLES = new Map(
  ['test', 'connectors'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => [file, titlesOf(file).join('\n')]),
  ),
);

const found = (texts: ReadonlyMap<string, string>, synonym: RegExp): readonly string[] =>
  [...texts].flatMap(([file, text]) =>
    [...text.matchAll(new RegExp(synonym, 'gi'))].map(
      ({ index }) => `${file}: …${text.slice(Math.max(0, index - 40), index + 40)}…`,
    ),
  );

test.each(Object.entries(SYNONYMS))('no page has another word for %s', (_, synonym) => {
  expect(found(TEXTS, synonym)).toEqual([]);
});

// Letters of the alphabet are often named in code.
test.each(Object.entries(SYNONYMS).filter(([word]) => word !== 'dead letter'))(
  'no comment and no message has another word for %s',
  (_, synonym) => {
    expect(CODE.size).toBeGreaterThan(300);
    expect(found(CODE, synonym)).toEqual([]);
  },
);

test.each(Object.entries(IN_TITLES))('no test title has another word for %s', (_, synonym) => {
  expect(TITLES.size).toBeGreaterThan(300);
  expect(found(TITLES, synonym)).toEqual([]);
});

test('a title is read with those above it', () => {
  expect(TITLES.get('test/sink/sink-settings.test.ts')).toContain(
    'required of %j names the missing variable',
  );
});
