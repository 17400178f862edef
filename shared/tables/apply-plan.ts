import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditLog } from '../contract/operator';
import type { Clock } from '../contract/run';
import type { Workspace, WorkspacePlan } from '../contract/workspace';
import { sentIn, streamsOf } from './plan-rules';

/** One change to the workspace: the name of the table or data collection rule, its state before and after. */
export interface WorkspaceChange extends Pick<AuditEvent, 'before' | 'after'> {
  readonly name: string;
}

/** Callbacks while a plan is applied. */
export interface ApplyProgress {
  /** Called before each step with what it does. */
  readonly step: (doing: string) => void;
  /** Called right after each change, to record it. @throws UnavailableError */
  readonly record: (change: WorkspaceChange) => Promise<void>;
}

/** Applies a plan to a workspace: tables first, then the rules that refer to them. @throws as {@link Workspace} does */
export async function applyPlan(
  plan: WorkspacePlan,
  workspace: Workspace,
  { step, record }: ApplyProgress,
): Promise<void> {
  const change = async (doing: string, made: WorkspaceChange, work: () => Promise<void>): Promise<void> => {
    step(doing);
    await work();
    await record(made);
  };
  for (const { added, columns, migrates, state, table: name } of sentIn(plan)) {
    const migrated = { name, before: { classic: true }, after: { classic: false } };
    if (migrates) await change(`migrating table ${name}`, migrated, () => workspace.migrateTable(name));
    if (state === 'unchanged') continue;
    const names = columns.map((column) => column.name);
    const isNew = state === 'new';
    await change(
      isNew ? `creating table ${name}` : `adding ${added.length} columns to table ${name}`,
      {
        name,
        before: isNew ? null : { columns: names.slice(0, -added.length) },
        after: { columns: names },
      },
      () => (isNew ? workspace.makeTable(name, columns) : workspace.extendTable(name, columns)),
    );
  }
  const written = plan.rules.filter(({ state }) => state !== 'unchanged');
  const existing = written.length === 0 ? [] : await workspace.readRules();
  for (const { body, name } of written) {
    const before = existing.find((rule) => rule.name === name);
    const written = {
      name,
      before: before === undefined ? null : streamsOf(before.body),
      after: streamsOf(body),
    };
    await change(`writing data collection rule ${name}`, written, () => workspace.putRule(name, body));
  }
}

/** The connector name in audit events on the workspace. Their `source` is the name of the table or rule. */
const TABLES = 'tables';

/**
 * Records one change to the workspace in the audit log, under the name of the changed table or rule.
 * @throws UnavailableError when storage cannot be reached
 */
export async function recordChange(
  { auditLog, clock }: { readonly auditLog: AuditLog; readonly clock: Clock },
  { by, what }: Pick<AuditEvent, 'by'> & { readonly what: Extract<AuditEvent['what'], `tables-${string}`> },
  { name, ...change }: WorkspaceChange,
): Promise<void> {
  const place = { connector: TABLES, instance: 'default', source: name };
  await auditLog.add({ ...place, ...change, what, by, id: randomUUID(), at: clock.now().toISOString() });
}
