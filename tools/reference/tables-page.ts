import { type Columns, FRAMEWORK_COLUMNS, type Table, streamName } from '../../shared/contract/table';
import type { Connector, Source } from '../../shared/contract/connector';
import { code, GENERATED, markdownTable } from './markdown';
import { tablesOf } from '../../shared/admin';

/** docs/reference/tables.md: every table that rows are written to, with its columns. */
export function tablesPage(connectors: readonly Connector[]): string {
  const own = connectors.flatMap(({ sources, title }) =>
    Object.entries(sources).map(([key, source]) =>
      section(source.table, `${title}, ${source.title ?? key}`, kept(source), source.updates),
    ),
  );
  const health = tablesOf([]).map((table) => section(table, 'one row for each run of each source'));
  return `# Tables

${GENERATED}

## Columns of every table

They come first, in this order.

${columns(FRAMEWORK_COLUMNS, false)}

${[...own, ...health].join('\n\n')}
`;
}

/** How long the vendor keeps events. */
function kept({ retention }: Source): string {
  if (retention === undefined) return ' The vendor does not say how long it keeps them.';
  const { days, except, source } = retention;
  const shorter = except === undefined ? '' : `, ${except.what} ${except.days} days`;
  return ` The vendor keeps them for ${days} days${shorter} ([source](${source})).`;
}

function section(table: Table, what: string, more = '', updates?: 'in-place'): string {
  const own = table.eventId === undefined ? 'the hash of the record' : code(table.eventId);
  const id =
    updates === undefined ? own : `${own} and a hash of the record, whose vendor changes it in place`;
  const from = `Event time from ${code(table.time)}, event id from ${id}.${more}`;
  return `## ${table.name}\n\nHolds: ${what}. Stream ${code(streamName(table))}. ${from}\n\n${columns(table.columns, true)}`;
}

function columns(all: Columns, withPath: boolean): string {
  const rows = Object.entries(all).map(([name, { from, help, type }]) =>
    withPath
      ? [code(name), type, from === undefined ? 'computed' : code(from), help]
      : [code(name), type, help],
  );
  return markdownTable(withPath ? ['Column', 'Type', 'From', 'What'] : ['Column', 'Type', 'What'], rows);
}
