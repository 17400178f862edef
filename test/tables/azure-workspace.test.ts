import { ContractError } from '../../shared/contract/errors';
import type { JsonObject } from '../../shared/contract/json';
import type { ResourceManager } from '../../shared/tables/azure-resources';
import { createWorkspace } from '../../shared/tables/azure-workspace';

const AT = { origin: 'https://arm.example.com', group: '/group', workspace: '/workspace' };

/** The workspace, its one table, and the other rules, as the service answers. */
const workspaceOf = (table: JsonObject, rules: readonly JsonObject[] = []) => {
  const manager: ResourceManager = {
    get: async ({ path }) =>
      path.includes('/tables/') ? table : { id: '/workspace', location: 'westeurope' },
    list: async () => [...rules],
    change: () => Promise.reject(new Error('nothing is changed here')),
  };
  return createWorkspace(AT, { tables: manager, rules: manager });
};

test('unknown members of columns are kept; null counts as a member that is not set', async () => {
  const columns = [{ name: 'A', type: 'string', displayName: null }];
  const schema = { columns, standardColumns: null, tableSubType: null };
  const rule = { id: '/r', name: 'r', properties: { immutableId: 'dcr-1', dataCollectionEndpointId: null } };
  const found = await workspaceOf({ properties: { schema } }, [rule, { id: '/other' }]).read(['A_CL']);
  expect(found.tables.get('A_CL')).toEqual({ name: 'A_CL', isClassic: false, columns, standardColumns: [] });
  expect(found.rules).toEqual([{ id: '/r', name: 'r', immutableId: 'dcr-1', body: rule }]);
});

test('an answer that is not a table stops the plan, and names the member', async () => {
  const reading = workspaceOf({ properties: { schema: { columns: [{ name: 'A' }] } } }).read(['A_CL']);
  await expect(reading).rejects.toThrow(ContractError);
  await expect(reading).rejects.toThrow(
    'reading table A_CL: properties.schema.columns.0.type of the answer is not what the API documents. Check AZURE_RESOURCE_MANAGER_URL.',
  );
});

test('a rule with undocumented members stops the plan, because it would be created anew', async () => {
  const rule = { id: '/r', name: 'r', properties: { immutableId: 'dcr-1', endpoints: 'none' } };
  const reading = workspaceOf({ properties: {} }, [rule]).read(['A_CL']);
  await expect(reading).rejects.toThrow(ContractError);
  await expect(reading).rejects.toThrow('reading rule r: properties.endpoints of the answer');
});
