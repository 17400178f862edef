import { app } from '@azure/functions';
import { tributary } from './app';

/**
 * Finds what was pushed and no message wakes, such as one that is hidden with the process that died of it: when a process
 * starts, and every minute. It asks storage once where nothing waits.
 */
if (tributary.isPushedTo) {
  app.timer('deliver-sweep', {
    schedule: '10 * * * * *',
    handler: async () => {
      await tributary.triggerDeliveries();
    },
  });
  // Where storage is not there yet, the timer says so.
  tributary.triggerDeliveries().catch(() => undefined);
}
