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
  SHORTEST,
  type Named,
} from './secret-values';

/** A token's answer is small; of a larger one, a page of events, so much of its beginning and of its end is looked at. */
const MAX_BYTES = 65_536;
/** An answer that names more is a page of records. */
const MOST_TOKENS = 20;
/** The end of an address that tokens are asked of. */
const TOKEN_ENDPOINT =
  /\/(?:o?auth2?|authenticate|authentication|authorize|log-?[io]n|sign-?in|sessions?|(?:access_?)?tokens?)\/?$/i;
/** What wraps a token that has no name of its own. */
const WRAPPER = /^(?:value|result|data|response|content|return|string|d)?$/i;
/** What is a secret at any length, by what it is called. */
const PASSWORD = /pass|pwd|secret|(?:^|[-_])(?:pin|otp|psk)$/i;

/** A secret that came up in a request or in its answer. */
export interface ObservedSecret {
  readonly value: string;
  /** True for a token that is used again later; a signature or a cookie is replaced by the next one. */
  readonly isLasting: boolean;
  /** True where there is no doubt, so that it may stand in no checkpoint either. */
  readonly isCertain: boolean;
}

type Request = Pick<HttpRequest, 'body' | 'headers' | 'method'>;
type Headers = Readonly<Record<string, string>>;

/**
 * What of a request is a secret: the credentials in its headers, and what its query and its body call a token, a
 * password, a key or the like. @param url with the query that is sent
 */
export function secretsSent({ body, headers = {} }: Request, url: URL): ObservedSecret[] {
  const named: Named[] = [
    ...url.searchParams,
    ...textsOf(body).flatMap(({ isListed, name, value }): Named[] => (isListed ? [] : [[name, value]])),
  ];
  const told = named.filter(
    ([name, value]) => isCredentialName(name) && (PASSWORD.test(name) || isLikeSecret(value)),
  );
  return [
    ...inHeaders(headers, () => true),
    ...told.map(([name, value]) => passing(value, isCertainName(name))),
  ].filter(({ value }) => value.length >= SHORTEST && !isWord(value));
}

/**
 * What of an answer is a secret: its cookies, what a header, or a member of a body outside of any list, is called a token or
 * the like, and a JSON Web Token under any name. Of what a token endpoint answers also what stands in lists, in XML, or
 * alone. Of a body over 64 KB the first and the last 64 KB are looked at, and of its members in JSON those before the first
 * list and behind the last one.
 * @param request what was asked @param url where
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

/** What the query of an address that an answer names is signed with, or shows. */
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
  // Most pages have no such word, and are not read a second time.
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

/** True for a text of a token endpoint's answer that is a token. */
function isToken({ name, value }: BodyField): boolean {
  if (isSecretName(name)) return mayBeToken(value);
  return (isCredentialName(name) || WRAPPER.test(name)) && isLikeSecret(value) && !/^https?:/.test(value);
}

/**
 * True for a request that asks for a token: one that changes something and shows no token yet, or that goes to where tokens
 * are given; to there also a GET that shows a password.
 */
function isLogin({ headers = {}, method = 'GET' }: Request, url: URL): boolean {
  const shown = Object.entries(headers).filter(([name]) => isCredentialName(name));
  const isByPassword = ([, value]: readonly [string, string]): boolean => /^(?:basic|digest) /i.test(value);
  if (method === 'GET') return TOKEN_ENDPOINT.test(url.pathname) && shown.some(isByPassword);
  return TOKEN_ENDPOINT.test(url.pathname) || shown.every(isByPassword);
}

/** The credentials in headers. @param isSecret judges what is no cookie */
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

/** The texts of a body that is sent; a list is one of records. */
function textsOf(body: string | Uint8Array | undefined): readonly BodyField[] {
  if (body === undefined || body.length > MAX_BYTES) return [];
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return /^\s*\[/.test(text) ? [] : bodyFields(text);
}
