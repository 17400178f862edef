import { defineConnector, rest, secret, text, url } from '../../shared';
import { eventLogFiles, setupAuditTrail } from './tables';

/** A query in SOQL. The address of the next page is relative to the instance. @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_query.htm */
const QUERY = {
  base: 'url',
  path: '/services/data/v62.0/query',
  /**
   * The key of a certificate signs a JWT for a user who was approved for the app. The answer names no lifetime. A session ends
   * after 15 minutes without a request at the earliest; one that ends before its time is renewed.
   * @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm
   * @see https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_profilesessionsetting.htm (sessionTimeout)
   */
  auth: {
    kind: 'oauth2',
    token: { path: '/services/oauth2/token' },
    grant: {
      kind: 'jwt_bearer',
      key: { setting: 'privateKey' },
      claims: { iss: '{clientId}', sub: '{user}', aud: '{audience}' },
    },
    lifetimeMs: 900_000,
  },
  records: 'records',
  next: { kind: 'link', from: 'nextRecordsUrl' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { format: 'iso-s' },
  until: { format: 'iso-s' },
} as const;

const AUDIT_TRAIL =
  'https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-setupaudittrail.html';

export default defineConnector({
  name: 'salesforce',
  title: 'Salesforce',
  schedule: '0 */15 * * * *',
  /**
   * 100,000 calls in 24 hours and 1,000 for each licence, for all tools of the organization, of which a tenth is used.
   * @see https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html
   */
  budget: {
    limits: [{ requests: 100_000, perMs: 86_400_000 }],
    reserve: 0.9,
    exceeded: { from: '$[0].errorCode', is: ['REQUEST_LIMIT_EXCEEDED'] },
  },
  settings: {
    url: url('The address of My Domain: Setup, My Domain.', { example: 'https://example.my.salesforce.com' }),
    clientId: text('The consumer key of the app.', { example: '3MVG9example', namesAccount: false }),
    user: text('The user name it acts for.', { example: 'sentinel@example.com', namesAccount: false }),
    privateKey: secret('The private key of the certificate that the app has, in PEM.'),
    audience: text('https://test.salesforce.com for a sandbox.', {
      default: 'https://login.salesforce.com',
      namesAccount: false,
    }),
    interval: text('Hourly or Daily: which event log files are read.', {
      default: 'Hourly',
      namesAccount: false,
    }),
  },
  sources: {
    /**
     * Asked for `CreatedDate`, when a file was written: a file of an hour may be written days after its `LogDate`, and an hour may
     * have several. Files of a day hold the events of its hours again, so that only one kind is read. Half an hour is left for a file
     * to appear in the list, which is little beside the hours that Salesforce takes to write it.
     * @see https://developer.salesforce.com/docs/platform/api-rest/guide/using-resources-event-log-files.html
     * @see https://developer.salesforce.com/docs/platform/api-rest/guide/event-log-file-hourly-diff.md
     */
    eventLogFiles: {
      title: 'Event log files',
      needs: 'Event Monitoring, and the permissions View Event Log Files and API Enabled',
      pull: rest({
        ...QUERY,
        query: {
          q: "SELECT Id, CreatedDate FROM EventLogFile WHERE CreatedDate >= {since} AND CreatedDate <= {until} AND Interval = '{interval}' ORDER BY CreatedDate",
        },
        files: {
          id: 'Id',
          time: 'CreatedDate',
          path: '/services/data/v62.0/sobjects/EventLogFile/{id}/LogFile',
          format: 'csv',
        },
        window: { lag: { minMs: 1_800_000, maxMs: 1_800_000 }, olderMs: 3 * 86_400_000 },
      }),
      table: eventLogFiles,
    },
    setupAuditTrail: {
      title: 'Setup audit trail',
      needs: 'the permissions View Setup and Configuration and API Enabled',
      retention: { days: 180, source: AUDIT_TRAIL },
      pull: rest({
        ...QUERY,
        query: {
          q: 'SELECT Id, Action, Section, Display, CreatedDate, CreatedById, CreatedBy.Username, CreatedByContext, CreatedByIssuer, DelegateUser, ResponsibleNamespacePrefix FROM SetupAuditTrail WHERE CreatedDate >= {since} AND CreatedDate <= {until} ORDER BY CreatedDate',
        },
        window: { lag: { minMs: 60_000, maxMs: 3_600_000 } },
      }),
      table: setupAuditTrail,
    },
  },
});
