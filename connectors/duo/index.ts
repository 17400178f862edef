import { defineConnector, rest, secret, text, url } from '../../shared';
import { sign } from './sign';
import { activity, administrator, authentication, telephony } from './tables';

const auth = { kind: 'signature', settings: ['integrationKey', 'secretKey'], sign } as const;

/** Duo returns the logs of version 2 only up to two minutes before now, so that they are complete. */
const DELAY_MS = 2 * 60_000;
/** Duo documents no delay for the administrator log; an hour is a safe guess. */
const LONGEST_LAG_MS = 3_600_000;

/**
 * Duo documents no number. It answers 429 to too many requests, and asks for at most one request a minute for each log. This
 * allows the same number per hour, so that the pages of one read may follow one another.
 * @see https://duo.com/docs/adminapi#logs
 * @see https://duo.com/docs/rate-limits
 */
const budget = { limits: [{ requests: 60, perMs: 3_600_000 }] };

/** Common to the logs of version 2: both bounds are inclusive, in milliseconds; 1,000 events a page. */
const version2 = {
  base: 'url',
  query: { sort: 'ts:asc', limit: 1000 },
  auth,
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'mintime', format: 'epoch-ms' },
  until: { in: 'query', name: 'maxtime', format: 'epoch-ms' },
  window: { lag: { minMs: DELAY_MS, maxMs: DELAY_MS } },
} as const;

/**
 * All sources return the oldest event first. A window ends two minutes before its run began, and the next one begins at the
 * same moment; events of that moment are deduplicated. The administrator log is read again for late events. A run without new
 * events costs one request per log.
 * @see https://duo.com/docs/adminapi#logs
 */
export default defineConnector({
  name: 'duo',
  title: 'Cisco Duo',
  settings: {
    url: url('The API hostname of the Admin API application, with https:// before it.', {
      example: 'https://api-xxxxxxxx.duosecurity.com',
    }),
    integrationKey: text('The integration key of the Admin API application.', {
      example: 'DIXXXXXXXXXXXXXXXXXX',
      // Each application of an account has its own key; the hostname identifies the account.
      namesAccount: false,
    }),
    secretKey: secret(
      'The secret key of the Admin API application, which needs the permission Grant read log.',
    ),
  },
  sources: {
    /**
     * Version 2. `next_offset` is a time and a `txid`, sent back with a comma in between; the last page has none. Duo keeps 180
     * days.
     * @see https://duo.com/docs/adminapi#authentication-logs
     */
    authentication: {
      title: 'Authentication log',
      retention: { days: 180, source: 'https://duo.com/docs/adminapi#authentication-logs' },
      budget,
      pull: rest({
        ...version2,
        path: '/admin/v2/logs/authentication',
        records: 'response.authlogs',
        next: {
          kind: 'cursor',
          from: 'response.metadata.next_offset',
          join: ',',
          send: { in: 'query', name: 'next_offset' },
        },
      }),
      table: authentication,
    },
    /**
     * Version 1: the 1,000 earliest events from `mintime` on, inclusive, in whole seconds, without paging and without an upper
     * bound. Duo advises to continue with the second after the last event, which loses other events of that second if the page
     * ended within it. This source reads that second again and drops the delivered events. Events have no id.
     *
     * The activity log succeeds it: Duo's own log shipper dropped this log in version 2.4.0. Duo's documentation says that
     * endpoints of version 1 will end, but gives no date for this one. It does not say how long Duo keeps the events.
     * @see https://duo.com/docs/adminapi#administrator-logs
     * @see https://github.com/duosecurity/duo_log_sync/releases
     */
    administrator: {
      title: 'Administrator log',
      budget,
      pull: rest({
        base: 'url',
        path: '/admin/v1/logs/administrator',
        auth,
        records: 'response',
        next: { kind: 'time' },
        stop: { on: 'short-page', full: 1000 },
        resume: 'time',
        since: { in: 'query', name: 'mintime', format: 'epoch-s' },
        window: { lag: { minMs: DELAY_MS, maxMs: LONGEST_LAG_MS } },
      }),
      table: administrator,
    },
    /**
     * Version 2, the successor of the administrator log: changes by administrators and users. `next_offset` is one text; the
     * last page has none. Duo's own client goes back 180 days; Duo does not document how long it keeps the events.
     * @see https://duo.com/docs/adminapi#activity-logs
     * @see https://github.com/duosecurity/duo_client_python/blob/master/duo_client/admin.py
     */
    activity: {
      title: 'Activity log',
      retention: {
        days: 180,
        source: 'https://github.com/duosecurity/duo_client_python/blob/master/duo_client/admin.py',
      },
      budget,
      pull: rest({
        ...version2,
        path: '/admin/v2/logs/activity',
        records: 'response.items',
        next: {
          kind: 'cursor',
          from: 'response.metadata.next_offset',
          send: { in: 'query', name: 'next_offset' },
        },
      }),
      table: activity,
    },
    /**
     * Version 2. `next_offset` is one text; the last page has none. Duo keeps 180 days.
     * @see https://duo.com/docs/adminapi#telephony-logs
     */
    telephony: {
      title: 'Telephony log',
      retention: { days: 180, source: 'https://duo.com/docs/adminapi#telephony-logs' },
      budget,
      pull: rest({
        ...version2,
        path: '/admin/v2/logs/telephony',
        records: 'response.items',
        next: {
          kind: 'cursor',
          from: 'response.metadata.next_offset',
          send: { in: 'query', name: 'next_offset' },
        },
      }),
      table: telephony,
    },
  },
});
