import type { HttpRequest } from '../../shared/contract/http';
import type { Json } from '../../shared/contract/json';
import type { Secrets } from '../../shared/values/secrets/secrets';
import { parseJson } from '../../shared/values/json/json';
import { isSecretName } from '../../shared/values/secrets/secret-names';

/** A request that is safe to show. */
export interface MaskedRequest {
  readonly method: string;
  /** Without the query. */
  readonly address: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
}

const MASK = '***';
/** Masks the secrets of a request: those of the settings anywhere, and values whose name suggests a secret. */
export function maskRequest(
  { body, headers = {}, method = 'GET', query = {}, url }: HttpRequest,
  secrets: Pick<Secrets, 'mask'>,
): MaskedRequest {
  const asked = new URL(url);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) asked.searchParams.set(name, String(value));
  }
  const plain = (text: string): string => secrets.mask(text);
  const all = (entries: Iterable<readonly [string, string]>): Record<string, string> =>
    Object.fromEntries([...entries].map(([name, value]) => [name, plain(maskNamed(name, value))]));
  return {
    method,
    address: plain(asked.origin + asked.pathname),
    query: all(asked.searchParams),
    headers: all(Object.entries(headers)),
    ...(body === undefined ? {} : { body: maskBody(body, plain, all) }),
  };
}

/** Keeps the scheme before a credential (`Bearer`, `SSWS`), which is a frequent mistake. */
function maskNamed(name: string, value: string): string {
  if (!isSecretName(name)) return value;
  const [, scheme] = /^([A-Za-z][A-Za-z0-9-]{0,20}) \S/.exec(value) ?? [];
  return scheme === undefined ? MASK : `${scheme} ${MASK}`;
}

function maskBody(
  body: string | Uint8Array,
  plain: (text: string) => string,
  all: (entries: Iterable<readonly [string, string]>) => Record<string, string>,
): Json {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  try {
    return maskStrings(parseJson(text), (value, name) => plain(maskNamed(name, value)));
  } catch {
    return /^[^\s=&]+=[^\s]*$/.test(text) ? all(new URLSearchParams(text)) : plain(text);
  }
}

/** A copy of a JSON value with every text masked, member names included. */
export function maskStrings<T>(value: T, mask: Mask): T {
  return masked(value, mask, '') as T;
}

type Mask = (text: string, name: string) => string;

function masked(value: unknown, mask: Mask, name: string): unknown {
  if (typeof value === 'string') return mask(value, name);
  if (Array.isArray(value)) return value.map((item) => masked(item, mask, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [mask(key, ''), masked(member, mask, key)]),
  );
}

const RATE_HEADER = /^(x-)?rate-?limit|^retry-after$/i;

/** The vendor's rate-limit headers. */
export function rateHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => RATE_HEADER.test(name)));
}
