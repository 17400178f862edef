import { crc32 } from 'node:zlib';
import type { PushedBody } from '../../../shared/contract/spool';
import {
  decodeBodies,
  decodeRemaining,
  encodeBodies,
  remainingBodies,
} from '../../../shared/storage/spool/blob-format';
import { runToEnd } from '../../../shared/values/cooperative';

const AT = '2026-11-21T12:00:00.000Z';
const BODIES: readonly PushedBody[] = ['[{"a":"é"}]', '', '{"length":1}\nx', '[1,2]'].map((text, place) => ({
  bytes: Buffer.from(text),
  records: place + 1,
  receivedAt: AT,
  ...(place === 2 ? { key: 'one', contentType: 'text/plain', facts: { deep: { a: 1 } } } : {}),
}));
const BLOB = runToEnd(encodeBodies(BODIES));
/** The offset of each body. */
const ENDS = BODIES.reduce(
  (ends, { bytes }) => [...ends, BLOB.indexOf('\n', ends.at(-1)) + 1 + bytes.length],
  [0],
);
const whole = { records: 10, failures: 0 };

function read(blob: Buffer) {
  const decoded = decodeBodies(blob);
  if (decoded === 'newer') throw new Error('a newer version');
  return decoded;
}

test('a blob returns the stored bodies', () => {
  const bodies = BODIES.map((body, place) => ({ ...body, place }));
  expect(read(BLOB)).toEqual({ bodies, isWhole: true });
  expect(remainingBodies(read(BLOB), whole, AT)).toEqual(bodies);
  expect(remainingBodies(read(BLOB), { ...whole, records: 6, left: [1, 3] }, AT)).toEqual([
    bodies[1],
    bodies[3],
  ]);
});

test('an empty body is valid at any place', () => {
  for (const bytes of [Buffer.alloc(0), new Uint8Array(0), Buffer.from('x').subarray(1)]) {
    const empty = { bytes, records: 1, receivedAt: AT };
    const { bodies, isWhole } = read(
      runToEnd(encodeBodies([empty, { ...empty, bytes: Buffer.from('[1]') }, empty])),
    );
    expect([isWhole, bodies.map(({ bytes: own }) => own.length)]).toEqual([true, [0, 3, 0]]);
  }
});

test('a line that counts more records than any body holds is damaged, whatever its checksum', () => {
  const bytes = Buffer.from('[{"a":1}]');
  const line = JSON.stringify({ length: bytes.length, bodies: 1, records: 1e15, receivedAt: AT });
  const sum = crc32(bytes, crc32(line));
  const blob = Buffer.concat([Buffer.from(`${line.slice(0, -1)},"crc32":${sum}}\n`), bytes]);
  const left = remainingBodies(read(blob), { records: 1, failures: 0 }, AT);
  expect(left).toMatchObject([{ records: 1, isDamaged: true }]);
});

test.each([{ records: 1e15 }, { records: Number.NaN }, { receivedAt: 'noon' }, { key: 7 }, { facts: [] }])(
  '%j is refused at writing, because it could not be read back',
  (wrong) => {
    const body = { bytes: Buffer.from('[1]'), records: 1, receivedAt: AT, ...wrong } as never;
    expect(() => runToEnd(encodeBodies([body]))).toThrow(
      /^storing pushed records: their \w+ could not be read back/,
    );
  },
);

test('a blob that is cut anywhere loses no byte and no record', () => {
  for (let length = 0; length < BLOB.length; length++) {
    const cut = BLOB.subarray(0, length);
    const { bodies, damaged = Buffer.alloc(0) } = read(cut);
    expect(bodies).toEqual(BODIES.slice(0, bodies.length).map((body, place) => ({ ...body, place })));
    expect(damaged).toEqual(cut.subarray(ENDS[bodies.length]));
    const left = remainingBodies(read(cut), whole, AT);
    expect(left.reduce((sum, body) => sum + body.records, 0)).toBe(10);
    expect(left.at(-1)).toMatchObject({ place: bodies.length, isDamaged: true, receivedAt: AT });
  }
});

test('the unreadable part of the remaining bodies becomes one damaged body', () => {
  const cut = read(BLOB.subarray(0, BLOB.length - 1));
  expect(remainingBodies(cut, { ...whole, records: 4, left: [3] }, AT)).toMatchObject([
    { place: 3, records: 4, isDamaged: true },
  ]);
  expect(remainingBodies(cut, { ...whole, records: 1, left: [0] }, AT)).toMatchObject([
    { place: 0, records: 1 },
  ]);
  const start = read(BLOB.subarray(0, 10));
  expect(remainingBodies(start, { ...whole, records: 6, left: [1, 3] }, AT)).toMatchObject([
    { place: 0, records: 6 },
  ]);
  expect(remainingBodies(start, { ...whole, records: 6, left: [0] }, AT)).toMatchObject([
    { place: 0, records: 6 },
  ]);
});

test.each(['{"version":2}\n', '{"version":7,"length":3,"records":1}\nabc'])(
  '%j is of a newer version',
  (text) => {
    expect(decodeBodies(Buffer.from(text))).toBe('newer');
  },
);

/** The format of earlier versions: without a checksum. */
const OLD = Buffer.concat(
  BODIES.flatMap(({ bytes, ...known }) => [
    Buffer.from(`${JSON.stringify({ length: bytes.length, ...known })}\n`),
    bytes,
  ]),
);

test('a blob of a version without checksums returns the stored bodies', () => {
  const bodies = BODIES.map((body, place) => ({ ...body, place }));
  expect(read(OLD)).toEqual({ bodies });
  expect(remainingBodies(read(OLD), whole, AT)).toEqual(bodies);
});

test('a version without checksums reads the blobs of this one', () => {
  let at = 0;
  for (const { bytes, ...known } of BODIES) {
    const end = BLOB.indexOf('\n', at);
    const head = JSON.parse(BLOB.toString('utf8', at, end)) as { readonly length: number };
    expect(head).toMatchObject({ ...known, length: bytes.length });
    expect(BLOB.subarray(end + 1, end + 1 + head.length)).toEqual(bytes);
    at = end + 1 + head.length;
  }
  expect(at).toBe(BLOB.length);
});

test('whichever byte changes in storage, no changed body is delivered and no record is lost', () => {
  const told = BODIES.map(({ bytes, ...known }, place) => JSON.stringify({ ...known, place, bytes }));
  const wrong: string[] = [];
  for (let at = 0; at < BLOB.length; at++) {
    for (const flip of [0x01, 0x80]) {
      const blob = Buffer.from(BLOB);
      blob[at] = (BLOB[at] as number) ^ flip;
      const left = remainingBodies(read(blob), whole, AT);
      const sound = left.filter(({ isDamaged }) => isDamaged !== true);
      const isKept = left.reduce((sum, body) => sum + body.records, 0) === 10;
      const isTrue = sound.every((body) => JSON.stringify(body) === told[body.place]);
      if (!isKept || !isTrue || sound.length === left.length) wrong.push(`byte ${at} ^ ${flip}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('a body with a changed byte affects only itself, and the bodies after it are read', () => {
  const blob = Buffer.from(BLOB);
  blob[BLOB.indexOf('{"length":1}\nx')] = 0;
  const left = remainingBodies(read(blob), whole, AT);
  expect(left.map(({ isDamaged, place, records }) => [place, records, isDamaged === true])).toEqual([
    [0, 1, false],
    [1, 2, false],
    [2, 3, true],
    [3, 4, false],
  ]);
});

describe('invalid metadata', () => {
  const nonsense = ['abc', '-1', '1e3', '999999999999999', '', 'NaN', '0x10', ' 1', 'null'];

  test.each(nonsense)('%j of a valid blob does not change what is read', (text) => {
    const bodies = BODIES.map((body, place) => ({ ...body, place }));
    const told = decodeRemaining({ records: text, failures: text, failedat: text, left: text });
    expect(told).toEqual({ records: 0, failures: 0 });
    expect(remainingBodies(read(BLOB), told, AT)).toEqual(bodies);
  });

  test('does not change the number of records of a whole blob', () => {
    for (const records of [0, 1, 9, 11, 1e8])
      expect(remainingBodies(read(BLOB), { records, failures: 0 }, AT)).toHaveLength(BODIES.length);
  });

  test('with invalid places leaves every body', () => {
    for (const left of [',', '0,', 'a', '-1', '1.5', '0,,1'])
      expect(decodeRemaining({ records: '1', left })).toEqual({ records: 1, failures: 0 });
    expect(decodeRemaining({ records: '1', left: '0,2' })).toMatchObject({ left: [0, 2] });
  });
});

test.each<object>([
  { records: -1 },
  { records: '1' },
  { length: 1.5 },
  { receivedAt: 7 },
  { receivedAt: 'noon' },
  { key: {} },
  { contentType: 1 },
  { facts: [] },
  { facts: 'x' },
])('a line that contains %j is damaged', (wrong) => {
  const line = JSON.stringify({ length: 2, records: 1, receivedAt: AT, ...wrong });
  expect(read(Buffer.from(`${line}\n{}`)).bodies).toEqual([]);
});
