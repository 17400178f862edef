import {
  basicAuthorization,
  canonicalQuery,
  hashHex,
  hmacHex,
  rfc2822,
  type SignRequest,
} from '../../shared';

const HEADER = 'x-duo-date';

/**
 * Signs a request by Duo's current method: HMAC-SHA512 over seven lines, which are the date, the method, the host, the path,
 * the parameters, and the hashes of the body and of the `X-Duo-` headers. Duo still accepts the older method, HMAC-SHA1 over
 * the first five lines, but not for every endpoint.
 *
 * The date must be close to Duo's clock (error 40105); Duo does not document how close. A request that is repeated after an
 * error keeps the date of its first attempt, for seconds usually, two minutes at most. Duo's own clients repeat requests in the
 * same way for more than a minute.
 * @see https://duo.com/docs/adminapi#authentication
 * @see https://github.com/duosecurity/duo_hmac_python
 * @see https://github.com/duosecurity/duo_api_nodejs (repeats a signed request for 63 seconds)
 */
export const sign: SignRequest = (request, { integrationKey = '', secretKey = '' }) => {
  const { method, host, path, query, body, at } = request;
  const date = rfc2822(at);
  const canonical = [
    date,
    method,
    host.toLowerCase(),
    path,
    canonicalQuery(query),
    hashHex('sha512', body),
    hashHex('sha512', `${HEADER}\0${date}`),
  ].join('\n');
  return {
    [HEADER]: date,
    authorization: basicAuthorization(integrationKey, hmacHex('sha512', secretKey, canonical)),
  };
};
