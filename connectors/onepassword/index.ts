import { defineConnector, pollingLink, rest, secret, url } from '../../shared';
import { namingServer } from './region';
import { auditEvents, itemUsages, signInAttempts } from './tables';

const retention = { days: 120, source: 'https://developer.1password.com/docs/events-api/audit-events' };

/**
 * Only for past ranges. 1Password documents neither the delay nor the order of its events; an item usage appears when its
 * client next syncs. A day is a safe guess.
 */
const LAG = { minMs: 60_000, maxMs: 24 * 3_600_000 };

/** An endpoint of the Events API. The endpoints differ only in their path. */
const events = (path: string) =>
  namingServer(
    rest({
      base: 'url',
      path,
      method: 'POST',
      body: { limit: 1000 },
      auth: { kind: 'bearer', setting: 'token' },
      records: 'items',
      ...pollingLink({
        from: 'cursor',
        send: { in: 'body', name: 'cursor' },
        alone: true,
        more: 'has_more',
      }),
      since: { in: 'body', name: 'start_time' },
      until: { in: 'body', name: 'end_time' },
      window: { lag: LAG },
    }),
  );

/**
 * All three sources: the first request names the start and the page size. Every answer contains a cursor, also the last one. A
 * request with that cursor alone continues there, now or in the next run. Live collection names no end; a past range names one
 * in its first request.
 *
 * 1Password does not document whether the cursor keeps that end. Newer events are therefore dropped here, so that a cursor
 * without it costs requests and nothing else. Nor does it document whether the end is inclusive. A range therefore ends where
 * the next one begins, and that one includes the moment.
 *
 * At most 1,000 events a page; 600 requests a minute and 30,000 an hour for all sources together; the last 120 days. Whether
 * these limits apply to a token or to an account is not documented: a token is a guess, and a 429 is obeyed if it is wrong.
 * @see https://developer.1password.com/docs/events-api/pagination
 * @see https://developer.1password.com/docs/events-api/rate-limits
 */
export default defineConnector({
  name: 'onepassword',
  title: '1Password',
  budget: {
    limits: [
      { requests: 600, perMs: 60_000 },
      { requests: 30_000, perMs: 3_600_000 },
    ],
    scope: ['url', 'token'],
  },
  settings: {
    url: url(
      'The Events API of the region where your account lives: https://events.1password.com, ' +
        'https://events.1password.ca, https://events.1password.eu or https://events.ent.1password.com.',
      { example: 'https://events.1password.com' },
    ),
    token: secret(
      'A bearer token of an Events Reporting integration: Integrations, Directory, Events Reporting.',
    ),
  },
  sources: {
    /**
     * Successful and failed sign-ins. The token needs the feature `signinattempts`.
     * @see https://developer.1password.com/docs/events-api/reference#post-apiv2signinattempts
     */
    signInAttempts: {
      title: 'Sign-in attempts',
      retention,
      pull: events('/api/v2/signinattempts'),
      table: signInAttempts,
    },
    /**
     * Each use of an item in a shared vault. It appears when the client next syncs, so it may be late. The token needs the
     * feature `itemusages`.
     * @see https://developer.1password.com/docs/events-api/reference#post-apiv2itemusages
     * @see https://developer.1password.com/docs/events-api/item-usage-actions
     */
    itemUsages: { title: 'Item usages', retention, pull: events('/api/v2/itemusages'), table: itemUsages },
    /**
     * Changes by team members to the account. The token needs the feature `auditevents`.
     * @see https://developer.1password.com/docs/events-api/reference#post-apiv2auditevents
     */
    auditEvents: {
      title: 'Audit events',
      retention,
      pull: events('/api/v2/auditevents'),
      table: auditEvents,
    },
  },
});
