import { app } from '@azure/functions';
import { tributary } from './app';

const queueName = tributary.queues?.deliver;

/** Pushed records go on to the workspace here. The message only names their source; the spool says what there is. */
if (queueName !== undefined) {
  app.storageQueue('deliver', {
    queueName,
    connection: 'AzureWebJobsStorage',
    handler: (message, context) => tributary.deliver(message, context),
  });
}
