import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isSameSecret } from './secrets';

/**
 * True when one of the keys signed this request. What is signed is what was received, to the byte: a client that
 * adds `; charset=utf-8` to the content type after signing is refused, and so is one that sends no Content-Length.
 * @param keys Base64, as the portal shows them
 * @see https://learn.microsoft.com/previous-versions/azure/azure-monitor/logs/data-collector-api#authorization
 */
export function isSigned(headers: IncomingHttpHeaders, signature: string, keys: readonly string[]): boolean {
  const signed = [
    'POST',
    headers['content-length'] ?? '',
    headers['content-type'] ?? '',
    `x-ms-date:${String(headers['x-ms-date'] ?? '')}`,
    '/api/logs',
  ].join('\n');
  const expected = keys.map((key) =>
    createHmac('sha256', Buffer.from(key, 'base64')).update(signed, 'utf8').digest('base64'),
  );
  return expected.filter((each) => isSameSecret(signature, each)).length > 0;
}
