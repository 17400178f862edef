import { app, type HttpRequest } from '@azure/functions';
import { tributary } from './tributary';

/** `POST /api/logs`: the Data Collector API. Anonymous, because each post is signed; other methods get its 404. */
app.http('push-logs', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'logs',
  handler: async (request, context) => tributary.pushLogs(await toPush(request), context),
});

/** `POST /api/push/<connector>/<source>`: one for each source that its vendor posts to. */
for (const receiver of tributary.receivers) {
  app.http(`push-${receiver.connector}-${receiver.source}`, {
    methods: ['POST'],
    authLevel: receiver.level,
    route: receiver.route,
    handler: async (request, context) => tributary.receive(receiver, await toPush(request), context),
  });
}

/** The request with its bytes as they came. */
async function toPush(request: HttpRequest) {
  const { method, query } = request;
  return {
    method,
    query,
    header: (name: string) => request.headers.get(name) ?? undefined,
    body: new Uint8Array(await request.arrayBuffer()),
  };
}
