import { createHmac } from 'node:crypto';
import { DATA_COLLECTOR } from '../../../shared/values/source-kind';
import { PUSH_CREDENTIAL } from '../app-settings';
import type { SystemUnderTest } from '../test-environment';
import { pushScenario } from './push';

/** The clients of the Data Collector API: they belong to no connector folder. */
export const DATA_COLLECTOR_CLIENT: SystemUnderTest = {
  connector: { name: DATA_COLLECTOR, title: 'Data Collector API', settings: {}, sources: {} },
  folder: '',
};
const SOURCE = 'Pushed';

/** A client of the Data Collector API. @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api */
export const dataCollector = pushScenario({
  name: 'push',
  sourcesOf: ({ connector: { name } }) => ({ tested: name === DATA_COLLECTOR ? [SOURCE] : [], untested: [] }),
  tableOf: (_connector, source) => ({ name: `${source}_CL` }),
  ownerOf: () => DATA_COLLECTOR,
  sign(environment, source, { ids, name }) {
    const body = JSON.stringify(ids.map((id) => ({ EventId: id, count: 1 })));
    const date = environment.now().toUTCString();
    const text = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
    const signature = createHmac('sha256', Buffer.from(PUSH_CREDENTIAL.key, 'base64'))
      .update(text)
      .digest('base64');
    const headers = {
      authorization: `SharedKey ${PUSH_CREDENTIAL.workspaceId}:${signature}`,
      'content-type': 'application/json',
      'log-type': source,
      'x-ms-date': date,
    };
    return { name, headers, body, query: 'api-version=2016-04-01' };
  },
  // The column of the old API, or the member itself if the workspace derives the column.
  idOfRow: (row) => (row['EventId_s'] ?? row['EventId']) as string,
  idOfRecord: (record) => record['EventId'] as string,
});
