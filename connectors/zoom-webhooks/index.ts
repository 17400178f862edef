import { defineConnector, secret } from '../../shared';
import { events } from './tables';

/**
 * How old a signature may be. Zoom sends an event again after 5, 20 and 60 minutes without an answer or with a status of 500 or
 * more, and never after a status of 300 to 499. It does not document whether a repeat gets a new signature; two hours accept
 * all repeats with the old one.
 */
const WINDOW_MS = 2 * 3_600_000;

/**
 * The events that Zoom posts for an account: one event a post, signed with the app's secret token together with the time of the
 * request. Zoom waits three seconds for the answer. It validates the address when that is saved and every 72 hours, with a text
 * that the answer must return with its keyed hash; after six failures in a row it disables the subscription. Events have no id;
 * a repeated event has the same body.
 * @see https://developers.zoom.us/docs/api/webhooks/
 * @see https://developers.zoom.us/blog/webhook-delays/
 */
export default defineConnector({
  name: 'zoom-webhooks',
  title: 'Zoom Webhooks',
  settings: {},
  sources: {
    events: {
      title: 'Webhook events',
      settings: {
        secret: secret('The Secret Token of the app: Zoom App Marketplace, your app, Features, Access.'),
        previousSecret: secret('The Secret Token before, while a new one is taken into use.', {
          optional: true,
        }),
      },
      receive: {
        verify: {
          kind: 'hmac',
          hash: 'sha256',
          secrets: ['secret', 'previousSecret'],
          header: 'x-zm-signature',
          prefix: 'v0=',
          signs: 'v0:{timestamp}:{body}',
          timestamp: { header: 'x-zm-request-timestamp', windowMs: WINDOW_MS },
        },
        challenge: {
          when: { from: 'event', is: 'endpoint.url_validation' },
          text: 'payload.plainToken',
          answer: { plainToken: 'text', encryptedToken: 'hmac-sha256' },
        },
      },
      table: events,
    },
  },
});
