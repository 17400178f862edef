import type { Json, JsonObject } from '../contract/json';
import type { ColumnType } from '../contract/table';
import type { RulePlan, TablePlan, ExistingRule, ExistingWorkspace } from '../contract/workspace';
import { TABLE_LIMITS } from './table-definition';
import { isObject } from '../values/json-path';

/** Read-only members: the service writes them and rejects them in a request. */
const READ_ONLY = ['immutableId', 'provisioningState', 'endpoints', 'metadata', 'ingestionQuotas'];

/** A stream of a rule. */
export interface RuleStream {
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly transformKql: string | undefined;
}

/** The stream of this name in a rule. */
export function streamIn({ body }: Pick<ExistingRule, 'body'>, stream: string): RuleStream | undefined {
  const { dataFlows, streamDeclarations } = propertiesOf(body);
  const declaration = isObject(streamDeclarations) ? streamDeclarations[stream] : undefined;
  if (!isObject(declaration)) return undefined;
  const columns = list(declaration['columns']).map(
    ({ name, type }) => [text(name), text(type) as ColumnType] as const,
  );
  const flow = list(dataFlows).find(({ streams }) => Array.isArray(streams) && streams.includes(stream));
  const kql = flow?.['transformKql'];
  return { columns: new Map(columns), transformKql: typeof kql === 'string' ? kql : undefined };
}

/** The column names of every stream in a rule. */
export function streamsOf(body: JsonObject): JsonObject {
  const { streamDeclarations } = propertiesOf(body);
  const names = Object.keys(isObject(streamDeclarations) ? streamDeclarations : {});
  return Object.fromEntries(
    names.map((name) => [name, [...(streamIn({ body }, name)?.columns.keys() ?? [])]]),
  );
}

/** Chooses rules: the rule that already has the stream, else the first with room, else a new one. */
export interface RuleChoice {
  /** The rule for a stream. */
  choose(stream: string): { readonly name: string; readonly existing?: ExistingRule };
}

/** @param rules the rules that may be changed, in order of preference @param name of new rules: `tributary`, `tributary-2` */
export function chooseRules(rules: readonly ExistingRule[], name: string): RuleChoice {
  const counts = new Map<string, number>(rules.map((rule) => [rule.name, countOf(rule)]));
  const known = new Map(rules.map((rule) => [rule.name, rule]));
  return {
    choose(stream) {
      const own = rules.find((rule) => streamIn(rule, stream) !== undefined);
      if (own !== undefined) return { name: own.name, existing: own };
      let chosen = [...counts].find(([, count]) => count < TABLE_LIMITS.streams)?.[0];
      for (let number = 1; chosen === undefined; number++) {
        const next = number === 1 ? name : `${name}-${number}`;
        if (!counts.has(next)) chosen = next;
      }
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
      const existing = known.get(chosen);
      return { name: chosen, ...(existing === undefined ? {} : { existing }) };
    },
  };
}

/** The tables that receive rows once the plan is applied. */
export function sentIn({ tables }: { readonly tables: readonly TablePlan[] }): TablePlan[] {
  return tables.filter(({ state }) => state !== 'classic' && state !== 'refused');
}

/** Each rule with the streams of its tables. Everything else in a rule is kept. */
export function planRules(
  tables: readonly TablePlan[],
  existing: Pick<ExistingWorkspace, 'id' | 'location' | 'rules'>,
  outputOf: (table: string) => string,
): RulePlan[] {
  const sent = sentIn({ tables });
  return [...new Set(sent.map(({ rule }) => rule))].map((name) => {
    const own = sent.filter(({ rule }) => rule === name);
    const known = existing.rules.find((rule) => rule.name === name);
    const body = ruleBody(known?.body, own, existing, outputOf);
    const isSame = known !== undefined && JSON.stringify(body) === JSON.stringify(writable(known.body));
    return {
      name,
      state: known === undefined ? 'new' : isSame ? 'unchanged' : 'extended',
      tables: own.map(({ table }) => table),
      body,
      ...(known === undefined ? {} : { immutableId: known.immutableId }),
      ...(known?.endpoint === undefined ? {} : { endpoint: known.endpoint }),
    };
  });
}

function ruleBody(
  known: JsonObject | undefined,
  tables: readonly TablePlan[],
  { id, location }: Pick<ExistingWorkspace, 'id' | 'location'>,
  outputOf: (table: string) => string,
): JsonObject {
  const base = known === undefined ? { location, kind: 'Direct' } : writable(known);
  const properties = propertiesOf(base);
  const { destination, destinations } = destinationFor(properties, id);
  let declarations = isObject(properties['streamDeclarations']) ? properties['streamDeclarations'] : {};
  const flows = list(properties['dataFlows']);
  for (const { stream, streamColumns, table, transformKql } of tables) {
    const at = flows.findIndex(({ streams }) => Array.isArray(streams) && streams.includes(stream));
    const existing = flows[at];
    const flow = {
      streams: [stream],
      destinations: [destination],
      transformKql,
      outputStream: outputOf(table),
    };
    // An existing flow keeps its members; only a transformation that we wrote is replaced.
    if (existing === undefined) flows.push(flow);
    else if ((existing['transformKql'] ?? 'source') !== transformKql)
      flows[at] = { ...existing, transformKql };
    const declared = isObject(declarations[stream]) ? declarations[stream] : {};
    const before = list(declared['columns']);
    const has = new Set(before.map(({ name }) => name));
    const added = Object.entries(streamColumns).filter(([name]) => !has.has(name));
    const columns = [...before, ...added.map(([name, type]) => ({ name, type }))];
    declarations = { ...declarations, [stream]: { ...declared, columns } };
  }
  return {
    ...base,
    properties: { ...properties, streamDeclarations: declarations, destinations, dataFlows: flows },
  };
}

/** The rule's name for the workspace as a destination, which is added when it is missing. */
function destinationFor(
  properties: JsonObject,
  workspace: string,
): { readonly destination: string; readonly destinations: JsonObject } {
  const destinations = isObject(properties['destinations']) ? properties['destinations'] : {};
  const workspaces = list(destinations['logAnalytics']);
  const known = workspaces.find(
    ({ workspaceResourceId }) => text(workspaceResourceId).toLowerCase() === workspace.toLowerCase(),
  );
  if (known !== undefined) return { destination: text(known['name']), destinations };
  const names = workspaces.map(({ name }) => name);
  const destination = names.includes('workspace') ? `workspace-${names.length + 1}` : 'workspace';
  const added = { workspaceResourceId: workspace, name: destination };
  return { destination, destinations: { ...destinations, logAnalytics: [...workspaces, added] } };
}

/** A copy of a rule without read-only members, in the original order. */
function writable(body: JsonObject): JsonObject {
  const { identity, kind, location, properties, tags } = structuredClone(body) as Record<string, Json>;
  const kept = Object.entries(isObject(properties ?? null) ? (properties as JsonObject) : {}).filter(
    ([name]) => !READ_ONLY.includes(name),
  );
  return Object.fromEntries(
    Object.entries({ location, kind, tags, identity, properties: Object.fromEntries(kept) }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as JsonObject;
}

function countOf({ body }: ExistingRule): number {
  const { dataFlows, streamDeclarations } = propertiesOf(body);
  const declared = isObject(streamDeclarations) ? Object.keys(streamDeclarations).length : 0;
  return Math.max(declared, list(dataFlows).length);
}

function propertiesOf(body: JsonObject): JsonObject {
  const { properties } = body;
  return isObject(properties) ? properties : {};
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
