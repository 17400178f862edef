import { code, GENERATED, markdownTable } from './markdown';
import { sentencesOf, type Sentence } from './sentences';

const KINDS = [
  ['SettingError', 'The operator acts: a setting or a permission must change.'],
  ['UnavailableError', 'Time acts: the next run goes on from the last page that was saved.'],
  ['ContractError', 'The connector’s author acts: what it declares and what the vendor does differ.'],
] as const;

/**
 * docs/reference/errors.md: the three error classes, and every message that they are thrown with, read from the sources.
 * @param files name and text of each source file
 */
export function errorsPage(files: readonly (readonly [file: string, text: string])[]): string {
  const errors = files.find(([file]) => file === 'shared/contract/errors.ts')?.[1] ?? '';
  const who = [...errors.matchAll(/^ \* (\|.*\|)$/gm)].map(([, row = '']) =>
    row.replace(/\{@link (\w+)\}/g, '`$1`'),
  );
  const all = sentencesOf(files);
  const of = (kind: string): string => sentences(all.filter((sentence) => sentence.kind === kind));
  return `# Errors

${GENERATED}

An error is named for who must act. It says: doing what, to what, because what; then what to do. In the lists below
\`<name>\` stands for a value; where nothing stands under _What to do_, the sentence says what must be so.

${who.join('\n')}

${KINDS.map(([kind, acts]) => `## ${kind}\n\n${acts}\n\n${of(kind)}`).join('\n\n')}

## What is wrong with settings, or with a connector's shape

All problems are reported at once. For settings the operator acts; \`<NAME>_…\` variables are named as they are set. What
is said of sources, tables, columns or \`rest\` is for the connector's author, and the folder is left out meanwhile.

${of('problem')}
`;
}

function sentences(all: readonly Sentence[]): string {
  if (all.length === 0) return 'None is raised yet.';
  const rows = all.map(({ file, text }): string[] => {
    const end = text.search(/\.[ ]+(?=[A-Z<])/);
    const [message, remedy] = end < 0 ? [text, ''] : [text.slice(0, end + 1), text.slice(end + 1).trim()];
    return [code(message), code(remedy), code(file.replace('shared/', ''))];
  });
  const unique = [...new Map(rows.map((row) => [row.join('\n'), row])).values()];
  return markdownTable(['It says', 'What to do', 'Raised in `shared/`'], unique);
}
