import type { VendorRules } from '../../shared';

/** A date, with an optional time of day and its offset. */
const TIME = String.raw`\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?`;
/** `created:` with one bound. Other qualifiers of GitHub's grammar are not supported here. */
const CREATED = new RegExp(`^created:(?:>=|<=|>|<)?${TIME}$`);

/** The media type that GitHub recommends, and its equivalents. */
const JSON_OF_GITHUB = 'application/vnd.github+json';
const MEANS_JSON = /^(?:application\/vnd\.github\.v3\+json|application\/json|\*\/\*)$/;
const DEFAULT_VERSION = '2022-11-28';

/**
 * Facts about GitHub that the declaration does not contain. GitHub's own client, Octokit, uses another scheme for its token, an
 * older media type and no version.
 * @see https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#about-authentication (token or Bearer)
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#media-types
 * @see https://docs.github.com/en/rest/about-the-rest-api/api-versions#specifying-an-api-version (the default)
 * @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent (403 without)
 * @see
 * https://docs.github.com/en/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates
 */
const rules: VendorRules = {
  normalize(request) {
    const { accept, authorization = '', 'x-github-api-version': version = DEFAULT_VERSION } = request.headers;
    const headers = {
      ...request.headers,
      authorization: String(authorization).replace(/^token /i, 'Bearer '),
      'x-github-api-version': version,
      ...(accept === undefined || MEANS_JSON.test(String(accept)) ? { accept: JSON_OF_GITHUB } : {}),
    };
    return { ...request, headers };
  },
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
