import type { Json } from '../contract/json';
import type { PushedBody, Remainder, SpooledBody } from '../contract/spool';
import { isObject } from '../kit/paths';

/*
 * A blob of the spool: for each body a line of JSON that tells its length and what else is known of it, and then its
 * bytes as they came. A version adds members to that line; one that cannot keep to this says so in a member `version`,
 * in the first line. What is left of a blob stands in its metadata, whose values are ASCII.
 */

/** The form that this version writes, and that a line without a version has. */
const VERSION = 1;

/** The blob of these bodies. */
export function encodeBodies(bodies: readonly PushedBody[]): Buffer {
  return Buffer.concat(
    bodies.flatMap(({ bytes, ...known }) => [
      Buffer.from(`${JSON.stringify({ length: bytes.length, ...known })}\n`),
      bytes,
    ]),
  );
}

/** What a blob holds. */
export interface DecodedBlob {
  readonly bodies: readonly SpooledBody[];
  /** From where no body can be read any more. Absent: all of them were read. */
  readonly damaged?: Buffer;
}

/** Reads a blob as far as it can be read; `newer` where a newer version of the framework wrote it. */
export function decodeBodies(blob: Buffer): DecodedBlob | 'newer' {
  const bodies: SpooledBody[] = [];
  for (let at = 0; at < blob.length;) {
    const end = blob.indexOf('\n', at);
    const head = end < 0 ? undefined : readHead(blob.toString('utf8', at, end));
    if (head === 'newer') return head;
    if (head === undefined || end + 1 + head.length > blob.length)
      return { bodies, damaged: blob.subarray(at) };
    const { length, ...known } = head;
    at = end + 1 + length;
    bodies.push({ ...known, place: bodies.length, bytes: blob.subarray(end + 1, at) });
  }
  return { bodies };
}

/** What stands before a body. */
type Head = Omit<PushedBody, 'bytes'> & { readonly length: number };

/** `undefined` for what no version wrote. */
function readHead(line: string): Head | 'newer' | undefined {
  const head = parse(line);
  if (!isObject(head)) return undefined;
  const { length, receivedAt, records, version = VERSION } = head;
  if (typeof version === 'number' && version > VERSION) return 'newer';
  const isSound = isCount(length) && isCount(records) && typeof receivedAt === 'string';
  return isSound ? (head as unknown as Head) : undefined;
}

function parse(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}

function isCount(value: Json | undefined): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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
    records: countIn(records),
    failures: countIn(failures),
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

/** Of metadata that is damaged nothing is known: the bodies themselves say how many records they hold. */
function countIn(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/**
 * The bodies that are left of a blob. Where it is damaged, or holds fewer records than it was stored with, what cannot
 * be read of it is one body more, in the place behind the last that can: none of its records vanishes.
 */
export function leftOf(
  { bodies, damaged = Buffer.alloc(0) }: DecodedBlob,
  { left, records }: Remainder,
  storedAt: string,
): SpooledBody[] {
  const readable = left === undefined ? [...bodies] : bodies.filter(({ place }) => left.includes(place));
  const missing = records - readable.reduce((sum, body) => sum + body.records, 0);
  const isBehindLeft = left === undefined || left.some((place) => place >= bodies.length);
  if (missing <= 0 && (damaged.length === 0 || !isBehindLeft)) return readable;
  const rest = { place: bodies.length, bytes: damaged, records: Math.max(0, missing), receivedAt: storedAt };
  return [...readable, { ...rest, isDamaged: true }];
}
