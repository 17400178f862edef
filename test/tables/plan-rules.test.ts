import type { JsonObject } from '../../shared/contract/json';
import type { TablePlan, ExistingRule } from '../../shared/contract/workspace';
import { chooseRules, planRules, streamIn } from '../../shared/tables/plan-rules';

const WORKSPACE = '/subscriptions/1/workspaces/siem';
const where = { id: WORKSPACE, location: 'westeurope', rules: [] as readonly ExistingRule[] };
const outputOf = (table: string): string => `Custom-${table}`;

function table(name: string, rule: string, more: Partial<TablePlan> = {}): TablePlan {
  return {
    table: name,
    stream: `Custom-${name}`,
    state: 'new',
    migrates: false,
    added: [],
    columns: [],
    streamColumns: { TimeGenerated: 'datetime', a_s: 'string' },
    streamAdded: [],
    left: [],
    transformKql: 'source',
    rule,
    notes: [],
    ...more,
  };
}

function rule(name: string, properties: JsonObject, rest: JsonObject = {}): ExistingRule {
  const body = { id: name, name, location: 'westeurope', kind: 'Direct', ...rest, properties };
  return { id: `/rules/${name}`, name, immutableId: `dcr-${name}`, body };
}

test('a new rule has the stream, the flow and the workspace of each table', () => {
  const [plan, ...others] = planRules(
    [table('A_CL', 'tributary'), table('B_CL', 'tributary')],
    where,
    outputOf,
  );
  expect(others).toEqual([]);
  expect(plan).toMatchObject({
    name: 'tributary',
    state: 'new',
    tables: ['A_CL', 'B_CL'],
    body: {
      location: 'westeurope',
      kind: 'Direct',
      properties: {
        destinations: { logAnalytics: [{ workspaceResourceId: WORKSPACE, name: 'workspace' }] },
        streamDeclarations: {
          'Custom-A_CL': {
            columns: [
              { name: 'TimeGenerated', type: 'datetime' },
              { name: 'a_s', type: 'string' },
            ],
          },
        },
      },
    },
  });
  const { dataFlows } = plan?.body['properties'] as JsonObject;
  expect(dataFlows).toEqual(
    ['A_CL', 'B_CL'].map((name) => ({
      streams: [`Custom-${name}`],
      destinations: ['workspace'],
      transformKql: 'source',
      outputStream: `Custom-${name}`,
    })),
  );
});

test('a rule holds ten streams; the eleventh goes into another rule', () => {
  const choice = chooseRules([], 'tributary');
  const names = Array.from({ length: 21 }, (_, n) => choice.choose(`Custom-T${n}_CL`).name);
  expect(names.filter((name) => name === 'tributary')).toHaveLength(10);
  expect(names.filter((name) => name === 'tributary-2')).toHaveLength(10);
  expect(names.at(-1)).toBe('tributary-3');
});

test('a stream stays in its rule, and a full rule gets no other', () => {
  const streams = Object.fromEntries(
    Array.from({ length: 10 }, (_, n) => [`Custom-T${n}_CL`, { columns: [] }]),
  );
  const choice = chooseRules([rule('mine', { streamDeclarations: streams })], 'tributary');
  expect(choice.choose('Custom-T7_CL').name).toBe('mine');
  expect(choice.choose('Custom-New_CL').name).toBe('tributary');
});

test('of an existing rule only our parts change, and nothing that the service writes is sent back', () => {
  const known = rule(
    'tributary',
    {
      description: 'by hand',
      immutableId: 'dcr-tributary',
      provisioningState: 'Succeeded',
      endpoints: { logsIngestion: 'https://x' },
      dataCollectionEndpointId: '/dce',
      streamDeclarations: {
        'Custom-Other_CL': { columns: [{ name: 'x', type: 'int' }] },
        'Custom-A_CL': { columns: [{ name: 'TimeGenerated', type: 'datetime' }] },
      },
      destinations: {
        logAnalytics: [{ workspaceResourceId: WORKSPACE.toUpperCase(), name: 'la', workspaceId: '1' }],
      },
      dataFlows: [
        { streams: ['Custom-Other_CL'], destinations: ['la'], outputStream: 'Custom-Other_CL' },
        {
          streams: ['Custom-A_CL'],
          destinations: ['la'],
          transformKql: 'source',
          outputStream: 'Custom-A_CL',
        },
      ],
    },
    { tags: { team: 'soc' }, etag: '1' },
  );
  const [plan] = planRules([table('A_CL', 'tributary')], { ...where, rules: [known] }, outputOf);
  expect(plan).toMatchObject({ state: 'extended', immutableId: 'dcr-tributary' });
  expect(plan?.body).toEqual({
    location: 'westeurope',
    kind: 'Direct',
    tags: { team: 'soc' },
    properties: {
      description: 'by hand',
      dataCollectionEndpointId: '/dce',
      streamDeclarations: {
        'Custom-Other_CL': { columns: [{ name: 'x', type: 'int' }] },
        'Custom-A_CL': {
          columns: [
            { name: 'TimeGenerated', type: 'datetime' },
            { name: 'a_s', type: 'string' },
          ],
        },
      },
      destinations: {
        logAnalytics: [{ workspaceResourceId: WORKSPACE.toUpperCase(), name: 'la', workspaceId: '1' }],
      },
      dataFlows: [
        { streams: ['Custom-Other_CL'], destinations: ['la'], outputStream: 'Custom-Other_CL' },
        {
          streams: ['Custom-A_CL'],
          destinations: ['la'],
          transformKql: 'source',
          outputStream: 'Custom-A_CL',
        },
      ],
    },
  });
});

test('a complete rule is left unchanged', () => {
  const [made] = planRules([table('A_CL', 'tributary')], where, outputOf);
  const known = rule('tributary', made?.body['properties'] as JsonObject);
  expect(planRules([table('A_CL', 'tributary')], { ...where, rules: [known] }, outputOf)).toMatchObject([
    { state: 'unchanged' },
  ]);
});

test('another workspace of the rule is kept beside ours', () => {
  const known = rule('tributary', {
    destinations: { logAnalytics: [{ workspaceResourceId: '/other', name: 'workspace' }] },
  });
  const [plan] = planRules([table('A_CL', 'tributary')], { ...where, rules: [known] }, outputOf);
  expect(plan?.body).toMatchObject({
    properties: {
      destinations: {
        logAnalytics: [{ name: 'workspace' }, { workspaceResourceId: WORKSPACE, name: 'workspace-2' }],
      },
      dataFlows: [{ destinations: ['workspace-2'] }],
    },
  });
});

test('a table that is classic or refused is in no rule', () => {
  const tables = [table('A_CL', '', { state: 'classic' }), table('B_CL', '', { state: 'refused' })];
  expect(planRules(tables, where, outputOf)).toEqual([]);
});

test('a stream is read with its columns and its transformation', () => {
  const [made] = planRules([table('A_CL', 'r', { transformKql: 'source | where true' })], where, outputOf);
  const known = rule('r', made?.body['properties'] as JsonObject);
  expect(streamIn(known, 'Custom-A_CL')).toEqual({
    columns: new Map([
      ['TimeGenerated', 'datetime'],
      ['a_s', 'string'],
    ]),
    transformKql: 'source | where true',
  });
  expect(streamIn(known, 'Custom-B_CL')).toBeUndefined();
});
