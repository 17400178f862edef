import { app } from '@azure/functions';
import { tributary } from './app';

const queueName = tributary.queues?.goOn;

/** A run that ran out of time, or did not fit, goes on here. The message only names it; the checkpoint says where. */
if (queueName !== undefined) {
  app.storageQueue('continue', {
    queueName,
    connection: 'AzureWebJobsStorage',
    handler: (message, context) => tributary.goOn(message, context),
  });
}
