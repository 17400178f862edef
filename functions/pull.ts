import { app } from '@azure/functions';
import { tributary } from './tributary';

/** One timer for each connector: it runs the connector's sources side by side. */
for (const { connector, schedule } of tributary.timers) {
  app.timer(`pull-${connector}`, {
    schedule,
    handler: async (_timer, context) => {
      await tributary.pullConnector(connector, context);
    },
  });
}
