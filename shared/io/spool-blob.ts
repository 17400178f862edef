import type { PushedBody, Remainder, SpooledBody } from '../contract/spool';

/*
 * A blob of the spool: for each body a line of JSON that tells its length and what else is known of it, and then its
 * bytes as they came. What is left of a blob stands in its metadata, whose values are ASCII.
 */

/** The blob of these bodies. */
export function encodeBodies(bodies: readonly PushedBody[]): Buffer {
  return Buffer.concat(
    bodies.flatMap(({ bytes, ...known }) => [
      Buffer.from(`${JSON.stringify({ length: bytes.length, ...known })}\n`),
      bytes,
    ]),
  );
}

/** The bodies of a blob. @throws SyntaxError when no version of the framework wrote it */
export function decodeBodies(blob: Buffer): SpooledBody[] {
  const bodies: SpooledBody[] = [];
  for (let at = 0; at < blob.length;) {
    const end = blob.indexOf('\n', at);
    const { length, ...known } = JSON.parse(blob.toString('utf8', at, end)) as Omit<PushedBody, 'bytes'> & {
      readonly length: number;
    };
    at = end + 1 + length;
    bodies.push({ ...known, place: bodies.length, bytes: blob.subarray(end + 1, at) });
  }
  return bodies;
}

export function encodeRemainder({ failedAt, failures, left, records }: Remainder): Record<string, string> {
  return {
    records: String(records),
    ...(failures === 0 ? {} : { failures: String(failures) }),
    ...(failedAt === undefined ? {} : { failedat: failedAt }),
    ...(left === undefined ? {} : { left: left.join(',') }),
  };
}

export function decodeRemainder(metadata: Readonly<Record<string, string>> = {}): Remainder {
  const { failedat, failures, left, records } = metadata;
  return {
    records: Number(records ?? 0),
    failures: Number(failures ?? 0),
    ...(failedat === undefined ? {} : { failedAt: failedat }),
    ...(left === undefined
      ? {}
      : {
          left: left
            .split(',')
            .filter((place) => place !== '')
            .map(Number),
        }),
  };
}

/** Which of a blob's bodies are left. */
export function leftOf(bodies: readonly SpooledBody[], left: Remainder['left']): SpooledBody[] {
  return left === undefined ? [...bodies] : bodies.filter(({ place }) => left.includes(place));
}
