import type { Json } from '../contract/json';
import { readJsonBody } from './response-json';

/** A body that is not what its request expects. */
export class WrongFormat extends Error {
  override readonly name = 'WrongFormat';
}

/**
 * Reads a body in a format other than JSON. A page of HTML is none, nor is an object of JSON, which is an error that the
 * vendor reports in place of records: it is read as JSON.
 * @returns a function that throws an error when the body is not in the format
 */
export async function readDecodedBody(
  body: Uint8Array,
  contentType: string | undefined,
  decode: (body: Uint8Array, contentType: string) => Promise<Json>,
): Promise<() => Json> {
  const beginning = Buffer.from(body.subarray(0, 64)).toString('utf8').trimStart();
  if (/^<(?:!doctype )?html\b/i.test(beginning)) return readJsonBody(body, contentType);
  try {
    const value = await decode(body, contentType ?? '');
    return () => value;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const object = beginning.startsWith('{') ? await readJsonBody(body, contentType) : undefined;
    return () => orElse(object, () => wrongFormat(cause));
  }
}

function orElse(read: (() => Json) | undefined, problem: () => Error): Json {
  try {
    if (read !== undefined) return read();
  } catch {
    // It is not JSON either.
  }
  throw problem();
}

function wrongFormat(cause: SyntaxError): WrongFormat {
  return new WrongFormat(
    `the answer is not in the declared format, or not whole: ${cause.message}. The next run asks for it again.`,
    { cause },
  );
}
