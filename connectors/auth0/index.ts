import { defineConnector, rest, secret, text, url } from '../../shared';
import { logs } from './tables';

export default defineConnector({
  name: 'auth0',
  title: 'Auth0',
  settings: {
    url: url(
      'The domain of your tenant, with https:// before it: Applications, your application, Settings, Domain. Not a custom domain.',
      { example: 'https://example.eu.auth0.com' },
    ),
    clientId: text('The client id of a machine-to-machine application that may call the Management API.', {
      example: 'AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPp',
      // Each application of a tenant has its own id; the domain identifies the tenant.
      namesAccount: false,
    }),
    clientSecret: secret('The client secret of that application.'),
  },
  sources: {
    /**
     * The first request searches for the oldest event since the start. All others return the events after the last id, in the
     * order of `log_id`, so that a late event is not missed; Auth0 then ignores every parameter but `from` and `take`. A search
     * is never paged, because it ends at 1,000 events. At most 100 events a request. The limits are those of the free plan, of
     * which half is used; headers report what a larger plan has left.
     * @see https://auth0.com/docs/deploy-monitor/logs/retrieve-log-events-using-mgmt-api
     * @see
     * https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy/management-api-endpoint-rate-limits
     */
    logs: {
      title: 'Tenant logs',
      // The retention of the Enterprise plan; others keep less.
      retention: { days: 30, source: 'https://auth0.com/docs/deploy-monitor/logs/log-data-retention' },
      budget: { limits: [{ requests: 2, perMs: 1_000, burst: 10 }], reserve: 0.5 },
      needs: 'the scope read:logs of the Management API for this application',
      pull: rest({
        base: 'url',
        path: '/api/v2/logs',
        query: { take: 100, from: '{cursor}', q: 'date:[{since} TO *]', sort: 'date:1', per_page: 1 },
        auth: {
          kind: 'oauth2',
          token: { path: '/oauth/token' },
          client: { id: '{clientId}', secret: 'clientSecret', in: 'body' },
          audience: '{url}/api/v2/',
        },
        records: '$',
        next: { kind: 'cursor', record: 'log_id' },
        stop: { on: 'empty-page' },
        resume: 'cursor',
        since: {},
      }),
      table: logs,
    },
  },
});
