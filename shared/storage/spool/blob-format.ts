import { crc32 } from 'node:zlib';
import type { Json, JsonObject } from '../../contract/json';
import type { PushedBody, RemainingBodies, SpooledBody } from '../../contract/spool';
import { isObject } from '../../values/json-path';
import {
  isCount,
  isRecord,
  isText,
  isTime,
  maybe,
  objectOf,
  wrongMember,
  type StoredMembers,
} from '../../values/stored-checks';

/*
 * A blob of the spool: for each body a line of JSON that tells its length and what else is known of it, and then its
 * bytes as they came. The last member of the line is the checksum of the line before it and of the bytes; the first
 * versions wrote none. A version adds members in front of it; one that cannot keep to this says so in a member
 * `version`, in the first line. What is left of a blob stands in its metadata, whose values are ASCII.
 */

/** The form that this version writes, and that a line without a version has. */
const VERSION = 1;
/** What stands behind the members that a checksum covers. */
const CHECKSUM = /,"crc32":(\d{1,10})\}$/;

/**
 * The blob of these bodies.
 * @throws Error for a body whose line could not be read again, which is a bug: nothing is stored, and its sender keeps it
 */
export function encodeBodies(bodies: readonly PushedBody[]): Buffer {
  return Buffer.concat(
    bodies.flatMap(({ bytes, ...known }, place) => {
      const count = place === 0 ? { bodies: bodies.length } : {};
      const line = JSON.stringify({ length: bytes.length, ...count, ...known });
      const wrong = wrongMember<Line>(JSON.parse(line) as JsonObject, MEMBERS);
      if (wrong !== undefined)
        throw new Error(`storing what was pushed: its ${wrong} could not be read again`);
      return [Buffer.from(`${line.slice(0, -1)},"crc32":${checksum(line, bytes)}}\n`), bytes];
    }),
  );
}

/** Node gives 0 for an empty array that has no memory of its own, whatever was before it. */
function checksum(line: string, bytes: Uint8Array): number {
  const ofLine = crc32(line);
  return bytes.length === 0 ? ofLine : crc32(bytes, ofLine);
}

/** What a blob holds. */
export interface DecodedBlob {
  /** One whose checksum is another is damaged, its line kept with its bytes, and those behind it are not. */
  readonly bodies: readonly SpooledBody[];
  /** From where no body can be read any more. Absent: all of them were read. */
  readonly damaged?: Buffer;
  /** As many bodies as were stored are there, and each is sound. */
  readonly isWhole?: true;
}

/** Reads a blob as far as it can be read; `newer` where a newer version of the framework wrote it. */
export function decodeBodies(blob: Buffer): DecodedBlob | 'newer' {
  const bodies: SpooledBody[] = [];
  let stored: number | undefined;
  for (let at = 0; at < blob.length;) {
    const head = headAt(blob, at);
    if (head === 'newer') return head;
    if (head === undefined) return { bodies, damaged: blob.subarray(at) };
    const { end, known, start, ...rest } = head;
    stored ??= rest.bodies;
    const isSound = rest.isSound ?? stored === undefined;
    // Where the line is wrong so may be its length: then nobody knows where the next body begins.
    if (!isSound && end < blob.length && headAt(blob, end) === undefined)
      return { bodies, damaged: blob.subarray(at) };
    const place = bodies.length;
    bodies.push(
      isSound
        ? { ...known, place, bytes: blob.subarray(start, end) }
        : { ...known, place, bytes: blob.subarray(at, end), isDamaged: true },
    );
    at = end;
  }
  const isWhole = stored === bodies.length && bodies.every(({ isDamaged }) => isDamaged !== true);
  return { bodies, ...(isWhole ? { isWhole } : {}) };
}

/** A body in its blob, and the line before it. */
interface Head {
  readonly known: Omit<PushedBody, 'bytes'>;
  /** How many bodies the blob has, in its first line. */
  readonly bodies?: number;
  readonly start: number;
  readonly end: number;
  /** What its checksum says; absent where it has none, as those that the first versions wrote. */
  readonly isSound?: boolean;
}

/** More records than any body holds: what says so is damaged. */
const MAX_RECORDS = 1e8;

/** The line before a body. */
interface Line extends Omit<PushedBody, 'bytes'> {
  readonly length: number;
  /** How many bodies the blob has, in its first line. */
  readonly bodies?: number;
  readonly crc32?: number;
}

const MEMBERS: StoredMembers<Line> = {
  length: isCount,
  records: (value) => isCount(value) && (value as number) <= MAX_RECORDS,
  receivedAt: isTime,
  contentType: maybe(isText),
  key: maybe(isText),
  facts: maybe(isRecord),
  bodies: maybe(isCount),
  crc32: maybe(isCount),
};
const isLine = objectOf<Line>(MEMBERS);

/** `undefined` for what no version wrote. */
function headAt(blob: Buffer, at: number): Head | 'newer' | undefined {
  const lineEnd = blob.indexOf('\n', at);
  const line = blob.toString('utf8', at, Math.max(at, lineEnd));
  const head = lineEnd < 0 ? undefined : parse(line);
  if (!isObject(head)) return undefined;
  const { version = VERSION } = head;
  if (typeof version === 'number' && version > VERSION) return 'newer';
  if (!isLine(head)) return undefined;
  const { bodies, crc32: sum, length, ...known } = head;
  const [start, end] = [lineEnd + 1, lineEnd + 1 + length];
  if (end > blob.length) return undefined;
  const covered = line.replace(CHECKSUM, '}');
  return {
    ...{ known, start, end },
    ...(sum === undefined ? {} : { isSound: sum === checksum(covered, blob.subarray(start, end)) }),
    ...(bodies === undefined ? {} : { bodies }),
  };
}

function parse(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}

export function encodeRemaining({
  failedAt,
  failures,
  isNewer,
  left,
  records,
}: RemainingBodies): Record<string, string> {
  return {
    records: String(records),
    ...(failures === 0 ? {} : { failures: String(failures) }),
    ...(failedAt === undefined ? {} : { failedat: failedAt }),
    ...(left === undefined ? {} : { left: left.join(',') }),
    ...(isNewer === true ? { newer: 'true' } : {}),
  };
}

/** Of metadata that is damaged nothing is known: the bodies themselves say how many records they hold, and all are left. */
export function decodeRemaining(metadata: Readonly<Record<string, string>> = {}): RemainingBodies {
  const { failedat, failures, left = '', newer, records } = metadata;
  return {
    records: countIn(records),
    failures: countIn(failures),
    ...(isTime(failedat) ? { failedAt: failedat as string } : {}),
    ...(/^\d{1,9}(?:,\d{1,9})*$/.test(left) ? { left: left.split(',').map(Number) } : {}),
    ...(newer === 'true' ? { isNewer: true } : {}),
  };
}

function countIn(text = ''): number {
  return /^\d{1,15}$/.test(text) && Number(text) <= MAX_RECORDS ? Number(text) : 0;
}

/**
 * The bodies that are left of a blob. Where it is damaged, or holds fewer records than it was stored with, what cannot
 * be read of it is one body more, in the place behind the last that can: none of its records vanishes. What the line of
 * a damaged body counts is believed no further than the blob's own count goes.
 */
export function remainingBodies(
  { bodies, damaged = Buffer.alloc(0), isWhole }: DecodedBlob,
  { left, records }: RemainingBodies,
  storedAt: string,
): SpooledBody[] {
  const readable = left === undefined ? [...bodies] : bodies.filter(({ place }) => left.includes(place));
  if (isWhole === true) return readable;
  const count = (some: readonly SpooledBody[]): number => some.reduce((sum, body) => sum + body.records, 0);
  const isSound = ({ isDamaged }: SpooledBody): boolean => isDamaged !== true;
  let missing = Math.max(0, (records || count(readable)) - count(readable.filter(isSound)));
  const counted = readable.map((body) => {
    if (isSound(body)) return body;
    const own = Math.min(body.records, missing);
    missing -= own;
    return { ...body, records: own };
  });
  const isBehindLeft = left === undefined || left.some((place) => place >= bodies.length);
  if (missing === 0 && (damaged.length === 0 || !isBehindLeft)) return counted;
  const rest = { place: bodies.length, bytes: damaged, records: missing, receivedAt: storedAt };
  return [...counted, { ...rest, isDamaged: true }];
}
