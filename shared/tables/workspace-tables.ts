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
import { applyPlan, type WorkspaceChange } from './apply-plan';
import { chooseRules, planRules, sentIn, streamIn } from './plan-rules';
import { neededSettings, type NeededSetting } from './plan-settings';
import { planTable } from './plan-table';
import { columnsOf, streamColumnsAfter } from '../rows/stream-columns';
import { readAzure, readRuleName, type AzureSettings } from './azure-settings';
import { withWorkspace } from './open-workspace';
import { readDcrStreams } from '../sink/dcr-streams';
import type { OpenCredential } from '../sink/token';
import { canonicalJson } from '../values/json/json';
import { unknownNameHint } from '../values/did-you-mean';
import type { Stores } from '../run/stores';
import { recordChange } from './apply-plan';
import type { Environment } from '../settings/environment';
import { withoutEndSlashes } from '../kit/define-connector';

/** Placeholders in definitions when no workspace is configured. */
const UNKNOWN: ExistingWorkspace = {
  id: '<workspace>',
  location: '<location>',
  tables: new Map(),
  rules: [],
};

/** Which tables to plan, and which to migrate. */
export interface PlanOptions {
  /** Empty: every table that the app knows. */
  readonly names: readonly string[];
  /** Classic tables to migrate; this cannot be undone. */
  readonly migrates: readonly string[];
}

/** The result of an applied plan: settings to make, and rules that the app's identity must be allowed to send to. */
export interface AppliedPlan {
  readonly settings: readonly NeededSetting[];
  /** In Azure Resource Manager. */
  readonly ruleIds: readonly string[];
}

/** Plans and applies the tables and rules of the workspace. Every method throws as settings, storage and Azure do. */
export interface WorkspaceTables {
  /** The settings that are missing to read the workspace; empty when it is configured. */
  readonly missing: readonly string[];
  /** Changes nothing. @throws SettingError for a table that the app does not fill */
  plan(options: PlanOptions): Promise<WorkspacePlan>;
  /**
   * Applies a plan, records an audit event for each change, and stores the columns that the streams accept.
   * @param by who acts @param step called before each step with what it does
   */
  apply(plan: WorkspacePlan, by: string, step: (doing: string) => void): Promise<AppliedPlan>;
  /**
   * Stores the columns that the streams accept after somebody else deployed the plan, except where the
   * workspace shows that it is not deployed. Records an audit event for each stream that changed. @param by who acts
   * @returns the tables whose columns were stored
   */
  remember(plan: WorkspacePlan, by: string): Promise<string[]>;
}

/** Dependencies of {@link WorkspaceTables}. */
export interface WorkspaceTablesTools {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** The known streams and the audit log. */
  readonly state: () => Pick<Stores, 'auditLog' | 'streams'>;
  /** Every table that the app fills. */
  readonly desired: () => Promise<readonly DesiredTable[]>;
  readonly open?: OpenCredential;
}

/** @throws SettingError for malformed settings */
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

  /** The rules named in settings, then those with our name, by number. */
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

  /** Stores the columns that the streams accept. @returns the changes to the stored columns */
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
      // DCR_STREAMS routes these rows to another table. Its stream is not compared: the operator confirms it.
      const others = plan.tables.filter((one) => one.state === 'refused' && one.streamAdded.length > 0);
      const tables = [...sent, ...others];
      for (const change of await keep(plan, tables)) await record('tables-deployed', by, change);
      return tables.map(({ table }) => table);
    },
  };
}

/** `A, B are not set.` */
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
      `choosing tables: there is no table ${unknown}.${unknownNameHint(unknown, known)} A pushed table is known once something was pushed to it.`,
    );
  }
  return names.length === 0 ? all : all.filter(({ table }) => names.includes(table.name));
}
