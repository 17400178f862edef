/**
 * Formats a table without lines between its columns, as narrow as its content. Numbers are right-aligned.
 * @param text the columns that hold text
 */
export function alignedTable(
  head: readonly string[],
  body: readonly (readonly string[])[],
  text: readonly string[],
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => (cells[column] ?? '').length)),
  );
  const padded = (cell: string, column: number): string =>
    text.includes(head[column] ?? '') ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const line = (cells: readonly string[]): string => cells.map(padded).join('  ').trimEnd();
  return [line(head), line(widths.map((width) => '─'.repeat(width))), ...body.map(line)].join('\n');
}
