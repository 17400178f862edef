import type { AuditEvent } from '../contract/operator';
import type { Workspace, WorkspacePlan } from '../contract/workspace';
import { sentIn, streamsOf } from './plan-rules';

/** What an operator changed in a workspace: the name of a table or of a data collection rule, what it was and what it is. */
export interface WorkspaceChange extends Pick<AuditEvent, 'before' | 'after'> {
  readonly name: string;
}

/** Who is recorded while a plan is carried out. */
export interface ApplyProgress {
  /** Told what is done, before it is. */
  readonly step: (doing: string) => void;
  /** Told what was changed, at once when it is. @throws UnavailableError */
  readonly record: (change: WorkspaceChange) => Promise<void>;
}

/** Changes a workspace as a plan says: its tables first, then the rules, which name them. @throws as the workspace does */
export async function applyPlan(
  plan: WorkspacePlan,
  workspace: Workspace,
  { step, record }: ApplyProgress,
): Promise<void> {
  const change = async (
    doing: string,
    recorded: WorkspaceChange,
    work: () => Promise<void>,
  ): Promise<void> => {
    step(doing);
    await work();
    await record(recorded);
  };
  for (const { added, columns, migrates, state, table: name } of sentIn(plan)) {
    const migrated = { name, before: { classic: true }, after: { classic: false } };
    if (migrates) await change(`migrating table ${name}`, migrated, () => workspace.migrateTable(name));
    if (state === 'unchanged') continue;
    const names = columns.map((column) => column.name);
    const isNew = state === 'new';
    await change(
      isNew ? `making table ${name}` : `adding ${added.length} columns to table ${name}`,
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
    const recorded = {
      name,
      before: before === undefined ? null : streamsOf(before.body),
      after: streamsOf(body),
    };
    await change(`writing data collection rule ${name}`, recorded, () => workspace.putRule(name, body));
  }
}
