import { uniqueName } from '../../shared/contract/table';
import { code, GENERATED } from './markdown';
import { uniqueFunction } from './unique-function';
import { wholeFunction } from './whole-function';
import type { Connector } from '../../shared/contract/connector';
import { tablesOf } from '../../shared/admin';

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

## Pushed tables

The columns of a table that is filled through ${code('/api/logs')} are made by what is pushed. A column that the table's
stream does not take yet travels in ${code('AdditionalFields')}, under its own name. ${code('npx tributary tables --out <folder>')}
writes a function for each such table, ${code('MyAppWhole')} for ${code('MyApp_CL')}, which reads each column from where it is:

\`\`\`kusto
${wholeFunction('MyApp_CL', { user_s: 'string', count_d: 'real', when_t: 'datetime' })}
\`\`\`

The local workspace makes columns when they are first seen, so that ${code('MyApp_CL')} itself is whole there.
`;
}
