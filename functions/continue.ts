import { app } from '@azure/functions';
import { CONTINUE_QUEUE } from '../shared/app';
import { tributary } from './tributary';

/** A run that ran out of time, or did not fit, goes on here. The message only names it; the checkpoint says where. */
app.storageQueue('continue', {
  queueName: CONTINUE_QUEUE,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) => tributary.goOn(message, context),
});
