import Table from 'cli-table3';
import type { CoverageReport } from '../../../shared/contract/coverage-report';
import { explainFacts, explainTables } from './explain-tables';

/** An explanation for the terminal. */
export function explainText(one: CoverageReport): string {
  const facts = explainFacts(one).map(([name, value]) => `${name.padEnd(18)}${value}`);
  const tables = explainTables(one).map(({ head, none, rows, title }) => {
    if (rows.length === 0) return `${title}: ${none}`;
    const table = new Table({ head: [...head], style: { head: [], border: [] } });
    for (const row of rows) table.push([...row]);
    return `${title}\n${table.toString()}`;
  });
  return [
    facts.join('\n'),
    [`Verdict: ${one.verdict}`, ...one.reasons.map((reason) => `  ${reason}`)].join('\n'),
    ...(one.commands.length === 0 ? [] : [['To do:', ...one.commands.map((each) => `  ${each}`)].join('\n')]),
    ...tables,
  ].join('\n\n');
}
