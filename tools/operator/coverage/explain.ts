import Table from 'cli-table3';
import { writeFileSync } from 'node:fs';
import type { CoverageReport } from '../../../shared/contract/coverage-report';
import { stringifyJson } from '../../../shared/values/json/json';
import { EXIT } from '../../cli/run';
import { withCompleteCommands, printUnchanged } from '../../cli/output';
import { explainHtml } from './explain-html';
import { explainFacts, explainTables } from './explain-tables';
import { withAdmin, idOf, type AdminCommand } from '../admin-session';
import { parseTime } from '../parse-time';

/** The options of `tributary explain`. */
export interface ExplainCommand extends AdminCommand {
  readonly from: string;
  readonly to: string;
  readonly html?: boolean;
  readonly out?: string;
}

/** `tributary explain`: what became of a source's events in a time range, for an auditor. @returns the exit code; 0 whatever the status */
export async function explain(root: string, target: string, options: ExplainCommand): Promise<number> {
  const now = new Date();
  const [from, to] = [parseTime(options.from, now), parseTime(options.to, now)];
  if (from >= to) throw new Error('--from must be before --to.');
  return withAdmin(root, { ...options, target, isReading: true }, async (session) => {
    const id = await idOf(session, target);
    const explanation = withCompleteCommands(await session.admin.explain(id, from, to));
    const text =
      options.json === true
        ? stringifyJson(explanation)
        : options.html === true
          ? explainHtml(explanation)
          : explainText(explanation);
    if (options.out === undefined) printUnchanged(text);
    else writeFileSync(options.out, `${text}\n`);
    return EXIT.fine;
  });
}

/** The coverage report for the terminal. */
function explainText(one: CoverageReport): string {
  const facts = explainFacts(one).map(([name, value]) => `${name.padEnd(18)}${value}`);
  const tables = explainTables(one).map(({ head, none, rows, title }) => {
    if (rows.length === 0) return `${title}: ${none}`;
    const table = new Table({ head: [...head], style: { head: [], border: [] } });
    for (const row of rows) table.push([...row]);
    return `${title}\n${table.toString()}`;
  });
  return [
    facts.join('\n'),
    [`Status: ${one.verdict}`, ...one.reasons.map((reason) => `  ${reason}`)].join('\n'),
    ...(one.commands.length === 0 ? [] : [['To do:', ...one.commands.map((each) => `  ${each}`)].join('\n')]),
    ...tables,
  ].join('\n\n');
}
