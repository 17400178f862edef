import { defineConnector, rest, secret, text, url } from '../../shared';
import { sign } from './sign';
import { activity, administrator, authentication, telephony } from './tables';

const auth = { kind: 'signature', settings: ['integrationKey', 'secretKey'], sign } as const;

/** Duo shows the logs of version 2 up to two minutes before now, so that what it shows is complete. */
const DELAY_MS = 2 * 60_000;
/** Of the administrator log Duo says nothing; an hour is a guess on the safe side. */
const LONGEST_LAG_MS = 3_600_000;

/**
 * Duo names no number, answers 429 to what is too much, and asks for no more than a request a minute for each log:
 * that many in an hour, so that the pages of one read may follow one another.
 * @see https://duo.com/docs/adminapi#logs
 * @see https://duo.com/docs/rate-limits
 */
const budget = { limits: [{ requests: 60, perMs: 3_600_000 }] };

/** What the logs of version 2 have in common: both bounds inclusive, in milliseconds; 1,000 a page. */
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
 * All sources: oldest first. A window ends two minutes before its run began, and the next one begins just there;
 * what was delivered at that moment is recognised. The administrator log is looked at again for late events. Duo asks
 * for at most one request a minute for each log; a run that finds nothing new costs one.
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
      // Each application of an account has one of its own; the hostname is the account's.
      namesAccount: false,
    }),
    secretKey: secret(
      'The secret key of the Admin API application, which needs the permission Grant read log.',
    ),
  },
  sources: {
    /**
     * Version 2. `next_offset` is a time and a `txid`, sent back with a comma between; the last page has none. The
     * last 180 days.
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
     * Version 1: the 1,000 earliest events from `mintime` on, inclusive, in whole seconds, without paging and
     * without an upper bound. Duo advises to go on with the second after the last one, which loses what else
     * happened in it when a page was cut there; here that second is read again, and what was delivered is dropped.
     * Events have no id. Its successor is the activity log: Duo's own log shipper dropped this one in version 2.4.0,
     * and its documentation says that endpoints of version 1 will end, and of this one not when. How long Duo keeps the
     * events it does not say.
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
     * Version 2, the successor of the administrator log: what administrators and users changed. `next_offset` is one
     * text; the last page has none. Duo's own client goes back 180 days; how long Duo keeps them is not said in public.
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
     * Version 2. `next_offset` is one text; the last page has none. The last 180 days.
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
