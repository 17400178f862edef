import type { PushedBody } from '../../shared/contract/spool';
import { decodeBodies, encodeBodies, leftOf } from '../../shared/io/spool-blob';

const AT = '2026-11-21T12:00:00.000Z';
const BODIES: readonly PushedBody[] = ['[{"a":"é"}]', '', '{"length":1}\nx', '[1,2]'].map((text, place) => ({
  bytes: Buffer.from(text),
  records: place + 1,
  receivedAt: AT,
  ...(place === 2 ? { key: 'one', contentType: 'text/plain', facts: { deep: { a: 1 } } } : {}),
}));
const BLOB = encodeBodies(BODIES);
const whole = { records: 10, failures: 0 };

function read(blob: Buffer) {
  const decoded = decodeBodies(blob);
  if (decoded === 'newer') throw new Error('a newer version');
  return decoded;
}

test('a blob gives back what was stored', () => {
  const bodies = BODIES.map((body, place) => ({ ...body, place }));
  expect(read(BLOB)).toEqual({ bodies });
  expect(leftOf(read(BLOB), whole, AT)).toEqual(bodies);
  expect(leftOf(read(BLOB), { ...whole, records: 6, left: [1, 3] }, AT)).toEqual([bodies[1], bodies[3]]);
});

test('cut anywhere, no byte and no record of it vanishes', () => {
  for (let length = 0; length < BLOB.length; length++) {
    const cut = BLOB.subarray(0, length);
    const { bodies, damaged = Buffer.alloc(0) } = read(cut);
    expect(Buffer.concat([encodeBodies(bodies.map(({ place: _, ...body }) => body)), damaged])).toEqual(cut);
    const left = leftOf(read(cut), whole, AT);
    expect(left.reduce((sum, body) => sum + body.records, 0)).toBe(10);
    expect(left.at(-1)).toMatchObject({ place: bodies.length, isDamaged: true, receivedAt: AT });
  }
});

test('of what is left, what cannot be read is one body, in one place', () => {
  const cut = read(BLOB.subarray(0, BLOB.length - 1));
  expect(leftOf(cut, { ...whole, records: 4, left: [3] }, AT)).toMatchObject([
    { place: 3, records: 4, isDamaged: true },
  ]);
  expect(leftOf(cut, { ...whole, records: 1, left: [0] }, AT)).toMatchObject([{ place: 0, records: 1 }]);
  const start = read(BLOB.subarray(0, 10));
  expect(leftOf(start, { ...whole, records: 6, left: [1, 3] }, AT)).toMatchObject([{ place: 0, records: 6 }]);
  expect(leftOf(start, { ...whole, records: 6, left: [0] }, AT)).toMatchObject([{ place: 0, records: 6 }]);
});

test.each(['{"version":2}\n', '{"version":7,"length":3,"records":1}\nabc'])(
  '%j is of a newer version',
  (text) => {
    expect(decodeBodies(Buffer.from(text))).toBe('newer');
  },
);
