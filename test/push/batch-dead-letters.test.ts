import type { DeadLetter } from '../../shared/contract/run';
import { storeDeadLetters } from '../../shared/push/batch-dead-letters';

const AT = '2026-11-21T12:00:00.000Z';
const ID = { connector: 'acme', instance: 'default', source: 'posts' };
/** Characters of 1 to 4 bytes, so that cuts between two pieces lie within each kind. */
const TEXT = 'a\u00e9\u20ac\u{1f40c}'.repeat(100_000);

/** The dead letter of a body that is not retried again. */
async function deadLetterOf(bytes: Uint8Array, isDamaged?: true): Promise<DeadLetter | undefined> {
  const stored: DeadLetter[] = [];
  const deadLetters = {
    put: async (_id: unknown, _page: unknown, letters: readonly DeadLetter[]) => {
      stored.push(...(await Promise.resolve(letters)));
    },
  };
  const body = { place: 0, bytes, records: 7, receivedAt: AT, ...(isDamaged ? { isDamaged } : {}) };
  const blob = { name: 'blob', bytes: bytes.length, records: 7, failures: 0 };
  const failed = [{ blob, body, why: 'it is not JSON', isFinal: true } as const];
  const counts = await storeDeadLetters(
    { sent: [], repeated: [], failed },
    { id: ID, runId: 'run', deadLetters },
    1,
  );
  expect(counts).toMatchObject({ deadLettered: 7, accepted: 0 });
  return stored[0];
}

test.each([
  ['short', '[1'],
  ['empty', ''],
  ['long', TEXT],
  ['long, with a byte order mark', `\ufeff${TEXT}`],
])('the dead letter of a body keeps its text: %s', async (_, text) => {
  const letter = await deadLetterOf(Buffer.from(text));
  expect(letter?.cause).toBe('body-set-aside');
  expect(letter?.record === text).toBe(true);
});

test.each([
  ['not UTF-8', Buffer.concat([Buffer.from(TEXT), Uint8Array.of(0xff)]), undefined],
  ['damaged', Buffer.from(TEXT), true],
] as const)('the dead letter of a body that is %s keeps its bytes in Base64', async (_, bytes, isDamaged) => {
  const letter = await deadLetterOf(bytes, isDamaged);
  expect(letter?.cause).toBe('damaged');
  expect(letter?.record === JSON.stringify(bytes.toString('base64'))).toBe(true);
});
