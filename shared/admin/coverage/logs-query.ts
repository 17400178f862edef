import { SettingError, ContractError } from '../../contract/errors';
import type { Http } from '../../contract/http';
import type { Json } from '../../contract/json';
import type { StoreReader } from '../../contract/reconciliation';
import { compilePath } from '../../values/json-path';
import { toIso } from '../../values/time';
import { cloudOf } from '../../sink/clouds';
import { required } from '../../sink/sink-settings';
import { tokenFor, type OpenCredential, openCredential } from '../../sink/token';
import type { Environment } from '../../settings/environment';

const ROWS = compilePath('$.tables[0].rows');
/** Names that are safe in a query: they cannot end its string literals. */
const PLAIN = /^[\w-]+$/;

/** The variables to check when the service refuses the identity. */
export const LOGS_QUERY_VARIABLES = {
  address: ['AZURE_CLOUD'],
  credentials: ['WORKSPACE_ID', 'the role Log Analytics Reader on the workspace'],
};

/** The origin of the Logs Query API. @throws SettingError for an unknown cloud */
export function logsQueryOrigin(env: Environment): string {
  return cloudOf(env).queryOrigin;
}

/**
 * Queries the Log Analytics workspace in `WORKSPACE_ID` with the app's identity.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/api/request-format
 * @throws SettingError when WORKSPACE_ID is not set
 */
export function createLogsQuery(
  env: Environment,
  http: Http,
  signal: AbortSignal,
  open: OpenCredential = openCredential,
): StoreReader {
  const origin = logsQueryOrigin(env);
  const workspace = required('WORKSPACE_ID', env);
  const getToken = tokenFor(new URL(origin), env, open, `${origin}/.default`);

  const ask = async (query: string): Promise<readonly (readonly Json[])[]> => {
    const answer = await http.request({
      method: 'POST',
      url: `${origin}/v1/workspaces/${workspace}/query`,
      headers: { Authorization: `Bearer ${await getToken(signal)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
      repeatable: true,
    });
    const rows = ROWS(answer.json());
    if (!Array.isArray(rows))
      throw new ContractError('reading the answer of the workspace: it contains no table. Try again later.');
    return rows as readonly (readonly Json[])[];
  };

  return {
    async countRows(tables, instance) {
      const names = tables.map(plain).join(', ');
      // The late table may not exist before the first late row: isfuzzy treats it as empty.
      const rows = tables.length === 1 ? names : `union isfuzzy=true ${names}`;
      const query = `${rows} | where Instance == "${plain(instance)}" | summarize Copies = count() by EventId | summarize Rows = sum(Copies), Events = count()`;
      const [row = []] = await ask(query);
      return { rows: Number(row[0] ?? 0), events: Number(row[1] ?? 0) };
    },
    async readErrors(streams) {
      const named = streams.map((stream) => `"${plain(stream)}"`).join(', ');
      const query = `union isfuzzy=true (datatable(TimeGenerated: datetime, InputStreamId: string, Message: string)[]), DCRLogErrors | where InputStreamId in (${named}) | summarize Count = count(), Last = max(TimeGenerated) by Message | order by Last desc | take 20`;
      // summarize puts its group keys first.
      return (await ask(query)).map(([message, count, last]) => ({
        message: typeof message === 'string' ? message : '',
        count: Number(count),
        last: toIso(last) ?? '',
      }));
    },
  };
}

function plain(name: string): string {
  if (PLAIN.test(name)) return name;
  throw new SettingError(
    `querying the workspace: ${name} may contain only letters, digits, _ and -. Rename the source.`,
  );
}
