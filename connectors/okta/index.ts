import { defineConnector, pollingLink, rest, secret, url } from '../../shared';
import { systemLog } from './tables';

/** Only for past ranges, which are bounded requests. Okta calls its log near real-time and documents no maximum delay. */
const LAG = { minMs: 60_000, maxMs: 3_600_000 };

export default defineConnector({
  name: 'okta',
  title: 'Okta',
  settings: {
    url: url('The address of your Okta organisation, as users see it: not the one with -admin.', {
      example: 'https://example.okta.com',
    }),
    token: secret('An API token made by a read-only administrator: Admin Console, Security, API, Tokens.'),
  },
  sources: {
    /**
     * Without `until` and in ascending order this is a polling request: it returns every event once, in the order in which Okta
     * stored it. Late events are not missed, and `published` may step back. The next link is always present, also on an empty
     * page, and remains the place to continue from. With `until` it is a bounded request: sorted by `published`, and the last
     * page has no next link.
     *
     * At most 1,000 events a page. 20 to 120 requests a minute by plan, for the whole organisation, and half of that for one
     * token; that half is used here. The answers' headers report what is left, and are obeyed if the plan allows less. The last
     * 90 days.
     * @see https://developer.okta.com/docs/reference/system-log-query/#polling-requests
     * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
     * @see https://developer.okta.com/docs/reference/rl-global-mgmt/
     * @see https://developer.okta.com/docs/reference/rl-best-practices/
     */
    systemLog: {
      title: 'System Log',
      retention: {
        days: 90,
        source: 'https://support.okta.com/help/s/article/Customer-Data-Retention-Policy',
      },
      budget: { limits: [{ requests: 120, perMs: 60_000 }], reserve: 0.5 },
      pull: rest({
        base: 'url',
        path: '/api/v1/logs',
        query: { sortOrder: 'ASCENDING', limit: 1000 },
        auth: { kind: 'header', header: 'Authorization', prefix: 'SSWS ', setting: 'token' },
        records: '$',
        ...pollingLink(),
        since: { in: 'query', name: 'since' },
        until: { in: 'query', name: 'until' },
        window: { lag: LAG },
      }),
      table: systemLog,
    },
  },
});
