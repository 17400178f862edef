import { defineConnector, rest, secret, text, url } from '../../shared';
import { enterpriseEvents, organizationEvents } from './tables';

/**
 * GitHub does not document how late an event may appear, and adds some later. Most are there after two minutes; three hours are
 * a safe guess.
 */
const LAG = { minMs: 2 * 60_000, maxMs: 3 * 3_600_000 };

const retention = {
  days: 180,
  except: { what: 'Git events', days: 7 },
  source:
    'https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/about-the-audit-log-for-your-enterprise',
};
/**
 * 1,750 requests an hour for each combination of a user, an IP address and a log. The answers' headers report what is left of
 * the user's own limit.
 * @see
 * https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/using-the-audit-log-api-for-your-enterprise
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
const limits = [{ requests: 1_750, perMs: 3_600_000 }];

/** One log. The logs differ only in their path. */
const events = (path: string) =>
  rest({
    base: 'url',
    path,
    headers: { Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28' },
    query: { phrase: 'created:>={since}', include: 'all', order: 'asc', per_page: 100 },
    auth: { kind: 'bearer', setting: 'token' },
    records: '$',
    next: { kind: 'link' },
    stop: { on: 'no-next' },
    resume: 'time',
    since: { format: 'iso-s' },
    window: { lag: LAG },
  });

/**
 * Both sources: oldest first, web and Git events together, 100 a page. The last page has no next link, so no cursor stands for
 * the end of the log. A run that stopped between two pages continues from its cursor; any other run begins where the previous
 * one ended, two minutes before that run began. `created` is inclusive and in whole seconds: events after a window's end are
 * left to the next run, and delivered events of its last second are dropped by their `_document_id`. No gap lies between two
 * windows, and late events are found by reading again.
 *
 * 1,750 requests an hour for one user, IP address and log; the last 180 days, of Git events the last seven.
 * @see
 * https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/using-the-audit-log-api-for-your-enterprise
 * @see
 * https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/reviewing-the-audit-log-for-your-organization#search-based-on-time-of-action
 * @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 * @see https://docs.github.com/en/rest/about-the-rest-api/api-versions (2022-11-28 until 10 March 2028)
 */
export default defineConnector({
  name: 'github-audit',
  title: 'GitHub Audit Log',
  settings: {
    url: url('The address of the API; another one only with data residency: https://api.SUBDOMAIN.ghe.com.', {
      default: 'https://api.github.com',
    }),
    token: secret('A personal access token (classic) with the scope read:audit_log, of an owner.'),
  },
  sources: {
    /**
     * Events of one organisation. The token's user must own it.
     * @see https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization
     */
    organizationEvents: {
      title: 'Organisation events',
      retention,
      settings: {
        organization: text('The organisation’s name, as in its address: github.com/NAME.', {
          example: 'example-org',
        }),
      },
      needs: 'GitHub Enterprise Cloud and an owner of the organisation',
      budget: { limits, scope: ['url', 'token', 'organization'] },
      pull: events('/orgs/{organization}/audit-log'),
      table: organizationEvents,
    },
    /**
     * Events of the enterprise and of all its organisations. The token's user must own the enterprise.
     * @see
     * https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/audit-log#get-the-audit-log-for-an-enterprise
     */
    enterpriseEvents: {
      title: 'Enterprise events',
      retention,
      settings: {
        enterprise: text('The enterprise’s short name, as in its address: github.com/enterprises/NAME.', {
          example: 'example-enterprise',
        }),
      },
      needs: 'GitHub Enterprise Cloud and an owner of the enterprise',
      budget: { limits, scope: ['url', 'token', 'enterprise'] },
      pull: events('/enterprises/{enterprise}/audit-log'),
      table: enterpriseEvents,
    },
  },
});
