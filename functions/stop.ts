import { app } from '@azure/functions';
import { tributary } from './app';

/** The worker is about to end, for a restart or a deployment: runs give their leases back, so that the next go on at once. */
app.hook.appTerminate(() => tributary.stop());
