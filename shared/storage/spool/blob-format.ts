import { crc32 } from 'node:zlib';
import type { Json, JsonObject } from '../../contract/json';
import type { PushedBody, RemainingBodies, SpooledBody } from '../../contract/spool';
import { joinBytes } from '../../values/cooperative';
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
 * A blob of the spool holds, for each body, a JSON line with its length and metadata, followed by its bytes as received.
 * The last member of the line is a checksum of the rest of the line and of the bytes; the first versions wrote none. A later
 * version adds members before it. A version that cannot keep this format sets a member `version` in the first line. The
 * blob's metadata, whose values are ASCII, says which bodies remain.
 */

/** The format of this version, and of a line without a version. */
const VERSION = 1;
/** The checksum, after the members that it covers. */
const CHECKSUM = /,"crc32":(\d{1,10})\}$/;

/**
 * Encodes bodies as one blob, and pauses.
 * @throws Error for a body whose line could not be read back, which is a bug: nothing is stored, and the sender keeps the body
 */
export function* encodeBodies(bodies: readonly PushedBody[]): Generator<undefined, Buffer, undefined> {
  const pieces = bodies.flatMap(({ bytes, ...known }, place) => {
    const count = place === 0 ? { bodies: bodies.length } : {};
    const line = JSON.stringify({ length: bytes.length, ...count, ...known });
    const wrong = wrongMember<Line>(JSON.parse(line) as JsonObject, MEMBERS);
    if (wrong !== undefined) throw new Error(`storing pushed records: their ${wrong} could not be read back`);
    return [Buffer.from(`${line.slice(0, -1)},"crc32":${checksum(line, bytes)}}\n`), bytes];
  });
  return yield* joinBytes(pieces);
}

/** Node returns 0 for an empty array without its own memory, whatever the initial value. */
function checksum(line: string, bytes: Uint8Array): number {
  const ofLine = crc32(line);
  return bytes.length === 0 ? ofLine : crc32(bytes, ofLine);
}

/** A decoded blob. */
export interface DecodedBlob {
  /** A body with a wrong checksum is damaged: its bytes include its line. Bodies after it are still read. */
  readonly bodies: readonly SpooledBody[];
  /** The bytes from which no body can be read. Absent when all were read. */
  readonly damaged?: Buffer;
  /** True when all stored bodies are present and intact. */
  readonly isWhole?: true;
}

/** Decodes a blob as far as possible; `newer` if a newer version of the framework wrote it. */
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
    // A damaged line may have a wrong length. The start of the next body is then unknown.
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

/** The parsed line before a body, and the body's place in the blob. */
interface Head {
  readonly known: Omit<PushedBody, 'bytes'>;
  /** The number of bodies in the blob. In the first line only. */
  readonly bodies?: number;
  readonly start: number;
  readonly end: number;
  /** Whether the checksum matches. Absent for lines of the first versions, which have none. */
  readonly isSound?: boolean;
}

/** More records than any body holds. A larger count is damaged. */
const MAX_RECORDS = 1e8;

/** The line before a body. */
interface Line extends Omit<PushedBody, 'bytes'> {
  readonly length: number;
  /** The number of bodies in the blob. In the first line only. */
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

/** Parses the line at a place; `undefined` if it is invalid. */
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

/** Damaged metadata is ignored: all bodies remain, and their lines give the number of records. */
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
 * The remaining bodies of a blob. If the blob is damaged, or has fewer records than were stored, its unreadable rest is one
 * more body after the last readable one, so that no record vanishes from the ledger. The record count of a damaged body is
 * capped by the blob's own count.
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
