import { createHmac } from 'node:crypto';
import type { PushRequest } from '../../contract/push';
import type { HmacVerification, Verification } from '../../contract/webhook';
import { isSameSecret } from '../data-collector/shared-key';
import { basicAuthorization } from '../../kit/signatures';

/** A secret that a caller signs with or sends. */
export interface Credential {
  readonly secret: string;
  /** The user name that belongs to a password. */
  readonly user?: string;
}

/** A secret of an instance. */
export interface KnownCredential extends Credential {
  readonly instance: string;
  /** The setting that holds the secret. Its use is counted by this name. */
  readonly setting: string;
}

/** The parts of a request that verification reads. */
export type VerifiedPost = Pick<PushRequest, 'body' | 'header' | 'query'>;

/** Every kind of verification except the one that Azure Functions does itself. */
export type SecretVerification = Exclude<Verification, { readonly kind: 'function-key' }>;

/**
 * The credential that verifies a request; `undefined` when none does. Verifies the bytes as received, and not their age:
 * see {@link isRecent}. Tries every credential in constant time, so that timing reveals nothing.
 */
export function findCredential<S extends Credential>(
  verification: SecretVerification,
  credentials: readonly S[],
  post: VerifiedPost,
): S | undefined {
  const shown = shownBy(verification, post);
  if (shown === undefined) return undefined;
  return credentials.filter((credential) =>
    isSameSecret(shown, expectedOf(verification, credential, post)),
  )[0];
}

const DIGEST_BYTES: Readonly<Record<HmacVerification['hash'], number>> = { sha1: 20, sha256: 32 };
const NO_BODY = new Uint8Array();

/**
 * True when a request may match a credential, judged before its body is read: a sent secret is compared whole, a signature
 * by its length.
 */
export function mayBeFrom(
  verification: SecretVerification,
  credentials: readonly Credential[],
  { header, query }: Omit<VerifiedPost, 'body'>,
): boolean {
  const post = { header, query, body: NO_BODY };
  if (verification.kind !== 'hmac') return findCredential(verification, credentials, post) !== undefined;
  const bytes = DIGEST_BYTES[verification.hash];
  const characters = verification.encoding === 'base64' ? 4 * Math.ceil(bytes / 3) : 2 * bytes;
  return credentials.length > 0 && shownBy(verification, post)?.length === characters;
}

/** The secret or signature that a request sends, without its prefix; `undefined` when there is none. */
function shownBy(verification: SecretVerification, { header, query }: VerifiedPost): string | undefined {
  if (verification.kind === 'basic') {
    const [, credentials] = /^basic +(\S+)$/i.exec(header('authorization') ?? '') ?? [];
    return credentials;
  }
  const { prefix = '' } = verification;
  const isQuery = verification.kind === 'token' && verification.in === 'query';
  const name = verification.kind === 'token' ? verification.name : verification.header;
  const text = (isQuery ? query.get(name) : header(name)) ?? '';
  const shown = text.startsWith(prefix) ? text.slice(prefix.length) : '';
  if (shown === '') return undefined;
  return verification.kind === 'hmac' && verification.encoding !== 'base64' ? shown.toLowerCase() : shown;
}

/** True when the signed timestamp is within the declared window, or the source declares none. */
export function isRecent(
  verification: Verification,
  { header }: Pick<VerifiedPost, 'header'>,
  now: Date,
): boolean {
  const timestamp = verification.kind === 'hmac' ? verification.timestamp : undefined;
  if (timestamp === undefined) return true;
  const seconds = header(timestamp.header) ?? '';
  if (!/^\d{1,12}$/.test(seconds)) return false;
  return Math.abs(now.getTime() - Number(seconds) * 1_000) <= timestamp.windowMs;
}

function expectedOf(verification: SecretVerification, credential: Credential, post: VerifiedPost): string {
  const { kind } = verification;
  if (kind === 'hmac') return signature(verification, credential, post);
  return kind === 'basic' ? basicOf(credential) : credential.secret;
}

function basicOf({ secret, user = '' }: Credential): string {
  return basicAuthorization(user, secret).slice('Basic '.length);
}

function signature(
  { encoding = 'hex', hash, signs = '{body}', timestamp }: HmacVerification,
  { secret }: Credential,
  { body, header }: VerifiedPost,
): string {
  const at = timestamp === undefined ? '' : (header(timestamp.header) ?? '');
  const hmac = createHmac(hash, secret);
  signs.split('{body}').forEach((text, index) => {
    if (index > 0) hmac.update(body);
    hmac.update(text.replaceAll('{timestamp}', () => at));
  });
  return hmac.digest(encoding);
}
