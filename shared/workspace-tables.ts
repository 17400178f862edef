import { SettingError } from './contract/errors';
import type { Clock, Log } from './contract/run';
import { streamName } from './contract/table';
import type {
  Streams,
  TablePlan,
  ThereRule,
  ThereWorkspace,
  WantedTable,
  WorkspacePlan,
} from './contract/workspace';
import { chooseRules, planRules, streamIn } from './flow/plan-rules';
import { neededSettings, type NeededSetting } from './flow/plan-settings';
import { planTable } from './flow/plan-table';
import { streamColumnsAfter } from './flow/stream-columns';
import { readAzure, readRuleName, type AzureSettings } from './io/azure-settings';
import { withWorkspace } from './io/open-workspace';
import type { Environment } from './io/settings';
import { parseObject } from './io/sink-settings';
import type { OpenCredential } from './io/token';

/** Where no workspace was asked: what stands for it in a definition. */
const UNKNOWN: ThereWorkspace = { id: '<workspace>', location: '<location>', tables: new Map(), rules: [] };

/** Which tables, and what may be done to them. */
export interface TablesWish {
  /** Empty: every table that the app knows. */
  readonly names: readonly string[];
  /** Classic tables that are migrated for good. */
  readonly migrates: readonly string[];
}

/** A rule that rows are sent to from now on, and who must be allowed to. */
export interface AppliedPlan {
  readonly settings: readonly NeededSetting[];
  /** In Azure Resource Manager. */
  readonly ruleIds: readonly string[];
}

/** The workspace's side of every table that the app knows. All of it throws as the settings, storage and Azure do. */
export interface WorkspaceTables {
  /** What is missing for a workspace to be asked; empty where nothing is. */
  readonly missing: readonly string[];
  /** Changes nothing. @throws SettingError for a name that is no table of the app's */
  plan(wish: TablesWish): Promise<WorkspacePlan>;
  /** Carries a plan out, and remembers what the streams take. @param step is told what is done, before it is */
  apply(plan: WorkspacePlan, step: (doing: string) => void): Promise<AppliedPlan>;
  /**
   * Takes it that somebody else has carried a plan out, where the workspace that was asked does not say otherwise.
   * @returns the tables of which it is remembered
   */
  remember(plan: WorkspacePlan): Promise<string[]>;
}

/** What {@link WorkspaceTables} stands on. */
export interface WorkspaceTablesTools {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly streams: () => Streams;
  /** Every table that the app knows. */
  readonly wanted: () => Promise<readonly WantedTable[]>;
  readonly open?: OpenCredential;
}

/** @throws SettingError for settings that are malformed */
export function createWorkspaceTables(tools: WorkspaceTablesTools): WorkspaceTables {
  const { clock, env, streams } = tools;
  const azure = readAzure(env);
  const ruleName = readRuleName(env);
  const routes = parseObject('DCR_STREAMS', env['DCR_STREAMS']);
  const now = {
    endpoint: env['LOGS_INGESTION_ENDPOINT']?.trim().replace(/\/+$/, '') ?? '',
    dcr: env['DCR_IMMUTABLE_ID']?.trim() ?? '',
    streams: routes,
  };
  const named = [now.dcr, ...Object.values(routes).map((route) => (route as { dcr?: string }).dcr ?? '')];

  /** Rules that settings name, then those of our own name, in the order of their numbers. */
  const usable = (rules: readonly ThereRule[]): ThereRule[] => {
    const own = new RegExp(`^${ruleName.replaceAll('.', '\\.')}(?:-(\\d+))?$`);
    const rank = ({ immutableId, name }: ThereRule): number => {
      const at = named.indexOf(immutableId);
      return at >= 0 ? at : named.length + Number(own.exec(name)?.[1] ?? 1);
    };
    return rules
      .filter(({ immutableId, name }) => named.includes(immutableId) || own.test(name))
      .sort((a, b) => rank(a) - rank(b));
  };

  const planWith = (
    wanted: readonly WantedTable[],
    there: ThereWorkspace,
    migrates: readonly string[],
  ): Omit<WorkspacePlan, 'isCompared'> => {
    const choice = chooseRules(usable(there.rules), ruleName);
    const tables = wanted.map((one): TablePlan => {
      const { name } = one.table;
      const own = (routes[name] as { stream?: string } | undefined)?.stream;
      const stream = own ?? streamName({ name });
      const table = there.tables.get(name);
      const wish = { stream, migrates: migrates.includes(name), rule: '' };
      const alone = planTable(one, { table }, wish);
      if (alone.state === 'classic' || alone.state === 'refused') return alone;
      const { name: rule, there: known } = choice.choose(stream);
      const declared = known === undefined ? undefined : streamIn(known, stream);
      const way = { stream: declared?.columns, transformKql: declared?.transformKql };
      return planTable(one, { table, ...way }, { ...wish, rule });
    });
    const standard = new Set(wanted.flatMap(({ table }) => (table.standard === true ? [table.name] : [])));
    const outputOf = (table: string): string => `${standard.has(table) ? 'Microsoft' : 'Custom'}-${table}`;
    return { tables, rules: planRules(tables, there, outputOf) };
  };

  const keep = async (plan: WorkspacePlan, tables: readonly TablePlan[]): Promise<void> => {
    for (const table of tables) {
      const before = await streams()
        .read(table.table)
        .catch(() => undefined);
      const added =
        plan.isCompared || before === undefined ? table.streamAdded : Object.keys(table.streamColumns);
      const after = streamColumnsAfter({ ...table, streamAdded: added }, before, clock.now());
      await streams().write(table.table, after);
    }
  };

  return {
    missing: isMissing(azure) ? azure : [],

    async plan({ migrates, names }) {
      const wanted = choose(await tools.wanted(), [...names, ...migrates]);
      if (isMissing(azure)) return { ...planWith(wanted, UNKNOWN, []), isCompared: false };
      return withWorkspace(azure, tools, async (workspace) => {
        const there = await workspace.read(wanted.map(({ table }) => table.name));
        return { ...planWith(wanted, there, migrates), isCompared: true };
      });
    },

    async apply(plan, step) {
      if (isMissing(azure)) throw new SettingError(`changing the workspace: ${missingSentence(azure)}`);
      return withWorkspace(azure, tools, async (workspace) => {
        for (const { added, columns, migrates, state, table } of sentOf(plan)) {
          if (migrates) {
            step(`migrating table ${table}`);
            await workspace.migrateTable(table);
          }
          if (state === 'unchanged') continue;
          step(
            state === 'new' ? `making table ${table}` : `adding ${added.length} columns to table ${table}`,
          );
          if (state === 'new') await workspace.makeTable(table, columns);
          else await workspace.extendTable(table, columns);
        }
        for (const { body, name, state } of plan.rules) {
          if (state === 'unchanged') continue;
          step(`writing data collection rule ${name}`);
          await workspace.putRule(name, body);
        }
        const rules = await workspace.readRules();
        await keep(plan, sentOf(plan));
        const used = plan.rules.flatMap(({ name }) => rules.find((rule) => rule.name === name) ?? []);
        return { settings: neededSettings(sentOf(plan), used, now), ruleIds: used.map(({ id }) => id) };
      });
    },

    async remember(plan) {
      const done = new Set(plan.rules.filter(({ state }) => state === 'unchanged').map(({ name }) => name));
      const sent = sentOf(plan).filter(
        ({ rule, state }) => !plan.isCompared || (state === 'unchanged' && done.has(rule)),
      );
      // Rows that DCR_STREAMS gives another table: what its stream takes is the operator's word.
      const others = plan.tables.filter((one) => one.state === 'refused' && one.streamAdded.length > 0);
      const tables = [...sent, ...others];
      await keep(plan, tables);
      return tables.map(({ table }) => table);
    },
  };
}

/** What is not set, in words. */
export function missingSentence(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not set.`;
}

function isMissing(azure: AzureSettings | readonly string[]): azure is readonly string[] {
  return Array.isArray(azure);
}

function sentOf({ tables }: WorkspacePlan): TablePlan[] {
  return tables.filter(({ state }) => state !== 'classic' && state !== 'refused');
}

function choose(all: readonly WantedTable[], names: readonly string[]): readonly WantedTable[] {
  const unknown = names.filter((name) => all.every(({ table }) => table.name !== name));
  if (unknown.length > 0) {
    throw new SettingError(
      `choosing tables: the app knows no ${unknown.join(', ')}. It knows ${all.map(({ table }) => table.name).join(', ')}; a pushed table once something was pushed to it.`,
    );
  }
  return names.length === 0 ? all : all.filter(({ table }) => names.includes(table.name));
}
