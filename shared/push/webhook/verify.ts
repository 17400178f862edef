import { createHmac } from 'node:crypto';
import type { PushRequest } from '../../contract/push';
import type { HmacVerification, Verification } from '../../contract/webhook';
import { isSameSecret } from '../data-collector/shared-key';
import { basicAuthorization } from '../../kit/signatures';

/** One of those who may post: what they sign with, or show. */
export interface Credential {
  readonly secret: string;
  /** The name, for a password. */
  readonly user?: string;
}

/** Someone who may post: an instance, by one of its secrets. */
export interface KnownCredential extends Credential {
  readonly instance: string;
  /** The setting that holds the secret: what its use is counted by. */
  readonly setting: string;
}

/** A request as far as its verification looks at it. */
export type VerifiedPost = Pick<PushRequest, 'body' | 'header' | 'query'>;

/** Every way to verify but the one that is the host's own. */
export type SecretVerification = Exclude<Verification, { readonly kind: 'function-key' }>;

/**
 * Which of the senders a post is from; `undefined` when it is from none of them. When it was signed is another question:
 * {@link isRecent}. Looks at the bytes as they came. Every sender is tried and every comparison takes the same time, so
 * that neither tells anything.
 */
export function findCredential<S extends Credential>(
  verification: SecretVerification,
  senders: readonly S[],
  post: VerifiedPost,
): S | undefined {
  const shown = shownBy(verification, post);
  if (shown === undefined) return undefined;
  return senders.filter((sender) => isSameSecret(shown, expectedOf(verification, sender, post)))[0];
}

const DIGEST_BYTES: Readonly<Record<HmacVerification['hash'], number>> = { sha1: 20, sha256: 32 };
const NO_BODY = new Uint8Array();

/**
 * Whether a post may be from one of the senders, as far as that can be told before its body is read: a shown secret is
 * known whole, and a keyed hash has its length.
 */
export function mayBeFrom(
  verification: SecretVerification,
  senders: readonly Credential[],
  { header, query }: Omit<VerifiedPost, 'body'>,
): boolean {
  const post = { header, query, body: NO_BODY };
  if (verification.kind !== 'hmac') return findCredential(verification, senders, post) !== undefined;
  const bytes = DIGEST_BYTES[verification.hash];
  const characters = verification.encoding === 'base64' ? 4 * Math.ceil(bytes / 3) : 2 * bytes;
  return senders.length > 0 && shownBy(verification, post)?.length === characters;
}

/** What a post shows, without what stands before it; `undefined` where it shows nothing. */
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

/** Whether a post says that it was signed just now, where its source asks for that. */
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

function expectedOf(verification: SecretVerification, sender: Credential, post: VerifiedPost): string {
  const { kind } = verification;
  if (kind === 'hmac') return signature(verification, sender, post);
  return kind === 'basic' ? basicOf(sender) : sender.secret;
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
