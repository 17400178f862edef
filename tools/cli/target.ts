import { unknownNameHint } from '../../shared/values/did-you-mean';
import type { Connector } from '../../shared/contract/connector';
import type { LoadedConnectors } from '../../shared/contract/connector-folder';

/** A parsed `connector[/source][@instance]`. */
export interface Target {
  readonly connector: string;
  readonly source: string | undefined;
  readonly instance: string | undefined;
}

/** Parses a target. @throws Error that shows the syntax */
export function parseTarget(text: string): Target {
  const match = /^([a-z0-9-]+)(?:\/([A-Za-z0-9_]+))?(?:@([a-z0-9_-]+))?$/i.exec(text);
  if (match === null)
    throw new Error(
      `${text} is not a connector or source. Write connector, connector/source or connector/source@instance.`,
    );
  return { connector: match[1] ?? '', source: match[2], instance: match[3] };
}

/** The connector of a target. @throws Error for an unknown connector or source, with the known ones */
export function findConnector(
  { connector: name, source }: Target,
  { broken, connectors }: LoadedConnectors,
): Connector {
  const found = connectors.find((connector) => connector.name === name);
  if (found === undefined) {
    const left = broken.find(({ folder }) => folder === name);
    if (left !== undefined)
      throw new Error(`${left.path ?? `connectors/${name}`} is left out: ${left.problem}`);
    const known = connectors.map((connector) => connector.name);
    throw new Error(`There is no connector ${name}.${unknownNameHint(name, known)}`);
  }
  if (source !== undefined) requireSource(found, source);
  return found;
}

/** @throws Error for an unknown source, with the sources of the connector */
export function requireSource({ name, sources }: Connector, source: string): void {
  const known = Object.keys(sources);
  if (known.includes(source)) return;
  throw new Error(`${name} has no source ${source}.${unknownNameHint(source, known, 'Its sources')}`);
}
