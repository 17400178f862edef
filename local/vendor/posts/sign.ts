import { createHmac } from 'node:crypto';
import type { HmacVerification, Receive } from '../../../shared/contract/webhook';
import type { PushRequest } from '../../../shared/contract/push';
import { writePost, type PostFixture, type WrittenPost } from './posts';

/** A post as it is sent. */
export interface SignedPost extends WrittenPost {
  /** The query of the address, without `?`; may be empty. */
  readonly query: string;
}

/**
 * Signs a post as its vendor would, from the source's declaration. Shares no code with the verification, so that each finds the
 * other's mistakes.
 * @param settings the source's values, of which the first secret signs
 */
export function signPost(
  { verify }: Receive,
  settings: Readonly<Record<string, string>>,
  post: WrittenPost,
  now: Date,
): SignedPost {
  if (verify.kind === 'function-key') return { ...post, query: '' };
  const secret = settings[verify.secrets[0] ?? ''] ?? '';
  const withHeaders = (more: Readonly<Record<string, string>>): SignedPost => ({
    ...post,
    headers: { ...post.headers, ...more },
    query: '',
  });
  if (verify.kind === 'basic') {
    const pair = Buffer.from(`${settings[verify.user] ?? ''}:${secret}`).toString('base64');
    return withHeaders({ authorization: `Basic ${pair}` });
  }
  if (verify.kind === 'hmac') return withHeaders(hmacHeaders(verify, secret, post.bytes, now));
  const shown = `${verify.prefix ?? ''}${secret}`;
  if (verify.in === 'header') return withHeaders({ [verify.name]: shown });
  return { ...post, query: new URLSearchParams({ [verify.name]: shown }).toString() };
}

function hmacHeaders(
  { encoding, hash, header, prefix = '', signs = '{body}', timestamp }: HmacVerification,
  secret: string,
  bytes: Buffer,
  now: Date,
): Record<string, string> {
  const seconds = String(Math.floor(now.getTime() / 1_000));
  const signed = signs
    .split(/(\{body\}|\{timestamp\})/)
    .map((part) => (part === '{body}' ? bytes : Buffer.from(part === '{timestamp}' ? seconds : part)));
  const digest = createHmac(hash, secret)
    .update(Buffer.concat(signed))
    .digest(encoding ?? 'hex');
  return {
    ...(timestamp === undefined ? {} : { [timestamp.header]: seconds }),
    [header]: `${prefix}${digest}`,
  };
}

/** A signed post as the app receives it, without a network in between. */
export function postRequest(
  receive: Receive,
  settings: Readonly<Record<string, string>>,
  fixture: Pick<PostFixture, 'body' | 'headers'>,
  now: Date,
): PushRequest & { readonly headers: Readonly<Record<string, string>> } {
  const { bytes, headers, query } = signPost(receive, settings, writePost(receive, fixture), now);
  return {
    method: 'POST',
    headers,
    header: (name) => headers[name],
    query: new URLSearchParams(query),
    body: new Uint8Array(bytes),
  };
}
