import { createInterface } from 'node:readline/promises';
import { join, relative, resolve } from 'node:path';
import { folders } from '../../connectors/list';
import { argvFor } from '../cli/connector-folders';
import { filesOf, formatted, writeNew } from './connector-files';
import { checkName, planConnector, unknownsOf, type Plan } from './plan-connector';
import { askForMissing, askForUnknowns, checkPath, checkUrl } from './questions';
import type { NewCommand } from './options';
import { print } from '../cli/output';
import type { Connector } from '../../shared/contract/connector';
import { loadConnectors } from '../../shared/load';
import { variableOf } from '../../shared/admin';

export type { NewCommand } from './options';

/**
 * `tributary new`: writes a folder that passes the contract suite, from the author's flags and a sample answer. At a
 * terminal it asks for what no flag says. @returns the exit code
 */
export async function newConnector(root: string, name: string, flags: NewCommand): Promise<number> {
  checkName(name);
  const options = process.stdin.isTTY && process.stdout.isTTY ? await atTerminal(name, flags) : flags;
  if (options.url !== undefined) checkUrl(options.url);
  if (options.path !== undefined) checkPath(options.path);
  const folder = join(resolve(options.folder ?? join(root, 'connectors')), name);
  const plan = planConnector(name, options);
  checkClash(plan.connector);
  const files = await formatted(filesOf(plan, root, folder), root);
  writeNew(folder, files);
  print(report(plan, relative(process.cwd(), folder) || '.', Object.keys(files), argvFor(root, folder)));
  return 0;
}

/** Refuses a name whose variables another connector has: both connectors would be off. @throws Error naming the variable */
function checkClash(connector: Connector): void {
  const { name } = connector;
  const others = folders().filter((folder) => folder.name !== name);
  const { broken } = loadConnectors([...others, { name, load: () => connector }]);
  const clash = broken.find(({ folder }) => folder === name);
  if (clash !== undefined) throw new Error(`Writing ${name}: ${clash.problem}`);
}

async function atTerminal(name: string, flags: NewCommand): Promise<NewCommand> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ask = (question: string): Promise<string> => terminal.question(question);
    const said = await askForMissing(name, flags, ask);
    return await askForUnknowns(said, unknownsOf(name, said), ask);
  } finally {
    terminal.close();
  }
}

/** Reports the written files, the guesses, and the next three steps. */
function report(
  { connector, source, table, rows, masked, isInvented }: Plan,
  folder: string,
  files: readonly string[],
  argv: string,
): string {
  const variables = Object.keys(connector.settings).map((key) => variableOf(connector.name, key));
  const columns = Object.keys(table.columns).length;
  const lines = [
    `Wrote ${folder}: ${files.join(', ')}`,
    '',
    `  ${source} -> ${table.name}: ${columns} columns, time ${table.time}, event id ${table.eventId ?? 'the hash of the record'}; ${rows.length} records as fixtures`,
    ...(masked === ''
      ? []
      : [
          `  Replaced in the fixtures: ${masked}. Read them before you commit: the mask finds only what looks personal or secret.`,
        ]),
    ...(isInvented
      ? [
          '  Without --sample all values are invented. Save one answer of the vendor and start again with --sample.',
        ]
      : []),
    '',
    `1. Compare ${folder}/index.ts and tables.ts with the vendor's documentation, and complete README.md.`,
    `2. npx tributary check ${argv}`,
    `3. npm run build, set ${variables.join(', ')}, then "npx tributary run ${argv}"`,
  ];
  return lines.join('\n');
}
