import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { uniqueName, wholeName } from '../../shared/contract/table';
import type { TablePlan, DesiredTable, WorkspacePlan } from '../../shared/contract/workspace';
import { stringifyJson } from '../../shared/values/json/json';
import { uniqueFunction } from '../reference/unique-function';
import { wholeFunction } from '../reference/whole-function';
import type { Json, JsonObject } from '../../shared/contract/json';
import type { DeclaredTable } from '../../shared/admin';

const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
const TABLE_TYPE = 'Microsoft.OperationalInsights/workspaces/tables';
const RULE_TYPE = 'Microsoft.Insights/dataCollectionRules';

/** The files' contents, by path in the folder. */
export type TablesFiles = Readonly<Record<string, string>>;

/**
 * The files of a plan: one template with the new tables and rules, a request body for each existing table that gets
 * columns, and the workspace functions.
 * @param declared the tables of the connectors and of the framework @param pushed the tables that pushes have filled
 */
export function tablesFiles(
  plan: WorkspacePlan,
  declared: readonly DeclaredTable[],
  pushed: readonly DesiredTable[],
): TablesFiles {
  const chosen = new Set(plan.tables.map(({ table }) => table));
  const unique = declared
    .filter((table) => chosen.has(table.name) && table.standard !== true)
    .map((table) => [`functions/${uniqueName(table)}.kql`, `${uniqueFunction(table)}\n`]);
  const whole = pushed
    .filter(({ table }) => chosen.has(table.name))
    .map(({ columns, table }) => [
      `functions/${wholeName(table)}.kql`,
      `${wholeFunction(table.name, columns)}\n`,
    ]);
  const extended = plan.tables
    .filter(({ state }) => state === 'extended')
    .map((table) => [`tables/${table.table}.json`, text({ properties: schemaOf(table) })]);
  return {
    'template.json': text(template(plan)),
    ...(Object.fromEntries([...extended, ...unique, ...whole]) as TablesFiles),
  };
}

/** Writes the files. */
export function writeFiles(folder: string, files: TablesFiles): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** @see https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax */
function template({ rules, tables }: WorkspacePlan): JsonObject {
  const made = tables.filter(({ state }) => state === 'new');
  const written = rules.filter(({ state }) => state !== 'unchanged');
  const idOf = (table: string): string =>
    `[resourceId('${TABLE_TYPE}', parameters('workspaceName'), '${table}')]`;
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    parameters: {
      workspaceName: { type: 'string' },
      location: {
        type: 'string',
        defaultValue: '[resourceGroup().location]',
        metadata: { description: 'The region of the workspace.' },
      },
    },
    resources: [
      ...made.map((table) => ({
        type: TABLE_TYPE,
        apiVersion: '2022-10-01',
        name: `[concat(parameters('workspaceName'), '/${table.table}')]`,
        properties: schemaOf(table),
      })),
      ...written.map(({ body, name, tables: own }) => ({
        type: RULE_TYPE,
        apiVersion: '2023-03-11',
        name,
        dependsOn: made.filter(({ table }) => own.includes(table)).map(({ table }) => idOf(table)),
        ...(parametrised(body) as JsonObject),
      })),
    ],
    outputs: Object.fromEntries(
      written.map(({ name }) => [
        name,
        { type: 'object', value: `[reference(resourceId('${RULE_TYPE}', '${name}'), '2023-03-11')]` },
      ]),
    ),
  };
}

function schemaOf({ columns, table }: TablePlan): JsonObject {
  return { schema: { name: table, columns: columns.map((column) => ({ ...column })) } };
}

/** Replaces the placeholders of an unknown workspace by template parameters. */
function parametrised(value: Json): Json {
  if (value === '<location>') return "[parameters('location')]";
  if (value === '<workspace>')
    return "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]";
  if (Array.isArray(value)) return (value as readonly Json[]).map(parametrised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, parametrised(one)]));
}

function text(value: JsonObject): string {
  return `${stringifyJson(value, 2)}\n`;
}
