import * as z from 'zod/mini';
import { ContractError, SettingError } from '../contract/errors';
import type { JsonObject } from '../contract/json';
import type { TableColumn, ExistingRule, ExistingTable, Workspace } from '../contract/workspace';
import type { AzureSettings } from './azure-settings';
import type { ResourceManager } from './azure-resources';

/**
 * The workspace, its tables and the rules beside it, in Azure Resource Manager.
 * @see https://learn.microsoft.com/rest/api/loganalytics/tables
 * @see https://learn.microsoft.com/rest/api/monitor/data-collection-rules
 */
const WORKSPACE_API = '2022-10-01';
const RULES_API = '2023-03-11';

/**
 * The roles for tables and for rules.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/custom-logs-migrate#permissions-required
 */
export const TABLES_ROLE = 'the role Log Analytics Contributor on the workspace';
export const RULES_ROLE = 'the role Monitoring Contributor on the resource group';

/** One client per role, so that a refusal names the missing role. */
export interface WorkspaceClients {
  readonly tables: ResourceManager;
  readonly rules: ResourceManager;
}

/** The request body that creates a table or adds columns. */
function tableBody(name: string, columns: readonly TableColumn[]): JsonObject {
  return { properties: { schema: { name, columns: columns.map((column) => ({ ...column })) } } };
}

/** Every method throws as {@link ResourceManager} does. */
export function createWorkspace({ group, workspace }: AzureSettings, clients: WorkspaceClients): Workspace {
  const tableAt = (doing: string, name: string, rest = '') => ({
    doing: `${doing} ${name}`,
    path: `${workspace}/tables/${name}${rest}`,
    apiVersion: WORKSPACE_API,
  });
  const rulesAt = (doing: string, rest = '') => ({
    doing,
    path: `${group}/providers/Microsoft.Insights/dataCollectionRules${rest}`,
    apiVersion: RULES_API,
  });

  const endpointAt = async (rule: string, path: string | null | undefined): Promise<string | undefined> => {
    if (path == null) return undefined;
    const doing = `reading the data collection endpoint of ${rule}`;
    const body = await clients.rules.get({ doing, path, apiVersion: RULES_API });
    return COLLECTION_ENDPOINT.safeParse(body).data?.properties.logsIngestion.endpoint;
  };
  const readRule = async (body: JsonObject): Promise<ExistingRule[]> => {
    const rule = toRule(body);
    if (rule === undefined) return [];
    const { id, name } = rule;
    const { dataCollectionEndpointId, endpoints, immutableId } = rule.properties;
    const endpoint = endpoints?.logsIngestion ?? (await endpointAt(name, dataCollectionEndpointId));
    return [{ id, name, immutableId, body, ...(endpoint === undefined ? {} : { endpoint }) }];
  };
  const readRules = async (): Promise<ExistingRule[]> => {
    const rules = await clients.rules.list(rulesAt('listing the data collection rules'));
    return (await Promise.all(rules.map(readRule))).flat();
  };

  return {
    async read(names) {
      const body = await clients.tables.get({
        doing: 'reading the workspace',
        path: workspace,
        apiVersion: WORKSPACE_API,
      });
      const found = WORKSPACE.safeParse(body).data;
      if (found === undefined) {
        throw new SettingError(
          `reading the workspace: there is no workspace at ${workspace}. Check AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and WORKSPACE_NAME.`,
        );
      }
      const read = async (name: string): Promise<ExistingTable[]> =>
        toTable(name, await clients.tables.get(tableAt('reading table', name)));
      const tables = (await Promise.all(names.map(read))).flat();
      return {
        ...found,
        tables: new Map(tables.map((table) => [table.name, table])),
        rules: await readRules(),
      };
    },
    readRules,
    makeTable: (name, columns) =>
      clients.tables.change({
        ...tableAt('creating table', name),
        method: 'PUT',
        body: tableBody(name, columns),
      }),
    // PATCH: a PUT would reset what it does not name, such as the retention.
    extendTable: (name, columns) =>
      clients.tables.change({
        ...tableAt('adding columns to table', name),
        method: 'PATCH',
        body: tableBody(name, columns),
      }),
    migrateTable: (name) =>
      clients.tables.change({ ...tableAt('migrating table', name, '/migrate'), method: 'POST' }),
    putRule: (name, body) =>
      clients.rules.change({
        ...rulesAt(`writing data collection rule ${name}`, `/${name}`),
        method: 'PUT',
        body,
      }),
  };
}

/** Azure writes null for some members that are not set. */
const text = z.nullish(z.string());
const WORKSPACE = z.object({ id: z.string(), location: z.string() });
const RULE = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    immutableId: z.string(),
    endpoints: z.nullish(z.object({ logsIngestion: text })),
    dataCollectionEndpointId: text,
  }),
});
/** The least that a rule needs to receive rows. A body without it is ignored; any other deviation is an error. */
const RULE_NAME = z.object({ name: z.string(), properties: z.object({ immutableId: z.string() }) });
const COLLECTION_ENDPOINT = z.object({
  properties: z.object({ logsIngestion: z.object({ endpoint: z.string() }) }),
});
/** Keeps unknown members, because the columns are sent back. */
const COLUMNS = z.nullish(z.array(z.looseObject({ name: z.string(), type: z.string() })));
const TABLE = z.object({
  properties: z.object({
    schema: z.nullish(z.object({ columns: COLUMNS, standardColumns: COLUMNS, tableSubType: text })),
  }),
});

/**
 * @returns `undefined` for a rule without an immutable id, which rows cannot be sent to
 * @throws ContractError when the rest of it is not as documented: a plan without the rule would create it again
 */
function toRule(body: JsonObject): z.output<typeof RULE> | undefined {
  const read = RULE.safeParse(body);
  if (read.success) return read.data;
  const named = RULE_NAME.safeParse(body).data;
  if (named === undefined) return undefined;
  throw undocumented(`rule ${named.name}`, read.error);
}

/** @throws ContractError when the answer is not as documented: a plan from incomplete columns would be wrong */
function toTable(name: string, body: JsonObject | undefined): ExistingTable[] {
  if (body === undefined) return [];
  const read = TABLE.safeParse(body);
  if (!read.success) throw undocumented(`table ${name}`, read.error);
  const { schema } = read.data.properties;
  if (schema == null) return [];
  const { columns, standardColumns, tableSubType } = schema;
  const isClassic = tableSubType === 'Classic';
  return [{ name, isClassic, columns: columns ?? [], standardColumns: standardColumns ?? [] }];
}

function undocumented(what: string, { issues }: z.core.$ZodError): ContractError {
  const at = issues[0]?.path.join('.') ?? '';
  return new ContractError(
    `reading ${what}: ${at} of the answer is not what the API documents. Check AZURE_RESOURCE_MANAGER_URL.`,
  );
}
