import { defineConnector, rest, secret, text, url } from '../../shared';
import { alerts, hosts } from './tables';

/**
 * A token lives for 30 minutes. `member_cid` limits it to one member of a parent account.
 * @see https://developer.crowdstrike.com/api-reference/collections/oauth2/
 */
const auth = {
  kind: 'oauth2',
  token: { path: '/oauth2/token' },
  client: { id: '{clientId}', secret: 'clientSecret', in: 'body' },
  parameters: { member_cid: '{memberCid}' },
} as const;

/** What the APIs have in common. CrowdStrike names no bound for the time until a change can be read. */
const READ = {
  base: 'url',
  auth,
  records: 'resources',
  stop: { on: 'no-next' },
  resume: 'time',
  window: { lag: { minMs: 60_000, maxMs: 3_600_000 } },
} as const;

/**
 * Requests are counted in a sliding minute. How many, and whether for an account or a client, is not published: answers say
 * 6,000 in `X-RateLimit-Limit`, of which half is used. Only a 429 says until when: `X-RateLimit-RetryAfter`, in seconds since 1970.
 * @see https://github.com/CrowdStrike/gofalcon/blob/main/falcon/client/alerts/post_combined_alerts_v1_responses.go
 * @see https://github.com/CrowdStrike/psfalcon/issues/423
 */
export default defineConnector({
  name: 'crowdstrike',
  title: 'CrowdStrike Falcon',
  budget: { limits: [{ requests: 6_000, perMs: 60_000 }], scope: ['url', 'clientId'], reserve: 0.5 },
  settings: {
    url: url('The base URL of the API of your Falcon cloud, as shown when the API client is created.', {
      example: 'https://api.us-2.crowdstrike.com',
    }),
    // One cloud serves many accounts: only the client tells whose alerts a checkpoint counts.
    clientId: text('The client id of an API client: Support and resources, API clients and keys.', {
      example: '0123456789abcdef0123456789abcdef',
    }),
    clientSecret: secret('The secret of that API client.'),
    memberCid: text('The CID of one member account, if the API client belongs to a parent account.', {
      example: 'fedcba9876543210fedcba9876543210',
      optional: true,
    }),
  },
  sources: {
    /**
     * The combined endpoint, which CrowdStrike recommends for more than 10,000 alerts: the other one cannot read behind them.
     * CrowdStrike warns that an alert whose sort value changes during the read may be on two pages or on none. Here such an alert
     * leaves the window, whose end is past, for a later one; and each window is read again after the longest lag.
     * @see https://developer.crowdstrike.com/api-reference/collections/alerts/ (PostCombinedAlertsV1)
     */
    alerts: {
      title: 'Alerts',
      updates: 'in-place',
      needs: 'the API scope Alerts: Read',
      pull: rest({
        ...READ,
        path: '/alerts/combined/alerts/v1',
        method: 'POST',
        body: {
          filter: "updated_timestamp:>='{since}'+updated_timestamp:<='{until}'",
          sort: 'updated_timestamp|asc',
          limit: 1000,
        },
        next: { kind: 'cursor', from: 'meta.pagination.after', send: { in: 'body', name: 'after' } },
        since: {},
        until: {},
      }),
      table: alerts,
    },
    /**
     * Whole records, without the 10,000 hosts of an offset and the two minutes after which a scroll ends. `offset` is the token
     * `next` of the previous answer; filter and sort must be repeated with it. Times of hosts have whole seconds.
     * @see https://developer.crowdstrike.com/api-reference/collections/hosts/ (CombinedDevicesByFilter)
     */
    hosts: {
      title: 'Hosts',
      updates: 'in-place',
      needs: 'the API scope Hosts: Read',
      pull: rest({
        ...READ,
        path: '/devices/combined/devices/v1',
        query: {
          filter: "modified_timestamp:>='{since}'+modified_timestamp:<='{until}'",
          sort: 'modified_timestamp.asc',
          limit: 1000,
        },
        next: { kind: 'cursor', from: 'meta.pagination.next', send: { in: 'query', name: 'offset' } },
        since: { format: 'iso-s' },
        until: { format: 'iso-s' },
      }),
      table: hosts,
    },
  },
});
