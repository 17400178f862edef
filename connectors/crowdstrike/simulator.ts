import type { VendorRules } from '../../shared';

/**
 * Only an answer at the limit says when it ends.
 * @see https://github.com/CrowdStrike/gofalcon/blob/main/falcon/client/alerts/post_combined_alerts_v1_responses.go
 */
const rules: VendorRules = {
  quota: ({ limit, remaining, resetAt }) => ({
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    ...(remaining > 0 ? {} : { 'X-RateLimit-RetryAfter': String(Math.ceil(resetAt.getTime() / 1_000)) }),
  }),
};

export default rules;
