import { hashBody, remember, findRepeated } from '../../shared/push/repeated-bodies';

const bodyOf = (text: string) => ({
  bytes: Buffer.from(text),
  records: 1,
  receivedAt: '2026-01-01T00:00:00Z',
});
const texts = (all: readonly { readonly body: { readonly bytes: Uint8Array } }[]): string[] =>
  all.map(({ body }) => Buffer.from(body.bytes).toString());

test('a body is identified only by its bytes, not by anything unsigned', () => {
  expect(hashBody(bodyOf('abc'))).toBe('ungWv48Bz-pBQUDe');
  expect(hashBody({ ...bodyOf('abc'), receivedAt: 'later', key: 'x' } as never)).toBe(
    hashBody(bodyOf('abc')),
  );
  const facts = (id: string) => ({ facts: { headers: { id } } });
  expect(hashBody({ ...bodyOf('abc'), ...facts('1') })).toBe(hashBody(bodyOf('abc')));
  expect(hashBody(bodyOf('abc '))).not.toBe(hashBody(bodyOf('abc')));
});

test('repeated bodies are recognized among earlier ones, and among each other', () => {
  const remembered = remember([], [bodyOf('old')]);
  const all = ['new', 'old', 'other', 'new'].map((text) => ({ body: bodyOf(text) }));
  const { fresh, repeated } = findRepeated(all, remembered);
  expect(texts(fresh)).toEqual(['new', 'other']);
  expect(texts(repeated)).toEqual(['old', 'new']);
});

test('only the newest are remembered: a body beyond that is sent twice, never dropped', () => {
  const many = Array.from({ length: 2_001 }, (_, number) => bodyOf(String(number)));
  const remembered = remember([], many);
  expect(remembered).toHaveLength(2_000);
  expect(texts(findRepeated([{ body: bodyOf('0') }, { body: bodyOf('1') }], remembered).fresh)).toEqual([
    '0',
  ]);
});
