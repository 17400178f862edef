import type { HttpRequest } from '../../contract/http';
import { bodyFields, outerFields, type BodyField } from './body-fields';
import { isBesideToken, isCertainName, isCredentialName, isSecretName, mayNameSecret } from './secret-names';
import {
  cookiesOf,
  credentialsOf,
  isLikeSecret,
  isWord,
  jwtsIn,
  mayBeToken,
  SHORTEST_SECRET,
  type Named,
} from './secret-values';

/** Answers with a token are small. Of a larger one, such as a page of events, only so many first and last bytes are searched. */
const MAX_BYTES = 65_536;
/** An answer with more tokens is a page of records. */
const MOST_TOKENS = 20;
/** The end of a token endpoint's path. */
const TOKEN_ENDPOINT =
  /\/(?:o?auth2?|authenticate|authentication|authorize|log-?[io]n|sign-?in|sessions?|(?:access_?)?tokens?)\/?$/i;
/** Member names that may hold a token without a name of its own. */
const WRAPPER = /^(?:value|result|data|response|content|return|string|d)?$/i;
/** Names whose value is a secret at any length. */
const PASSWORD = /pass|pwd|secret|(?:^|[-_])(?:pin|otp|psk)$/i;

/** A secret found in a request or in its answer. */
export interface ObservedSecret {
  readonly value: string;
  /** True for a token that is used again later; a signature or a cookie is replaced by the next one. */
  readonly isLasting: boolean;
  /** True for a secret beyond doubt. No checkpoint may contain it. */
  readonly isCertain: boolean;
}

type Request = Pick<HttpRequest, 'body' | 'headers' | 'method'>;
type Headers = Readonly<Record<string, string>>;

/**
 * The secrets of a request: the credentials in its headers, and the values in its query and body that are named like a token,
 * a password or a key. @param url with the query that is sent
 */
export function secretsSent({ body, headers = {} }: Request, url: URL): ObservedSecret[] {
  const named: Named[] = [
    ...url.searchParams,
    ...textsOf(body).flatMap(({ isListed, name, value }): Named[] => (isListed ? [] : [[name, value]])),
  ];
  const credentials = named.filter(
    ([name, value]) => isCredentialName(name) && (PASSWORD.test(name) || isLikeSecret(value)),
  );
  return [
    ...inHeaders(headers, () => true),
    ...credentials.map(([name, value]) => passing(value, isCertainName(name))),
  ].filter(({ value }) => value.length >= SHORTEST_SECRET && !isWord(value));
}

/**
 * The secrets of an answer: its cookies; the values of headers, and of body members outside of lists, that are named like a
 * token; and JSON Web Tokens under any name. In the answer of a token endpoint, also tokens in lists, in XML, or without a
 * name. Of a body over 64 KB, only the first and the last 64 KB are searched, and in JSON only the members before the first
 * list and after the last one.
 * @param request the request that was answered @param url its address
 */
export function secretsReceived(
  { body, headers }: { readonly body: Uint8Array; readonly headers: Headers },
  request: Request,
  url: URL,
): ObservedSecret[] {
  const { location = '', ...others } = headers;
  return [
    ...inHeaders(others, isLikeSecret),
    ...jwtsIn(Object.values(others).join('\n'), MOST_TOKENS).map((value) => passing(value)),
    ...inAddress(location, url),
    ...inAnswer(body, isLogin(request, url), TOKEN_ENDPOINT.test(url.pathname)),
  ];
}

function passing(value: string, isCertain = false): ObservedSecret {
  return { value, isLasting: false, isCertain };
}

/** The secrets in the query of an address that an answer contains, such as its signature. */
function inAddress(address: string, url?: URL): ObservedSecret[] {
  return URL.canParse(address, url?.href) ? secretsSent({}, new URL(address, url)) : [];
}

function inAnswer(body: Uint8Array, isAsked: boolean, isEndpoint: boolean): ObservedSecret[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isLarge = bytes.length > MAX_BYTES;
  const [head, tail] = [
    bytes.toString('utf8', 0, MAX_BYTES),
    isLarge ? bytes.subarray(-MAX_BYTES).toString() : '',
  ];
  const text = isLarge ? `${head}\n${tail}` : head;
  const jwts = jwtsIn(text, MOST_TOKENS).map((value) => ({ ...passing(value), isLasting: isAsked }));
  // Most pages contain no such word, and are not parsed a second time.
  if (!isAsked && !mayNameSecret(text)) return jwts;
  const texts = isLarge ? outerFields(head, tail) : bodyFields(text);
  const isDeclared = texts.some(({ isListed, name }) => !isListed && isBesideToken(name));
  const tokens = isAsked || isDeclared ? texts.filter((one) => isToken(one)) : [];
  const isPage = tokens.length > MOST_TOKENS;
  const outside = texts.filter(
    ({ isListed, name, value }) =>
      !isListed && isSecretName(name) && (isCertainName(name) ? mayBeToken(value) : isLikeSecret(value)),
  );
  const signed = texts.filter(({ isListed, value }) => !isListed && /^https?:.*\?/.test(value));
  const isLasting = isDeclared || isEndpoint;
  return [
    ...jwts,
    ...signed.slice(0, MOST_TOKENS).flatMap(({ value }) => inAddress(value)),
    ...(isPage || tokens.length === 0 ? outside : tokens).map(({ name, value }) => {
      const isCertain = isCertainName(name);
      return { value, isLasting: isLasting || isCertain, isCertain };
    }),
  ];
}

/** True for a field of a token endpoint's answer that is a token. */
function isToken({ name, value }: BodyField): boolean {
  if (isSecretName(name)) return mayBeToken(value);
  return (isCredentialName(name) || WRAPPER.test(name)) && isLikeSecret(value) && !/^https?:/.test(value);
}

/**
 * True for a request for a token: any method but GET, to a token endpoint or without any credential but a password; or a GET
 * with a password to a token endpoint.
 */
function isLogin({ headers = {}, method = 'GET' }: Request, url: URL): boolean {
  const shown = Object.entries(headers).filter(([name]) => isCredentialName(name));
  const isByPassword = ([, value]: readonly [string, string]): boolean => /^(?:basic|digest) /i.test(value);
  if (method === 'GET') return TOKEN_ENDPOINT.test(url.pathname) && shown.some(isByPassword);
  return TOKEN_ENDPOINT.test(url.pathname) || shown.every(isByPassword);
}

/** The credentials in headers. @param isSecret decides for headers other than cookies */
function inHeaders(headers: Headers, isSecret: (value: string) => boolean): ObservedSecret[] {
  return Object.entries(headers).flatMap(([name, value]): ObservedSecret[] => {
    if (!isCredentialName(name)) return [];
    if (/cookie/i.test(name)) {
      return cookiesOf(value).map(([cookie, one]) => passing(one, isCertainName(cookie)));
    }
    return credentialsOf(value)
      .filter(isSecret)
      .map((one) => passing(one, isSecretName(name)));
  });
}

/** The fields of a request body; none for a list, which holds records. */
function textsOf(body: string | Uint8Array | undefined): readonly BodyField[] {
  if (body === undefined || body.length > MAX_BYTES) return [];
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return /^\s*\[/.test(text) ? [] : bodyFields(text);
}
