import { defineConnector, pollingLink, rest, secret, url } from '../../shared';
import { namingServer } from './region';
import { auditEvents, itemUsages, signInAttempts } from './tables';

const retention = { days: 120, source: 'https://developer.1password.com/docs/events-api/audit-events' };

/**
 * Only for ranges of the past. 1Password says neither how late it shows an event nor in what order; an item usage comes
 * when its client next syncs. A day is a guess on the safe side.
 */
const LAG = { minMs: 60_000, maxMs: 24 * 3_600_000 };

/** One endpoint of the Events API; they differ in the path alone. */
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
 * All three sources: the first request says from when and how many; every answer holds a cursor, the last one
 * too, and a request with that cursor alone goes on where it ended, now or in the next run. Live collection names no
 * end. A range of the past does, in its first request. Whether a cursor keeps it 1Password does not say: what is newer is
 * left out here, so that a cursor that forgets it costs requests and nothing else. Nor does it say whether an event at
 * just that time is included: a range ends where the next one begins, which includes its beginning.
 * At most 1,000 events a page; 600 requests a minute and 30,000 an hour for all of them; the last 120 days. Whether those
 * are counted for a token or for an account is not said: for a token is a guess, and 429 is obeyed where it is wrong.
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
     * Each use of an item in a shared vault; it comes when the client next syncs, so that it may be late.
     * The token needs the feature `itemusages`.
     * @see https://developer.1password.com/docs/events-api/reference#post-apiv2itemusages
     * @see https://developer.1password.com/docs/events-api/item-usage-actions
     */
    itemUsages: { title: 'Item usages', retention, pull: events('/api/v2/itemusages'), table: itemUsages },
    /**
     * What team members changed in the account. The token needs the feature `auditevents`.
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
