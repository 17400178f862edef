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
 * Signs a request in Duo's current way, HMAC-SHA512 over seven lines: the date, the method, the host, the path, the
 * parameters, and the hashes of the body and of the `X-Duo-` headers. Duo still takes the way before it, HMAC-SHA1
 * over the first five, but not for every endpoint.
 *
 * The date may not be far from Duo's own clock (error 40105); how far, Duo does not say. A request that is repeated
 * after an error keeps the date of its first attempt, usually for seconds, two minutes at most; Duo's own clients
 * repeat theirs so for a minute and more.
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
