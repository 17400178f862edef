import { markdownTable } from './markdown';
import type { Connector } from '../../shared/contract/connector';

const BETWEEN = /(<!-- connectors -->\n)[\s\S]*?(\n<!-- \/connectors -->)/;

/** Regenerates the README's list of connectors, between two markers. @param readmeOf returns a connector's own README */
export function withConnectorList(
  readme: string,
  connectors: readonly Connector[],
  readmeOf: (connector: string) => string,
): string {
  const rows = connectors.map(({ name, sources, title }) => [
    `[${title}](connectors/${name}/README.md)`,
    Object.entries(sources)
      .map(([key, source]) => source.title ?? key)
      .join(', '),
    /Tried against: ([^.]+)\./.exec(readmeOf(name))?.[1] ?? 'nothing yet',
  ]);
  const table = markdownTable(['Connector', 'Sources', 'Tried against'], rows);
  return readme.replace(BETWEEN, (_, start: string, end: string) => `${start}\n${table}\n${end}`);
}
