import { app } from '@azure/functions';
import { isNamedError } from '../shared/contract/errors';
import { tributary } from './app';

/**
 * `GET /api/connectors`: every connector, its instances, what is wrong with them, how far each source is, and what was pushed.
 * Reads only. Registered as `page`, the name that the portal and the logs have known from the start.
 */
app.http('page', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'connectors',
  handler: async () => {
    try {
      const [connectors, spool] = await Promise.all([tributary.status(), tributary.spool()]);
      const { problems, pushProblems } = tributary;
      return { jsonBody: { connectors, spool, problems, pushProblems } };
    } catch (error) {
      if (!isNamedError(error)) throw error;
      return { status: 503, jsonBody: { error: error.message } };
    }
  },
});
