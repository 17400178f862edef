import { createPublicKey, verify } from 'node:crypto';
import type { Assertion } from '../../../shared/kit/auth/assertion';
import { isObject } from '../../../shared/values/json-path';
import { parseJson } from '../../../shared/values/json/json';

/** The longest life of a JWT, and how far two clocks may differ; seconds. @see RFC 7523, section 3 */
const LONGEST_S = 60;
const SKEW_S = 30;

/**
 * What is wrong with a JWT, by a check that shares no code with the one that signs.
 * @param now the vendor's clock; `undefined` while fixtures are replayed
 */
export function assertionProblem(
  sent: unknown,
  { claims, keyId, pem }: Assertion,
  now: Date | undefined,
): string | undefined {
  const [head = '', body = '', signature = '', ...more] = String(sent).split('.');
  const [header, payload] = [decoded(head), decoded(body)];
  if (header === undefined || payload === undefined || more.length > 0) return 'is not a JWT';
  const key = createPublicKey(pem);
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  if (header['alg'] !== algorithm) return `is signed by another algorithm than ${algorithm}`;
  if ((header['kid'] ?? '') !== keyId) return 'names another key';
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(`${head}.${body}`), options, Buffer.from(signature, 'base64url')))
    return 'has a wrong signature';
  return claimsProblem(payload, claims) ?? timesProblem(payload, now);
}

function claimsProblem(
  { exp: _, iat: __, jti, ...others }: Claims,
  expected: Assertion['claims'],
): string | undefined {
  const names = new Set([...Object.keys(expected), ...Object.keys(others)]);
  const wrong = [...names].find((name) => others[name] !== expected[name]);
  if (wrong !== undefined) return `has another ${wrong} than declared`;
  return typeof jti === 'string' && jti.length >= 16 ? undefined : 'has no jti of 16 characters';
}

function timesProblem({ exp, iat }: Claims, now: Date | undefined): string | undefined {
  if (!(Number(exp) - Number(iat) <= LONGEST_S))
    return `lives longer than ${LONGEST_S} seconds, or has no end`;
  const seconds = (now?.getTime() ?? Number(iat) * 1_000) / 1_000;
  if (Number(iat) > seconds + SKEW_S) return 'is dated in the future';
  return Number(exp) > seconds ? undefined : 'has ended';
}

type Claims = Readonly<Record<string, unknown>>;

function decoded(part: string): Claims | undefined {
  try {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
