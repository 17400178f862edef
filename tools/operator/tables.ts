import { isDataCollector } from '../../shared/values/source-kind';
import type { DesiredTable, WorkspacePlan } from '../../shared/contract/workspace';
import { EXIT } from '../cli/run';
import { print } from '../cli/output';
import { actor, withAdmin, isConfirmed, WARNINGS, type AdminCommand, type Session } from './admin-session';
import { tablesFiles, writeFiles } from './tables-files';
import { changesOf, tablesText } from './tables-text';
import { type WorkspaceTables, notSetSentence, openTables, tablesOf } from '../../shared/admin';

/** The options of `tributary tables`. */
export interface TablesCommand extends AdminCommand {
  readonly apply: boolean;
  readonly migrate?: readonly string[];
  readonly out?: string;
  readonly deployed: boolean;
}

/**
 * `tributary tables`: plans the tables and rules, and applies the plan with `--apply`.
 * @returns the exit code, 1 when requested work is left
 */
export async function tables(
  root: string,
  names: readonly string[],
  options: TablesCommand,
): Promise<number> {
  const { apply, deployed, migrate = [] } = options;
  if (migrate.length > 0 && !apply) throw new Error('--migrate changes tables permanently. Add --apply.');
  if (apply && deployed)
    throw new Error('--apply creates what is missing; --deployed records that it exists. Choose one.');
  return withAdmin(
    root,
    {
      ...options,
      whereNone: changesNothing(options) ? 'aside' : 'refuse',
      isReading: changesNothing(options),
    },
    async (session) => {
      const workspace = openTables(session.app, WARNINGS);
      if (apply && workspace.missing.length > 0)
        throw new Error(
          `${notSetSentence(workspace.missing)} They name the workspace to change. Set them, and sign in with an identity that may change it (az login, or AZURE_CLIENT_ID and the two beside it).`,
        );
      const plan = await workspace.plan({ names, migrates: migrate });
      if (options.json !== true) print(tablesText(plan));
      if (options.out !== undefined) await writeOut(session, plan, options.out, options.json === true);
      if (apply) return applyPlan(workspace, plan, options);
      if (deployed) return reportDeployed(plan, await workspace.remember(plan, actor(options)));
      print(options.json === true ? plan : closing(plan, workspace.missing, options));
      return EXIT.fine;
    },
  );
}

/** True if the command works without storage, before anything ever ran. */
function changesNothing({ apply, deployed }: TablesCommand): boolean {
  return !apply && !deployed;
}

/** @returns the exit code, 1 when the workspace lacks something of the plan */
function reportDeployed({ tables: all }: WorkspacePlan, remembered: readonly string[]): number {
  const others = all.map(({ table }) => table).filter((table) => !remembered.includes(table));
  if (remembered.length > 0) print(`From now on the app uses the columns of ${remembered.join(', ')}.`);
  if (others.length > 0) print(`Not as required, and left unchanged: ${others.join(', ')}.`);
  return others.length > 0 ? EXIT.failed : EXIT.fine;
}

async function applyPlan(
  workspace: WorkspaceTables,
  plan: WorkspacePlan,
  options: TablesCommand,
): Promise<number> {
  const changes = changesOf(plan);
  if (changes !== undefined && !(await isConfirmed(`${changes} Continue?`, options))) return EXIT.failed;
  const isJson = options.json === true;
  const done = await workspace.apply(plan, actor(options), (doing) =>
    isJson ? undefined : print(`${doing} …`),
  );
  const leftOut = plan.tables.filter(({ state }) => state === 'classic' || state === 'refused');
  if (isJson) print({ ...plan, ...done });
  else {
    print(changes === undefined ? 'Nothing to change.' : 'Done.');
    for (const { isSet, name, value } of done.settings)
      print(isSet ? `${name} is up to date.` : `Set ${name}=${value}`);
    for (const id of done.ruleIds)
      print(
        `The app’s identity needs: az role assignment create --role "Monitoring Metrics Publisher" --assignee <its object id> --scope ${id}`,
      );
    for (const { table } of leftOut) print(`${table} is unchanged; see above.`);
  }
  return leftOut.length > 0 ? EXIT.failed : EXIT.fine;
}

async function writeOut(
  { app, env }: Session,
  plan: WorkspacePlan,
  folder: string,
  isQuiet: boolean,
): Promise<void> {
  const declared = tablesOf(app.connectors, env);
  const pushed = (await app.spool())
    .filter(isDataCollector)
    .map(({ columns, table }): DesiredTable => ({ table: { name: table, classic: true }, columns }));
  const files = tablesFiles(plan, declared, pushed);
  writeFiles(folder, files);
  if (!isQuiet) print(`${folder} holds ${Object.keys(files).sort().join(', ')}.`);
}

function closing(plan: WorkspacePlan, missing: readonly string[], { out }: TablesCommand): string {
  const compared = plan.isCompared
    ? []
    : [`The workspace was not read: ${notSetSentence(missing)} This is what an empty workspace needs.`];
  const extended = plan.tables.filter(({ state }) => state === 'extended').map(({ table }) => table);
  const deploy =
    out === undefined
      ? []
      : [
          `Deploy them: az deployment group create --resource-group <group> --template-file ${out}/template.json --parameters workspaceName=<workspace>`,
          ...extended.map(
            (table) =>
              `and: az rest --method patch --uri <workspace id>/tables/${table}?api-version=2022-10-01 --body @${out}/tables/${table}.json`,
          ),
          'then run "npx tributary tables --deployed"',
        ];
  return [...compared, 'Nothing has changed; add --apply to change it.', ...deploy].join('\n');
}
