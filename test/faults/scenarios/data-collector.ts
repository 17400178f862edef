import { createHmac } from 'node:crypto';
import { DATA_COLLECTOR } from '../../../shared/values/source-kind';
import { PUSHER, type Subject } from '../test-environment';
import { pushedBy } from './push';

/** What stands for the senders: they belong to no folder. */
export const PUSHERS: Subject = {
  connector: { name: DATA_COLLECTOR, title: 'Data Collector API', settings: {}, sources: {} },
  folder: '',
};
const SOURCE = 'Pushed';

/** A client of the Data Collector API. @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api */
export const logs = pushedBy({
  name: 'push',
  sourcesOf: ({ connector: { name } }) => ({ proven: name === DATA_COLLECTOR ? [SOURCE] : [], unproven: [] }),
  tableOf: (_connector, source) => ({ name: `${source}_CL` }),
  ownerOf: () => DATA_COLLECTOR,
  sign(scene, source, { ids, name }) {
    const body = JSON.stringify(ids.map((id) => ({ EventId: id, count: 1 })));
    const date = scene.now().toUTCString();
    const text = `POST\n${body.length}\napplication/json\nx-ms-date:${date}\n/api/logs`;
    const signature = createHmac('sha256', Buffer.from(PUSHER.key, 'base64')).update(text).digest('base64');
    const headers = {
      authorization: `SharedKey ${PUSHER.workspaceId}:${signature}`,
      'content-type': 'application/json',
      'log-type': source,
      'x-ms-date': date,
    };
    return { name, headers, body, query: 'api-version=2016-04-01' };
  },
  // The column that the old API makes of it, or the property itself where the workspace makes the column.
  idOfRow: (row) => (row['EventId_s'] ?? row['EventId']) as string,
  idOfRecord: (record) => record['EventId'] as string,
});
