import { GENERATED, markdownTable } from './markdown';
import type { Connector } from '../../shared/contract/connector';

const BETWEEN = /(<!-- connectors -->\n)[\s\S]*?(\n<!-- \/connectors -->)/;
/** The length of a line of prose. */
const MOST_COLUMNS = 120;

/** The page of all connectors. @param readmeOf returns a connector's own README */
export function connectorsPage(
  connectors: readonly Connector[],
  readmeOf: (connector: string) => string,
): string {
  const rows = connectors.map(({ name, sources, title }) => [
    `[${title}](../../connectors/${name}/README.md)`,
    Object.entries(sources)
      .map(([key, source]) => source.title ?? key)
      .join(', '),
    /Tried against: ([^.]+)\./.exec(readmeOf(name))?.[1] ?? 'nothing yet',
  ]);
  return `# Connectors

${GENERATED}

Each has a page of its own: what to prepare, how to connect it, its data, its limits.

${markdownTable(['Connector', 'Sources', 'Tried against'], rows)}
`;
}

/** Regenerates the README's list of connectors, between two markers: names alone, because links would make it long. */
export function withConnectorList(readme: string, connectors: readonly Connector[]): string {
  const list = inLines(connectors.map(({ title }) => title));
  return readme.replace(BETWEEN, (_, start: string, end: string) => `${start}\n${list}\n${end}`);
}

/** Joins names, as many in a line as fit. */
function inLines(names: readonly string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length + 3 <= MOST_COLUMNS - 2)
      lines[lines.length - 1] = `${last} · ${name}`;
    else lines.push(name);
  }
  return lines.join(' ·\n');
}
