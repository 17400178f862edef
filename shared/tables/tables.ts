import { SettingError } from '../contract/errors';
import type { Clock, Log } from '../contract/run';
import { streamName } from '../contract/table';
import type {
  TablePlan,
  ExistingRule,
  ExistingWorkspace,
  DesiredTable,
  WorkspacePlan,
} from '../contract/workspace';
import { applyPlan, type WorkspaceChange } from './apply';
import { chooseRules, planRules, sentIn, streamIn } from './plan-rules';
import { neededSettings, type NeededSetting } from './plan-settings';
import { planTable } from './plan-table';
import { columnsOf, streamColumnsAfter } from '../rows/stream-columns';
import { readAzure, readRuleName, type AzureSettings } from './azure-settings';
import { withWorkspace } from './open';
import { readDcrStreams } from '../sink/dcr-streams';
import type { OpenCredential } from '../sink/token';
import { canonicalJson } from '../values/json/json';
import { insteadOf } from '../values/nearest';
import type { State } from '../run/stores';
import { recordChange } from './audit';
import type { Environment } from '../settings/environment';
import { withoutEndSlashes } from '../kit/define';

/** Where no workspace was asked: what stands for it in a definition. */
const UNKNOWN: ExistingWorkspace = {
  id: '<workspace>',
  location: '<location>',
  tables: new Map(),
  rules: [],
};

/** Which tables, and what may be done to them. */
export interface PlanOptions {
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
  plan(options: PlanOptions): Promise<WorkspacePlan>;
  /**
   * Carries a plan out, an act for each change, and remembers what the streams take.
   * @param by who acts @param step is told what is done, before it is
   */
  apply(plan: WorkspacePlan, by: string, step: (doing: string) => void): Promise<AppliedPlan>;
  /**
   * Takes it that somebody else has carried a plan out, where the workspace that was asked does not say otherwise; an
   * act for each stream of which something else is known then. @param by who acts
   * @returns the tables of which it is remembered
   */
  remember(plan: WorkspacePlan, by: string): Promise<string[]>;
}

/** What {@link WorkspaceTables} stands on. */
export interface WorkspaceTablesTools {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** What is known of streams, and what operators did. */
  readonly state: () => Pick<State, 'auditLog' | 'streams'>;
  /** Every table that the app knows. */
  readonly desired: () => Promise<readonly DesiredTable[]>;
  readonly open?: OpenCredential;
}

/** @throws SettingError for settings that are malformed */
export function createWorkspaceTables(tools: WorkspaceTablesTools): WorkspaceTables {
  const { clock, env, state } = tools;
  const azure = readAzure(env);
  const ruleName = readRuleName(env);
  const routes = readDcrStreams(env);
  const now = {
    endpoint: withoutEndSlashes(env['LOGS_INGESTION_ENDPOINT']?.trim() ?? ''),
    dcr: env['DCR_IMMUTABLE_ID']?.trim() ?? '',
    streams: routes,
  };
  const named = [now.dcr, ...Object.values(routes).map(({ dcr }) => dcr)];

  /** Rules that settings name, then those of our own name, in the order of their numbers. */
  const usable = (rules: readonly ExistingRule[]): ExistingRule[] => {
    const own = new RegExp(`^${ruleName.replaceAll('.', '\\.')}(?:-(\\d+))?$`);
    const rank = ({ immutableId, name }: ExistingRule): number => {
      const at = named.indexOf(immutableId);
      return at >= 0 ? at : named.length + Number(own.exec(name)?.[1] ?? 1);
    };
    return rules
      .filter(({ immutableId, name }) => named.includes(immutableId) || own.test(name))
      .sort((a, b) => rank(a) - rank(b));
  };

  const planWith = (
    desired: readonly DesiredTable[],
    existing: ExistingWorkspace,
    migrates: readonly string[],
  ): Omit<WorkspacePlan, 'isCompared'> => {
    const choice = chooseRules(usable(existing.rules), ruleName);
    const tables = desired.map((one): TablePlan => {
      const { name } = one.table;
      const own = routes[name]?.stream;
      const stream = own ?? streamName({ name });
      const table = existing.tables.get(name);
      const options = { stream, migrates: migrates.includes(name), rule: '' };
      const alone = planTable(one, { table }, options);
      if (alone.state === 'classic' || alone.state === 'refused') return alone;
      const { name: rule, existing: known } = choice.choose(stream);
      const declared = known === undefined ? undefined : streamIn(known, stream);
      const way = { stream: declared?.columns, transformKql: declared?.transformKql };
      return planTable(one, { table, ...way }, { ...options, rule });
    });
    const standard = new Set(desired.flatMap(({ table }) => (table.standard === true ? [table.name] : [])));
    const outputOf = (table: string): string => `${standard.has(table) ? 'Microsoft' : 'Custom'}-${table}`;
    return { tables, rules: planRules(tables, existing, outputOf) };
  };

  /** @returns what is known now and was not before */
  const keep = async (plan: WorkspacePlan, tables: readonly TablePlan[]): Promise<WorkspaceChange[]> => {
    const { streams } = state();
    const changes: WorkspaceChange[] = [];
    for (const table of tables) {
      const before = await streams.read(table.table).catch(() => undefined);
      const added =
        plan.isCompared || before === undefined ? table.streamAdded : Object.keys(table.streamColumns);
      const after = streamColumnsAfter({ ...table, streamAdded: added }, before, clock.now());
      await streams.write(table.table, after);
      const change = { before: columnsOf(before), after: columnsOf(after) };
      const isChanged = canonicalJson(change.before) !== canonicalJson(change.after);
      if (isChanged) changes.push({ name: table.table, ...change });
    }
    return changes;
  };

  const record = (what: 'tables-apply' | 'tables-deployed', by: string, change: WorkspaceChange) =>
    recordChange({ auditLog: state().auditLog, clock }, { what, by }, change);

  return {
    missing: isNotConfigured(azure) ? azure : [],

    async plan({ migrates, names }) {
      const desired = choose(await tools.desired(), [...names, ...migrates]);
      if (isNotConfigured(azure)) return { ...planWith(desired, UNKNOWN, []), isCompared: false };
      return withWorkspace(azure, tools, async (workspace) => {
        const existing = await workspace.read(desired.map(({ table }) => table.name));
        return { ...planWith(desired, existing, migrates), isCompared: true };
      });
    },

    async apply(plan, by, step) {
      if (isNotConfigured(azure)) throw new SettingError(`changing the workspace: ${notSetSentence(azure)}`);
      return withWorkspace(azure, tools, async (workspace) => {
        await applyPlan(plan, workspace, { step, record: (change) => record('tables-apply', by, change) });
        const rules = await workspace.readRules();
        await keep(plan, sentIn(plan));
        const used = plan.rules.flatMap(({ name }) => rules.find((rule) => rule.name === name) ?? []);
        return { settings: neededSettings(sentIn(plan), used, now), ruleIds: used.map(({ id }) => id) };
      });
    },

    async remember(plan, by) {
      const done = new Set(plan.rules.filter(({ state }) => state === 'unchanged').map(({ name }) => name));
      const sent = sentIn(plan).filter(
        ({ rule, state }) => !plan.isCompared || (state === 'unchanged' && done.has(rule)),
      );
      // Rows that DCR_STREAMS gives another table: what its stream takes is the operator's word.
      const others = plan.tables.filter((one) => one.state === 'refused' && one.streamAdded.length > 0);
      const tables = [...sent, ...others];
      for (const change of await keep(plan, tables)) await record('tables-deployed', by, change);
      return tables.map(({ table }) => table);
    },
  };
}

/** What is not set, in words. */
export function notSetSentence(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not set.`;
}

function isNotConfigured(azure: AzureSettings | readonly string[]): azure is readonly string[] {
  return Array.isArray(azure);
}

function choose(all: readonly DesiredTable[], names: readonly string[]): readonly DesiredTable[] {
  const known = all.map(({ table }) => table.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new SettingError(
      `choosing tables: there is no table ${unknown}.${insteadOf(unknown, known)} A pushed table is known once something was pushed to it.`,
    );
  }
  return names.length === 0 ? all : all.filter(({ table }) => names.includes(table.name));
}
