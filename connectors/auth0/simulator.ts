import type { VendorRules } from '../../shared';

/** @see https://auth0.com/docs/troubleshoot/customer-support/operational-policies/rate-limit-policy */
const rules: VendorRules = {
  quota: ({ limit, remaining, resetAt }) => ({
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(Math.ceil(resetAt.getTime() / 1_000)),
  }),
};

export default rules;
