import type { Receive } from '../../../shared/contract/webhook';
import type { PushRequest } from '../../../shared/contract/push';
import { writePost, type PostFixture } from './posts';
import { signPost } from './sign';

/** A post as an app meets it: written, signed, and not on any wire. */
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
