import { LogsIngestionClient } from '@azure/monitor-ingestion';
import acme from '../fixtures/connectors/acme';
import { LOCAL_TOKEN, LOCAL_WORKSPACE } from '../../local/start/app-environment';
import type { Workspace } from '../../local/workspace/workspace';
import { realWorkspace } from './harness';

/* Microsoft's own client for the Logs Ingestion API, unmodified, with the local workspace over TLS. */

const ROWS = 10_000;
/** The client starts a new chunk when the sum of its records' sizes would reach this; it does not count brackets and commas. */
const CHUNK_BYTES = 1_000_000;

let workspace: Workspace;

beforeAll(async () => {
  workspace = await realWorkspace([acme]);
});
afterAll(() => workspace.close());

interface Summary {
  readonly requests: readonly {
    readonly api: string;
    readonly stream: string;
    readonly status: number;
    readonly count: number;
  }[];
}

test('10,000 rows arrive, each once, in the chunks that the client’s rule makes', async () => {
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    TimeGenerated: new Date(Date.now() - index).toISOString(),
    EventId: `event-${index}`,
    EventType: 'user.session.start',
    DisplayMessage: `Sign-in ${index} ü`.padEnd(600, '.'),
    SecurityAsNumber: index,
    Target: [{ id: index, type: 'User' }],
  }));
  const credential = {
    getToken: () => Promise.resolve({ token: LOCAL_TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const client = new LogsIngestionClient(workspace.tlsUrl, credential, {
    tlsOptions: { ca: workspace.caCertificate },
  });

  await client.upload(LOCAL_WORKSPACE.dcrImmutableId, 'Custom-AcmeSystemLog_CL', rows, { maxConcurrency: 5 });

  const [stored] = await workspace.query(
    'SELECT count(*) AS n, count(DISTINCT "EventId") AS events, max("SecurityAsNumber") AS last, count(*) FILTER (WHERE "DisplayMessage" LIKE \'%ü%\') AS texts FROM "AcmeSystemLog_CL"',
  );
  expect(stored).toEqual({ n: ROWS, events: ROWS, last: ROWS - 1, texts: ROWS });
  const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(JSON.stringify(row)), 0);
  const { requests } = (await (await fetch(`${workspace.url}/requests`)).json()) as Summary;
  expect(requests).toMatchObject([{ api: 'logs-ingestion', stream: 'Custom-AcmeSystemLog_CL', status: 204 }]);
  expect(requests[0]?.count).toBe(Math.ceil(bytes / CHUNK_BYTES));
});

test('a wrong token fails the upload, and nothing is stored', async () => {
  const credential = {
    getToken: () => Promise.resolve({ token: 'another', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const client = new LogsIngestionClient(workspace.tlsUrl, credential, {
    tlsOptions: { ca: workspace.caCertificate },
  });
  const upload = client.upload(LOCAL_WORKSPACE.dcrImmutableId, 'Custom-AcmeSystemLog_CL', [
    { EventId: 'refused' },
  ]);
  await expect(upload).rejects.toMatchObject({ name: 'AggregateLogsUploadError' });
  expect(await workspace.query('SELECT * FROM "AcmeSystemLog_CL" WHERE "EventId" = \'refused\'')).toEqual([]);
});
