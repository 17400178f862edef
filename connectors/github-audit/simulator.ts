import type { VendorRules } from '../../shared';

/** A date, and optionally the time of day with its offset. */
const TIME = String.raw`\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?`;
/** `created:` with one bound; what the phrase may hold besides is not used here. */
const CREATED = new RegExp(`^created:(?:>=|<=|>|<)?${TIME}$`);

/**
 * What the declaration does not say of GitHub.
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent (403 without)
 * @see https://docs.github.com/en/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates
 */
const rules: VendorRules = {
  check({ headers, query }) {
    if ((headers['user-agent'] ?? '') === '') {
      return { status: 403, because: 'there is no User-Agent', body: { message: 'Request forbidden' } };
    }
    const phrase = query['phrase'];
    if (phrase !== undefined && !CREATED.test(phrase)) {
      return {
        status: 422,
        because: `the phrase ${phrase} filters nothing by time`,
        body: { message: 'Validation Failed' },
      };
    }
    return undefined;
  },
  // @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
  quota: ({ limit, remaining, resetAt }) => ({
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(Math.ceil(resetAt.getTime() / 1_000)),
  }),
};

export default rules;
