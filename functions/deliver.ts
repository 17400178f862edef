import { app } from '@azure/functions';
import { DELIVER_QUEUE } from '../shared/app';
import { tributary } from './tributary';

/** Pushed records go on to the workspace here. The message only names their source; the spool says what there is. */
app.storageQueue('deliver', {
  queueName: DELIVER_QUEUE,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) => tributary.deliver(message, context),
});
