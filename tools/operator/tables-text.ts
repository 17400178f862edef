import type { TablePlan, WorkspacePlan } from '../../shared/contract/workspace';
import { textTable } from '../cli/text-table';

/** How many columns of a table are named; the files have them all. */
const NAMED = 12;

/** A plan as text: a line per table, with its notes. */
export function tablesText(plan: WorkspacePlan): string {
  const { rules, tables } = plan;
  return [
    textTable(tables.map(line)),
    ...tables.flatMap(notesOf),
    ...rules.map(
      ({ name, state, tables: own }) =>
        `Data collection rule ${name}: ${state}, with the ${own.length === 1 ? 'stream' : `${own.length} streams`} of ${own.join(', ')}.`,
    ),
  ].join('\n');
}

/** What applying the plan does, in one sentence; `undefined` when there is nothing to do. */
export function changesOf({ rules, tables }: WorkspacePlan): string | undefined {
  const names = (state: TablePlan['state']): string[] =>
    tables.filter((table) => table.state === state && !table.migrates).map(({ table }) => table);
  const migrated = tables.filter(({ migrates }) => migrates).map(({ table }) => table);
  const written = rules.filter(({ state }) => state !== 'unchanged').map(({ name }) => name);
  const parts = [
    ...(names('new').length === 0 ? [] : [`makes ${names('new').join(', ')}`]),
    ...(names('extended').length === 0 ? [] : [`adds columns to ${names('extended').join(', ')}`]),
    ...(migrated.length === 0 ? [] : [`migrates ${migrated.join(', ')}, which cannot be undone`]),
    ...(written.length === 0 ? [] : [`writes data collection rule ${written.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : `This ${parts.join('; ')}.`;
}

function line({ added, left, rule, state, streamColumns, table }: TablePlan): Record<string, unknown> {
  return {
    table,
    state,
    columns: Object.keys(streamColumns).length,
    'to add': added.length,
    'in AdditionalFields': left.length,
    rule,
  };
}

function notesOf({ added, left, notes, state, table }: TablePlan): string[] {
  return [
    ...(state === 'extended'
      ? [`${table} gets ${some(added.map(({ name, type }) => `${name} (${type})`))}.`]
      : []),
    ...(left.length === 0 ? [] : [`${table} keeps in AdditionalFields: ${some(left)}.`]),
    ...notes.map((note) => `${table}: ${note}`),
  ];
}

function some(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}
