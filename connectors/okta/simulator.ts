import type { VendorRules } from '../../shared';

/** @see https://developer.okta.com/docs/reference/rl-best-practices/ */
const rules: VendorRules = {
  quota: ({ limit, remaining, resetAt }) => ({
    'X-Rate-Limit-Limit': String(limit),
    'X-Rate-Limit-Remaining': String(remaining),
    'X-Rate-Limit-Reset': String(Math.ceil(resetAt.getTime() / 1_000)),
  }),
};

export default rules;
