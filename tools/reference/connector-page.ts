import { declarationsIn, exportedFiles, type Declaration, type Doc, type Part } from './declarations';
import { code, GENERATED, markdownTable } from './markdown';

const INDEX = 'shared/index.ts';

/** The chapters, with the files whose declarations they show. Files in no chapter go to a last one, `Also`. */
const CHAPTERS: readonly (readonly [title: string, files: readonly string[]])[] = [
  ['The connector', ['kit/define-connector', 'contract/connector']],
  ['Tables and columns', ['kit/column-makers', 'contract/table']],
  [
    'A vendor’s API as data',
    [
      'kit/rest/rest',
      'kit/rest/polling-link',
      'kit/rest/paging/one-answer',
      'kit/rest/paging/graphql-pages',
      'kit/rest/steps/listed',
      'contract/rest',
      'contract/rest-steps',
      'kit/objects/objects',
      'contract/objects',
      'contract/windows',
    ],
  ],
  ['Authentication', ['contract/auth', 'kit/auth/authorized']],
  ['Rate limits', ['contract/budget']],
  ['What a vendor posts', ['contract/webhook']],
  ['In code', ['contract/http', 'kit/formats/file-pages', 'kit/value-at', 'kit/signatures', 'contract/json']],
  ['Errors', ['contract/errors']],
  ['The simulated vendor', ['contract/simulator']],
];

/**
 * The declarations that a connector may import, and the types that they refer to, by chapter.
 * @param files name and text of each source file
 * @throws Error that names the chapter, if one of its files does not exist or declares nothing that a connector may use
 */
export function authorsDeclarations(
  files: readonly (readonly [file: string, text: string])[],
): readonly (readonly [title: string, declarations: readonly Declaration[]])[] {
  const texts = new Map(files);
  const exported = exportedFiles(INDEX, texts.get(INDEX) ?? '');
  const inChapters = CHAPTERS.flatMap(([, own]) => own.map((file) => `shared/${file}.ts`));
  const others = exported.map(([file]) => file).filter((file) => !inChapters.includes(file));
  const all = [...inChapters, ...others].flatMap((file) => declarationsIn(file, texts.get(file) ?? ''));
  const shown = withReferences(
    exported.flatMap(([, names]) => names ?? []),
    all,
  );
  const of = (own: readonly string[]): readonly Declaration[] =>
    own.flatMap((file) => all.filter((each) => each.file === file && shown.has(each.name)));
  const chapters = CHAPTERS.map(([title, own]) => {
    const paths = own.map((file) => `shared/${file}.ts`);
    const empty = paths.find((file) => of([file]).length === 0);
    if (empty === undefined) return [title, of(paths)] as const;
    const because = texts.has(empty)
      ? 'which declares nothing that a connector may use'
      : 'which does not exist';
    throw new Error(
      `Writing docs/reference/connector.md: the chapter "${title}" shows ${empty}, ${because}. ` +
        'Correct CHAPTERS in tools/reference/connector-page.ts.',
    );
  });
  return others.length === 0 ? chapters : [...chapters, ['Also', of(others)]];
}

/** The names, and the names of all declarations that they refer to, directly or not. */
function withReferences(names: readonly string[], all: readonly Declaration[]): ReadonlySet<string> {
  const found = new Set(names);
  const referencesOf = ({ parts, signature }: Declaration): readonly string[] =>
    [signature, ...parts.flatMap(({ name, type }) => [name, type])].join(' ').match(/\b[A-Z]\w*/g) ?? [];
  // Iterating a set also visits elements that are added meanwhile.
  for (const name of found)
    for (const declaration of all.filter((each) => each.name === name))
      for (const reference of referencesOf(declaration)) found.add(reference);
  return found;
}

/** docs/reference/connector.md: everything that a connector may import from `shared`, and the types that it uses. */
export function connectorPage(files: readonly (readonly [file: string, text: string])[]): string {
  const index = files.find(([file]) => file === INDEX)?.[1] ?? '';
  const names = exportedFiles(INDEX, index).flatMap(([, own]) => own ?? []);
  const chapters = authorsDeclarations(files).map(
    ([title, all]) => `## ${title}\n\n${all.map(section).join('\n\n')}`,
  );
  return `# What a connector is made of

${GENERATED}

A connector imports these ${names.length} names from \`tributary/shared\` (\`../../shared\` in the tree):
${[...names].sort().map(code).join(', ')}.

The compiler infers every other type on this page. [Write a connector](../write-a-connector.md) shows how the names are
used. A member whose name ends in \`?\` may be left out. The name of a number says its unit: \`…Ms\` are milliseconds.

${chapters.join('\n\n')}
`;
}

function section({ doc, name, parts, signature }: Declaration): string {
  const isList = parts.length > 0 && parts[0]?.type === '';
  // For most interfaces, the heading already says this.
  const shown = isList || signature === `interface ${name}` ? [] : ['```ts', signature, '```'];
  const table = parts.length === 0 ? '' : isList ? alternatives(parts) : members(parts);
  return [`### ${name}`, shown.join('\n'), doc.text, tagText(doc), table]
    .filter((each) => each !== '')
    .join('\n\n');
}

const WORDS: Readonly<Record<string, string>> = {
  throws: 'Throws',
  returns: 'Returns',
  example: 'Example:',
  see: 'See',
  default: 'By default',
};

/** The tags of a declaration, one line each. */
function tagText({ tags }: Doc): string {
  return tags
    .map(([tag, text]) => {
      if (tag === 'param') return text.replace(/^(\w+)/, '- `$1`:');
      return `- ${WORDS[tag] ?? tag} ${tag === 'example' ? code(text) : text}`;
    })
    .join('\n');
}

function members(parts: readonly Part[]): string {
  const rows = parts.map(({ doc, name, type }) => [
    code(name),
    code(type),
    doc.tags.find(([tag]) => tag === 'default')?.[1],
    sentence(doc),
  ]);
  return markdownTable(['Member', 'Type', 'Default', 'What'], rows);
}

function alternatives(parts: readonly Part[]): string {
  return markdownTable(
    ['One of', 'What'],
    parts.map(({ doc, name }) => [code(name), sentence(doc)]),
  );
}

/** The text and tags of a member, for one table cell. */
function sentence({ tags, text }: Doc): string {
  const more = tags
    .filter(([tag]) => tag !== 'default')
    .map(([tag, each]) => {
      if (tag === 'param') return each.replace(/^(\w+)/, '`$1`:');
      return `${WORDS[tag] ?? tag} ${tag === 'example' ? code(each) : each}`;
    });
  return [text, ...more]
    .filter((each) => each !== '')
    .map(ended)
    .join(' ');
}

function ended(text: string): string {
  return /[.:?!`]$/.test(text) ? text : `${text}.`;
}
