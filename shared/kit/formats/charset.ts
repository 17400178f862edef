/** The charset that a `Content-Type` names; `undefined` for none and for UTF-8. @see RFC 9110, section 8.3.2 */
export function charsetIn(contentType: string): string | undefined {
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1];
  return charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset) ? undefined : charset;
}

/** The bytes of a body in UTF-8. A charset that Node does not know is read as UTF-8. */
export async function* asUtf8(
  chunks: AsyncIterable<Uint8Array>,
  charset: string | undefined,
): AsyncGenerator<Uint8Array> {
  const decoder = charset === undefined ? undefined : decoderOf(charset);
  if (decoder === undefined) {
    yield* chunks;
    return;
  }
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

function decoderOf(
  charset: string,
): { decode(chunk?: Uint8Array, options?: { stream: boolean }): string } | undefined {
  try {
    return new TextDecoder(charset);
  } catch {
    return undefined;
  }
}
