/** A Markdown table. Escapes characters that would end a cell. Prettier aligns it. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
): string {
  const line = (cells: readonly (string | undefined)[]): string =>
    `| ${cells.map((cell) => (cell ?? '').replace(/\s+/g, ' ').replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A text as inline code; the empty text stays empty. */
export function code(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** The note at the top of every generated page. */
export const GENERATED = '_Generated from the code by `npm run generate`; a test fails when it is stale._';
