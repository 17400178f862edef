import { defineConnector, rest, secret, text, url } from '../../shared';
import { activities } from './tables';

export default defineConnector({
  name: 'anthropic',
  title: 'Anthropic Compliance',
  settings: {
    url: url('The address of the API.', { default: 'https://api.anthropic.com' }),
    // The limit is one for all keys below a parent organization, and only this tells whose activities a checkpoint counts.
    organization: text('The id of your organization; of the parent, if it has linked ones.', {
      example: 'abcdef01-2345-6789-abcd-ef0123456789',
    }),
    key: secret('A Compliance Access Key or an Admin API key with the scope read:compliance_activities.'),
  },
  budget: { limits: [{ requests: 600, perMs: 60_000 }], scope: ['url', 'organization'], reserve: 0.5 },
  sources: {
    /**
     * The newest first, ties by id; `after_id` continues to older ones. At most 5,000 a page, here 1,000. Every activity can be
     * queried within a minute.
     * @see https://platform.claude.com/docs/en/manage-claude/compliance-activity-feed
     * @see https://platform.claude.com/docs/en/api/compliance/activities/list
     * @see https://platform.claude.com/docs/en/manage-claude/compliance-errors (600 requests a minute)
     */
    activities: {
      title: 'Activities',
      retention: {
        days: 6 * 365,
        source: 'https://platform.claude.com/docs/en/manage-claude/compliance-activity-feed',
      },
      needs: 'the Compliance API for this organization, and a key with the scope read:compliance_activities',
      pull: rest({
        base: 'url',
        path: '/v1/compliance/activities',
        query: { limit: 1000 },
        headers: { 'anthropic-version': '2023-06-01' },
        auth: { kind: 'header', header: 'x-api-key', setting: 'key' },
        records: 'data',
        next: { kind: 'cursor', from: 'last_id', send: { in: 'query', name: 'after_id' } },
        stop: { on: 'unless', path: 'has_more' },
        resume: 'time',
        since: { in: 'query', name: 'created_at.gte' },
        until: { in: 'query', name: 'created_at.lte' },
        window: { lag: { minMs: 60_000, maxMs: 60_000 }, order: 'newest-first' },
      }),
      table: activities,
    },
  },
});
