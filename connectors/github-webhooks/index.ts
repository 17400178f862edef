import { defineConnector, secret } from '../../shared';
import { events } from './tables';

/**
 * The events that GitHub posts for a repository, an organisation, an enterprise or a GitHub App: one event a post, at most 25
 * MB, as JSON or as a form. A post is signed with the webhook's secret and contains no time. GitHub waits ten seconds for the
 * answer and does not retry. A redelivery that a user requests has the `X-GitHub-Delivery` of the first delivery; so has the
 * same event of another webhook.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * @see https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
 */
export default defineConnector({
  name: 'github-webhooks',
  title: 'GitHub Webhooks',
  settings: {},
  sources: {
    events: {
      title: 'Webhook events',
      settings: {
        secret: secret(
          'The secret of the webhook: a long random text that you give it in GitHub, under Secret.',
        ),
        previousSecret: secret('The secret before, for as long as a webhook still signs with it.', {
          optional: true,
        }),
      },
      receive: {
        verify: {
          kind: 'hmac',
          hash: 'sha256',
          secrets: ['secret', 'previousSecret'],
          header: 'x-hub-signature-256',
          prefix: 'sha256=',
        },
        headers: [
          'x-github-delivery',
          'x-github-event',
          'x-github-hook-id',
          'x-github-hook-installation-target-id',
          'x-github-hook-installation-target-type',
        ],
        form: 'payload',
      },
      repeatedBodies: 'drop',
      table: events,
    },
  },
});
