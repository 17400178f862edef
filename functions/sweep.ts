import { app } from '@azure/functions';
import { tributary } from './tributary';

/** A slow timer that finds what stopped midway and no message woke. */
app.timer('sweep', {
  schedule: '40 7-59/15 * * * *',
  handler: async (_timer, context) => {
    await tributary.sweep(context);
  },
});
