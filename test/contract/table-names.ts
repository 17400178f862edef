import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '../../shared/contract/connector';
import type { Table } from '../../shared/contract/table';

interface MicrosoftTables {
  /** Azure's tables that the Logs Ingestion API accepts. */
  readonly standard: readonly string[];
  /** Custom tables that Microsoft's own connectors, rules and parsers use. */
  readonly custom: readonly string[];
}

const file = readFileSync(join(__dirname, 'microsoft-tables.json'), 'utf8');
const { custom, standard } = JSON.parse(file) as MicrosoftTables;
const TAKEN = namesOf(custom);
const STANDARD = namesOf(standard);
/** `SINK=data-collector` sends the rows of a standard table to a custom one of its name. */
const CLASSIC = namesOf(standard.map((name) => `${name}_CL`));

/**
 * The problems of a connector's table names, compared with those of Microsoft's connectors. A workspace that has both would get
 * one table with the columns of two, and Microsoft's rules and parsers would read unknown rows. Case is ignored.
 */
export function tableNameProblems({ sources }: Pick<Connector, 'sources'>): string[] {
  return Object.values(sources).flatMap(({ table }) => problemOf(table) ?? []);
}

function problemOf({ name, standard: isStandard }: Table): string | undefined {
  const key = name.toLowerCase();
  if (isStandard === true)
    return STANDARD.has(key) ? undefined : `${name} is no standard table that the Logs Ingestion API takes.`;
  if (CLASSIC.has(key))
    return `${name} is where SINK=data-collector sends rows of the standard table. Name yours otherwise.`;
  return TAKEN.has(key)
    ? `${name} is a table of Microsoft's own content. Name yours otherwise; or, if its columns are meant to be those, say so in fixtures/waivers.json.`
    : undefined;
}

function namesOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}
