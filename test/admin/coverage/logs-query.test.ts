import { SettingError } from '../../../shared/contract/errors';
import { createLogsQuery } from '../../../shared/admin/coverage/logs-query';
import { analyse } from '../../fakes/kusto';
import { scriptedHttp, type ScriptedAnswer } from '../../fakes/scripted-http';
import type { Environment } from '../../../shared/settings/environment';

const WORKSPACE = '00000000-0000-0000-0000-000000000001';
const tables = (...rows: ScriptedAnswer['body'][]): ScriptedAnswer => ({
  body: { tables: [{ name: 'PrimaryResult', columns: [], rows }] },
});

function queryWith(
  answers: readonly ScriptedAnswer[],
  env: Environment = {},
  origin = 'https://api.loganalytics.io',
) {
  const scopes: unknown[] = [];
  const http = scriptedHttp(origin, answers);
  const open = () => ({
    getToken: async (scope: unknown) => {
      scopes.push(scope);
      return { token: 'token-1', expiresOnTimestamp: 0 };
    },
  });
  const { signal } = new AbortController();
  return { http, scopes, reader: createLogsQuery({ WORKSPACE_ID: WORKSPACE, ...env }, http, signal, open) };
}

test('rows and events of an instance are counted exactly, with a token for the query API', async () => {
  const { http, reader, scopes } = queryWith([tables([12, 10])]);
  expect(await reader.countRows(['Acme_CL'], 'eu')).toEqual({ rows: 12, events: 10 });
  expect(scopes).toEqual(['https://api.loganalytics.io/.default']);
  const [asked] = http.asked;
  expect(asked).toMatchObject({
    method: 'POST',
    url: `https://api.loganalytics.io/v1/workspaces/${WORKSPACE}/query`,
    headers: { Authorization: 'Bearer token-1', 'Content-Type': 'application/json' },
  });
  const { query } = JSON.parse(String(asked?.body)) as { query: string };
  expect(query).toBe(
    'Acme_CL | where Instance == "eu" | summarize Copies = count() by EventId | summarize Rows = sum(Copies), Events = count()',
  );
});

test('the error log is read for one stream, and may not exist', async () => {
  const { http, reader } = queryWith([tables(['Invalid column', 3, '2026-11-21T00:00:00Z']), tables()]);
  expect(await reader.readErrors(['Custom-Acme_CL'])).toEqual([
    { message: 'Invalid column', count: 3, last: '2026-11-21T00:00:00.000Z' },
  ]);
  expect(await reader.readErrors(['Custom-Acme_CL'])).toEqual([]);
  expect(String(http.asked[0]?.body)).toContain('union isfuzzy=true');
  expect(String(http.asked[0]?.body)).toContain('InputStreamId in (\\"Custom-Acme_CL\\")');
});

test('two tables are counted in one query; the second may not exist, and the errors of both streams are read together', async () => {
  const { http, reader } = queryWith([
    tables([12, 11]),
    tables(['Invalid column', 1, '2026-11-21T00:00:00Z']),
  ]);
  expect(await reader.countRows(['Acme_CL', 'AcmeLate_CL'], 'eu')).toEqual({ rows: 12, events: 11 });
  const { query } = JSON.parse(String(http.asked[0]?.body)) as { query: string };
  expect(query).toBe(
    'union isfuzzy=true Acme_CL, AcmeLate_CL | where Instance == "eu" | summarize Copies = count() by EventId | summarize Rows = sum(Copies), Events = count()',
  );
  const { columns, complaints } = analyse(
    query,
    ['Acme_CL', 'AcmeLate_CL'],
    'EventId:string, Instance:string',
  );
  expect({ columns, complaints }).toEqual({ columns: ['Rows', 'Events'], complaints: [] });
  expect(await reader.readErrors(['Custom-Acme_CL', 'Custom-AcmeLate_CL'])).toHaveLength(1);
  expect(String(http.asked[1]?.body)).toContain(
    'InputStreamId in (\\"Custom-Acme_CL\\", \\"Custom-AcmeLate_CL\\")',
  );
  await expect(reader.countRows(['Acme_CL', 'Late_CL | take 1'], 'eu')).rejects.toThrow(SettingError);
});

test('a workspace in another cloud is queried at the address of its cloud', async () => {
  const origin = 'https://api.loganalytics.us';
  const { reader, scopes } = queryWith([tables()], { AZURE_CLOUD: 'usgov' }, origin);
  expect(await reader.countRows(['Acme_CL'], 'default')).toEqual({ rows: 0, events: 0 });
  expect(scopes).toEqual([`${origin}/.default`]);
});

test('a name that would end its string literal in the query is not queried', async () => {
  const { http, reader } = queryWith([]);
  await expect(reader.countRows(['Acme_CL'], 'eu" or true')).rejects.toThrow(SettingError);
  expect(http.asked).toEqual([]);
});

test('an answer without a table is reported, and so is a missing workspace id', async () => {
  const { reader } = queryWith([{ body: { error: 'x' } }]);
  await expect(reader.countRows(['Acme_CL'], 'eu')).rejects.toThrow('it contains no table');
  expect(() => queryWith([], { WORKSPACE_ID: '' })).toThrow(/WORKSPACE_ID is not set/);
});
