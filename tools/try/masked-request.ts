import type { HttpRequest } from '../../shared/contract/http';
import type { Json } from '../../shared/contract/json';
import type { Secrets } from '../../shared/values/secrets/secrets';
import { parseJson } from '../../shared/values/json/json';
import { isSecretName } from '../../shared/values/secrets/names';

/** A request as it may be shown to anyone. */
export interface MaskedRequest {
  readonly method: string;
  /** Without the query. */
  readonly address: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
}

const MASK = '***';
/** A request without its secrets: those of the settings wherever they stand, and whatever is called like one. */
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

/** The word before a credential (`Bearer`, `SSWS`) is kept: it is often what is wrong. */
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

/** A copy of a value with every text in it replaced, the names of members too. */
export function maskStrings(value: Json, mask: (text: string, name: string) => string, name = ''): Json {
  if (typeof value === 'string') return mask(value, name);
  if (Array.isArray(value)) return value.map((item: Json) => maskStrings(item, mask, name));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]: [string, Json]): [string, Json] => [
    mask(key, ''),
    maskStrings(member, mask, key),
  ]);
  return Object.fromEntries(members);
}

const RATE_HEADER = /^(x-)?rate-?limit|^retry-after$/i;

/** The headers in which a vendor says how much it may still be asked. */
export function rateHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => RATE_HEADER.test(name)));
}
