import type { CoverageReport } from '../../../shared/contract/coverage-report';
import { explainFacts, explainTables, type ExplainTable } from './explain-tables';
import { formatId } from '../../../shared/contract/checkpoint';

/** For screen and paper. Loads nothing from other addresses. */
const STYLE = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.status { border-left: .4rem solid; padding: .6rem 1rem; margin: 1.5rem 0; background: #f6f8fa; }
.status strong { font-size: 1.15rem; } .status ul { margin: .4rem 0 0; padding-left: 1.2rem; }
.complete { border-color: #1a7f37; } .completed-late { border-color: #0969da; }
.recoverable { border-color: #9a6700; } .lost { border-color: #cf222e; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
td.long { overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; } td { font-variant-numeric: tabular-nums; }
code { font: .87rem ui-monospace, monospace; background: #f6f8fa; padding: .1rem .3rem; }
p.none { color: var(--soft); margin: 0; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } tr, .status { break-inside: avoid; } }
`;

/** A cell with more characters may be broken anywhere. */
const LONG = 40;

/** The coverage report as one self-contained HTML page. All values are escaped. */
export function explainHtml(one: CoverageReport): string {
  const name = formatId(one.id);
  const facts = explainFacts(one).map(([term, value]) => `<dt>${escape(term)}</dt><dd>${escape(value)}</dd>`);
  const reasons = one.reasons.map((reason) => `<li>${escape(reason)}</li>`).join('');
  const commands = one.commands.map((command) => `<li><code>${escape(command)}</code></li>`).join('');
  const source =
    one.retention === undefined
      ? ''
      : `<p class="none">How long the vendor keeps its records: ${escape(one.retention.source)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(name)}: ${escape(one.verdict)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>What became of the events of ${escape(name)}</h1>
<dl>${facts.join('')}</dl>
<div class="status ${one.verdict.replace(' ', '-')}"><strong>Status: ${escape(one.verdict)}</strong><ul>${reasons}</ul></div>
${commands === '' ? '' : `<h2>To do</h2><ol>${commands}</ol>`}
${explainTables(one).map(section).join('\n')}
${source}
</body>
</html>`;
}

function section({ head, none, rows, title }: ExplainTable): string {
  const heading = `<h2>${escape(title)}</h2>`;
  if (rows.length === 0) return `${heading}<p class="none">${escape(none)}</p>`;
  const open = (tag: 'th' | 'td', cell: string): string => (cell.length > LONG ? `${tag} class="long"` : tag);
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${open(tag, cell)}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  return `${heading}<table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
