import { SettingError } from '../contract/errors';
import type { Json, JsonObject } from '../contract/json';
import type { TableColumn, ExistingRule, ExistingTable, Workspace } from '../contract/workspace';
import { compilePath, isObject } from '../values/paths';
import type { AzureSettings } from './azure-settings';
import type { ResourceManager } from './azure-resources';

/**
 * The workspace, its tables and the rules beside it, in Azure Resource Manager.
 * @see https://learn.microsoft.com/rest/api/loganalytics/tables
 * @see https://learn.microsoft.com/rest/api/monitor/data-collection-rules
 */
const WORKSPACE_API = '2022-10-01';
const RULES_API = '2023-03-11';

/** The roles that each half needs. @see https://learn.microsoft.com/azure/azure-monitor/logs/custom-logs-migrate#permissions-required */
export const TABLES_ROLE = 'the role Log Analytics Contributor on the workspace';
export const RULES_ROLE = 'the role Monitoring Contributor on the resource group';

/** A door for each role, so that a refusal names the one that is missing. */
export interface WorkspaceClients {
  readonly tables: ResourceManager;
  readonly rules: ResourceManager;
}

/** The body that makes a table, or gives it more columns. */
export function tableBody(name: string, columns: readonly TableColumn[]): JsonObject {
  return { properties: { schema: { name, columns: columns as unknown as Json } } };
}

/** All of it throws as {@link ResourceManager} does. */
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

  const readRule = async (body: JsonObject): Promise<ExistingRule[]> => {
    const { id, name } = body;
    const immutableId = IMMUTABLE_ID(body);
    if (typeof id !== 'string' || typeof name !== 'string' || typeof immutableId !== 'string') return [];
    const own = ENDPOINT(body);
    const collectionEndpoint = COLLECTION_ENDPOINT(body);
    const endpoint =
      typeof own === 'string' || typeof collectionEndpoint !== 'string'
        ? own
        : COLLECTION_ADDRESS(
            (await clients.rules.get({
              doing: `reading the data collection endpoint of ${name}`,
              path: collectionEndpoint,
              apiVersion: RULES_API,
            })) ?? {},
          );
    return [{ id, name, immutableId, body, ...(typeof endpoint === 'string' ? { endpoint } : {}) }];
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
      const { id, location } = body ?? {};
      if (typeof id !== 'string' || typeof location !== 'string') {
        throw new SettingError(
          `reading the workspace: there is none at ${workspace}. Check AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and WORKSPACE_NAME.`,
        );
      }
      const read = async (name: string): Promise<ExistingTable[]> =>
        toTable(name, await clients.tables.get(tableAt('reading table', name)));
      const tables = (await Promise.all(names.map(read))).flat();
      return {
        id,
        location,
        tables: new Map(tables.map((table) => [table.name, table])),
        rules: await readRules(),
      };
    },
    readRules,
    makeTable: (name, columns) =>
      clients.tables.change({
        ...tableAt('making table', name),
        method: 'PUT',
        body: tableBody(name, columns),
      }),
    // PATCH, because what a PUT does not name, as how long rows are kept, would be set back.
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

const IMMUTABLE_ID = compilePath('properties.immutableId');
const ENDPOINT = compilePath('properties.endpoints.logsIngestion');
const COLLECTION_ENDPOINT = compilePath('properties.dataCollectionEndpointId');
const COLLECTION_ADDRESS = compilePath('properties.logsIngestion.endpoint');
const SCHEMA = compilePath('properties.schema');

function toTable(name: string, body: JsonObject | undefined): ExistingTable[] {
  const schema = body === undefined ? undefined : SCHEMA(body);
  if (!isObject(schema)) return [];
  const {
    columns = [],
    standardColumns = [],
    tableSubType,
  } = schema as unknown as {
    readonly columns?: readonly TableColumn[];
    readonly standardColumns?: readonly TableColumn[];
    readonly tableSubType?: Json;
  };
  return [{ name, isClassic: tableSubType === 'Classic', columns, standardColumns }];
}
