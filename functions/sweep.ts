import { app } from '@azure/functions';
import { tributary } from './app';

/** A slow timer that finds what stopped midway and no message woke, and fails where what was pushed waits for somebody to act. */
app.timer('sweep', {
  schedule: '40 7-59/15 * * * *',
  handler: (_timer, context) => tributary.sweepOnTimer(context),
});
