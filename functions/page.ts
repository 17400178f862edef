import { app } from '@azure/functions';
import { isNamedError } from '../shared/contract/errors';
import { tributary } from './tributary';

/** `GET /api/connectors`: every connector, its instances, what is wrong with them, and how far each source is. Reads only. */
app.http('page', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'connectors',
  handler: async () => {
    try {
      return { jsonBody: { connectors: await tributary.status() } };
    } catch (error) {
      if (!isNamedError(error)) throw error;
      return { status: 503, jsonBody: { error: error.message } };
    }
  },
});
