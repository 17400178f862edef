import { app } from '@azure/functions';
import { tributary } from './app';

const queueName = tributary.queues?.workOn;

/** One worker of a backfill. The message only names it; the parts' checkpoints say what is left. */
if (queueName !== undefined) {
  app.storageQueue('backfill', {
    queueName,
    connection: 'AzureWebJobsStorage',
    handler: (message, context) => tributary.workOn(message, context),
  });
}
