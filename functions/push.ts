import { app, type HttpRequest } from '@azure/functions';
import { tributary } from './app';

/**
 * Bodies come in pieces, as the function asks for them. Without this Azure reads each one whole, up to 100 MB, before
 * the function can refuse it.
 * @see https://learn.microsoft.com/azure/azure-functions/node-http-stream
 */
app.setup({ enableHttpStream: true });

/** `POST /api/logs`: the Data Collector API. Anonymous, because each post is signed; other methods get its 404. */
app.http('push-logs', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'logs',
  handler: (request, context) => tributary.acceptDataCollector(toPush(request), context),
});

/** `POST /api/push/<connector>/<source>`: one for each source that its vendor posts to. */
for (const webhook of tributary.webhooks) {
  app.http(`push-${webhook.connector}-${webhook.source}`, {
    methods: ['POST'],
    authLevel: webhook.level,
    route: webhook.route,
    handler: (request, context) => tributary.acceptWebhook(webhook, toPush(request), context),
  });
}

/** The request, of whose body nothing is read yet. */
function toPush(request: HttpRequest) {
  const { body, method, query } = request;
  return {
    method,
    query,
    header: (name: string) => request.headers.get(name) ?? undefined,
    body: body ?? new Uint8Array(),
  };
}
