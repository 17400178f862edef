import { app } from '@azure/functions';
import { BACKFILL_QUEUE } from '../shared/app';
import { tributary } from './tributary';

/** One worker of a backfill. The message only names it; the parts' checkpoints say what is left. */
app.storageQueue('backfill', {
  queueName: BACKFILL_QUEUE,
  connection: 'AzureWebJobsStorage',
  handler: (message, context) => tributary.workOn(message, context),
});
