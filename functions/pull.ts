import { app } from '@azure/functions';
import { tributary } from './app';

/** One timer for each connector: it runs the connector's sources side by side, and fails when all have ended and one failed so that somebody must see it. */
for (const { connector, schedule } of tributary.timers) {
  app.timer(`pull-${connector}`, {
    schedule,
    handler: (_timer, context) => tributary.pullOnTimer(connector, context),
  });
}
