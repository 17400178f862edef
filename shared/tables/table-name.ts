import { streamName } from '../contract/table';
import type { ExistingTable, DesiredTable } from '../contract/workspace';
import { TABLE_LIMITS, isTableName } from './table-definition';

/** Why a table of this name cannot be created or changed, and the remedy; `undefined` when it can. */
export function nameRefusal(
  { differsInCase, table: { name, standard } }: DesiredTable,
  { table }: { readonly table?: ExistingTable | undefined },
): string | undefined {
  const route = (stream: string): string =>
    `DCR_STREAMS={"${name}":{"dcr":"<the rule's immutable id>","stream":"${stream}"}}`;
  if (differsInCase !== undefined)
    return `Its name differs from ${differsInCase} in case alone, and Azure keeps the two for one table. Send the Log-Type of the other. For what waits already: have ${differsInCase} made, which gets the columns of both, set ${route(streamName({ name: differsInCase }))}, and run "npx tributary tables ${name} --deployed".`;
  if (table === undefined && standard !== true && !isTableName(name))
    return `No table can be made with this name: it begins with a letter, has at most ${TABLE_LIMITS.nameLength} characters, and ends in _CL. Send another Log-Type. For what waits already: make a table with a rule of your own, set ${route('Custom-<its name>')}, see with --json which columns it needs, and run "npx tributary tables ${name} --deployed".`;
  return undefined;
}
