import type { ServerResponse } from 'node:http';
import { startLoopback, type Asked, type Loopback } from './loopback';
import { LOCAL_TOKEN } from '../../shared/admin';

/*
 * Azure Resource Manager on this machine, for tables and data collection rules. It refuses what the service refuses, and any
 * change that would lose something: a column that is left out or gets another type.
 */

export const SUBSCRIPTION = '11111111-2222-4333-8444-555555555555';
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-logs`;
export const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/siem`;
const RULES = `${GROUP}/providers/Microsoft.Insights/dataCollectionRules`;

interface Column {
  readonly name: string;
  readonly type: string;
}

export interface ArmTable {
  subType: 'Classic' | 'DataCollectionRuleBased';
  columns: Column[];
  readonly standardColumns: Column[];
}

interface StreamColumns {
  readonly columns: readonly Column[];
}

/** The checked members of a rule's body. */
export interface ArmRule {
  readonly location: string;
  readonly kind?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: {
    readonly immutableId?: string;
    readonly endpoints?: { readonly logsIngestion: string };
    readonly description?: string;
    readonly streamDeclarations: Readonly<Record<string, StreamColumns>>;
    readonly destinations: {
      readonly logAnalytics: readonly { readonly name: string; readonly workspaceResourceId: string }[];
    };
    readonly dataFlows: readonly {
      readonly streams: readonly string[];
      readonly destinations: readonly string[];
      readonly transformKql?: string;
      readonly outputStream: string;
    }[];
  };
}

export interface Arm extends Loopback {
  readonly tables: Map<string, ArmTable>;
  readonly rules: Map<string, ArmRule>;
  /** The ingestion endpoint of new rules. */
  endpoint: string;
  /** Answers a request instead of the service, if it returns anything. */
  before: (asked: Asked) => { readonly status: number; readonly body?: object } | undefined;
  /** The requested changes: `PUT X_CL`. */
  changes(): string[];
  /** The variables that point an app to it. */
  readonly env: Readonly<Record<string, string>>;
}

const STANDARD = [
  { name: 'TenantId', type: 'guid' },
  { name: 'Type', type: 'string' },
];
const TABLE_TYPES = ['string', 'int', 'long', 'real', 'boolean', 'dateTime', 'dynamic', 'guid'];
const STREAM_TYPES = ['string', 'int', 'long', 'real', 'boolean', 'datetime', 'dynamic'];

/** Starts it with an empty workspace. A new table is ready at the second request for its state. */
export async function startArm(): Promise<Arm> {
  const tables = new Map<string, ArmTable>();
  const rules = new Map<string, ArmRule>();
  const operations = new Map<string, number>();

  const answer = (response: ServerResponse, status: number, body?: object, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, code: string, message: string): void =>
    answer(response, 400, { error: { code, message } });

  const serveTable = (asked: Asked, response: ServerResponse, path: string): void => {
    const [name = '', action] = path.split('/');
    const there = tables.get(name);
    if (asked.method === 'GET') {
      if (there === undefined) return answer(response, 404, { error: { code: 'ResourceNotFound' } });
      const { columns, standardColumns, subType } = there;
      const schema = { name, tableSubType: subType, columns, standardColumns };
      return answer(response, 200, { name, properties: { schema, provisioningState: 'Succeeded' } });
    }
    if (asked.method === 'POST' && action === 'migrate') {
      if (there === undefined) return answer(response, 404);
      there.subType = 'DataCollectionRuleBased';
      return answer(response, 200);
    }
    const { properties } = JSON.parse(asked.body.toString()) as {
      properties: { schema: { name: string; columns: Column[] } };
    };
    const { columns, name: said } = properties.schema;
    const wrong = [
      ...(said === name && /^[A-Za-z]\w{0,41}_CL$/.test(name) ? [] : ['the name']),
      ...([...columns, ...(there?.standardColumns ?? [])].some(
        ({ name: one, type }) => one === 'TimeGenerated' && type === 'dateTime',
      )
        ? []
        : ['TimeGenerated']),
      ...columns
        .filter((one) => !TABLE_TYPES.includes(one.type) || !/^[A-Za-z_]\w{0,46}$/.test(one.name))
        .map((one) => one.name),
      ...(there?.columns ?? [])
        .filter((one) => !columns.some(({ name: same, type }) => same === one.name && type === one.type))
        .map((one) => `column ${one.name} would be changed`),
      ...(asked.method === 'PATCH'
        ? there === undefined
          ? ['no such table']
          : []
        : there === undefined
          ? []
          : ['a PUT over a table that is there']),
      ...(there?.subType === 'Classic' ? ['a classic table'] : []),
      ...(new Set(columns.map(({ name: one }) => one.toLowerCase())).size < columns.length
        ? ['a double']
        : []),
      ...(columns.length > 500 ? ['too many'] : []),
    ];
    if (wrong.length > 0) return refuse(response, 'InvalidParameter', wrong.join('; '));
    tables.set(name, { subType: 'DataCollectionRuleBased', standardColumns: STANDARD, ...there, columns });
    operations.set(name, 2);
    const at = `${loopback.url}${GROUP}/operations/${name}?api-version=2022-10-01`;
    return answer(response, 202, undefined, { 'azure-asyncoperation': at, 'retry-after': '0' });
  };

  const serveRule = (asked: Asked, response: ServerResponse, name: string): void => {
    const own = (one: string, rule: ArmRule) => ({ id: `${RULES}/${one}`, name: one, ...rule });
    if (asked.method === 'GET')
      return answer(response, 200, { value: [...rules].map(([one, rule]) => own(one, rule)) });
    const rule = JSON.parse(asked.body.toString()) as ArmRule;
    const wrong = wrongInRule(rule, tables);
    if (wrong !== undefined) {
      return answer(response, 400, {
        error: { code: 'InvalidPayload', message: 'Data collection rule is invalid', details: [wrong] },
      });
    }
    const immutableId =
      rules.get(name)?.properties.immutableId ?? `dcr-${String(rules.size + 1).padStart(32, '0')}`;
    const endpoints = { logsIngestion: arm.endpoint };
    rules.set(name, { ...rule, properties: { ...rule.properties, immutableId, endpoints } });
    return answer(response, 200, own(name, rules.get(name) as ArmRule));
  };

  const loopback = await startLoopback((response, asked) => {
    const url = new URL(asked.url, 'http://localhost');
    const instead = arm.before(asked);
    if (instead !== undefined) return answer(response, instead.status, instead.body);
    if (asked.headers.authorization !== `Bearer ${LOCAL_TOKEN}`) return answer(response, 401);
    if (!url.searchParams.has('api-version')) return refuse(response, 'MissingApiVersionParameter', '');
    if (asked.body.length > 0 && asked.headers['content-type'] !== 'application/json')
      return answer(response, 415);
    const path = url.pathname;
    if (path === WORKSPACE) return answer(response, 200, { id: WORKSPACE, location: 'westeurope' });
    if (path.startsWith(`${WORKSPACE}/tables/`))
      return serveTable(asked, response, path.slice(`${WORKSPACE}/tables/`.length));
    if (path.startsWith(RULES)) return serveRule(asked, response, path.slice(RULES.length + 1));
    const operation = path.split('/operations/')[1] ?? '';
    const left = operations.get(operation);
    if (left === undefined) return answer(response, 404, { error: { code: 'NotFound' } });
    operations.set(operation, left - 1);
    return answer(response, 200, { status: left > 1 ? 'InProgress' : 'Succeeded' }, { 'retry-after': '0' });
  });

  const arm: Arm = {
    ...loopback,
    tables,
    rules,
    endpoint: 'https://rule.westeurope-1.ingest.monitor.azure.com',
    before: () => undefined,
    changes: () =>
      loopback.asked
        .filter(({ method }) => method !== 'GET')
        .map(
          ({ method, url }) =>
            `${method} ${url
              .replace(/\?.*/, '')
              .split('/')
              .slice(url.includes('/migrate') ? -2 : -1)
              .join('/')}`,
        ),
    env: {
      AZURE_RESOURCE_MANAGER_URL: loopback.url,
      AZURE_SUBSCRIPTION_ID: SUBSCRIPTION,
      AZURE_RESOURCE_GROUP: 'rg-logs',
      WORKSPACE_NAME: 'siem',
    },
  };
  return arm;
}

/** The service's reasons to refuse a rule. */
function wrongInRule(
  { location, properties }: ArmRule,
  tables: ReadonlyMap<string, ArmTable>,
): { readonly code: string; readonly message: string } | undefined {
  const { dataFlows, destinations, streamDeclarations } = properties;
  const known = destinations.logAnalytics.filter(
    ({ workspaceResourceId }) => workspaceResourceId === WORKSPACE,
  );
  if (location !== 'westeurope') return { code: 'InvalidLocation', message: location };
  if (Object.keys(streamDeclarations).length > 10 || dataFlows.length > 10)
    return { code: 'TooManyStreams', message: String(dataFlows.length) };
  if ('immutableId' in properties || 'endpoints' in properties)
    return { code: 'ReadOnly', message: 'immutableId' };
  for (const { destinations: to, outputStream, streams, transformKql = 'source' } of dataFlows) {
    const stream = streamDeclarations[streams[0] ?? ''];
    const table = tables.get(outputStream.replace(/^Custom-/, ''));
    if (stream === undefined || !/^Custom-/.test(streams[0] ?? ''))
      return { code: 'InvalidStream', message: streams.join() };
    if (table?.subType !== 'DataCollectionRuleBased')
      return {
        code: 'InvalidOutputTable',
        message: `Table for output stream '${outputStream}' is not available.`,
      };
    if (!known.some(({ name }) => to.includes(name)))
      return { code: 'InvalidDestination', message: to.join() };
    for (const { name, type } of stream.columns) {
      const is = [...table.columns, ...table.standardColumns].find((column) => column.name === name)?.type;
      const gives = transformKql.includes(`${name} = toguid(${name})`) ? 'guid' : type;
      if (!STREAM_TYPES.includes(type) || is?.toLowerCase() !== gives)
        return {
          code: 'InvalidTransformOutput',
          message: `${name} produced '${gives}', table expects '${is}'`,
        };
    }
  }
  return undefined;
}
