import { tablesOf, type Connector } from '../../shared/app';
import { uniqueName } from '../../shared/contract/table';
import { code, GENERATED } from './markdown';
import { uniqueFunction } from './unique-function';

/** docs/reference/functions.md: for every table, the workspace function that returns each of its events once. */
export function functionsPage(connectors: readonly Connector[]): string {
  const sections = tablesOf(connectors).map(
    (table) =>
      `## ${uniqueName(table)}\n\nEach event of ${code(table.name)} once.\n\n\`\`\`kusto\n${uniqueFunction(table)}\n\`\`\``,
  );
  return `# Functions

${GENERATED}

A run that ends between sending a page and saving that it was sent sends the page again: no event is lost, and some may
stand in the table twice. Both copies have the same ${code('EventId')}. For each table there is a function that returns
each event once; ask it in place of the table, in rules too.

In the workspace, open Logs, paste the text, and choose Save, Save as function, with the heading's name. Or let the
command line do it, with the text in a file:

    az monitor log-analytics workspace saved-search create --resource-group <group> --workspace-name <workspace> \\
      --name <function> --display-name <function> --category Tributary --fa <function> --saved-query @<file>

The local workspace has a view of the same name for each: ${code('npx tributary query "SELECT count(*) FROM OktaSystemLogUnique"')}.

${sections.join('\n\n')}
`;
}
