import { defineConnector, rest, secret, text, url } from '../../shared';
import { auditLogs } from './tables';

export default defineConnector({
  name: 'openai',
  title: 'OpenAI',
  settings: {
    url: url('The address of the API.', { default: 'https://api.openai.com' }),
    // One address serves all organizations. The header makes OpenAI refuse a key of another one.
    organization: text('The id of your organization: Settings, Organization, General.', {
      example: 'org-AbCdEfGhIjKlMnOpQrStUvWx',
    }),
    adminKey: secret('An admin key, made by an owner of the organization: Settings, Admin keys.'),
  },
  sources: {
    /**
     * The newest first, at most 100 a page; `after` continues behind an id. Both bounds are inclusive and in whole seconds. OpenAI
     * names no bound for the time until an event is listed, no retention and no rate limit.
     * @see https://developers.openai.com/api/reference/resources/admin/subresources/organization/subresources/audit_logs
     * @see https://help.openai.com/en/articles/9687866-admin-and-audit-logs-api-for-the-api-platform
     */
    auditLogs: {
      title: 'Audit logs',
      needs: 'an admin key of an organization whose audit logging is on',
      pull: rest({
        base: 'url',
        path: '/v1/organization/audit_logs',
        query: { limit: 100 },
        headers: { 'OpenAI-Organization': '{organization}' },
        auth: { kind: 'bearer', setting: 'adminKey' },
        records: 'data',
        next: { kind: 'cursor', from: 'last_id', send: { in: 'query', name: 'after' } },
        stop: { on: 'unless', path: 'has_more' },
        resume: 'time',
        since: { in: 'query', name: 'effective_at[gte]', format: 'epoch-s' },
        until: { in: 'query', name: 'effective_at[lte]', format: 'epoch-s' },
        window: { lag: { minMs: 60_000, maxMs: 3_600_000 }, order: 'newest-first' },
      }),
      table: auditLogs,
    },
  },
});
