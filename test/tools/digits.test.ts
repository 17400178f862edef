import { createMasker } from '../../tools/mask/masker';
import { textTable } from '../../tools/cli/text-table';
import { tryText } from '../../tools/try/try-text';

/* Any output of the command line may contain an integer beyond 2^53, for which JSON.stringify throws. */

const SERIAL = 12345678901234567890n;
const REQUEST = { method: 'POST', address: 'https://vendor.example/logs', query: {}, headers: {} };
const TRIED = {
  connector: 'acme',
  instance: 'default',
  source: 'events',
  vendor: 'real',
  exchanges: [{ request: { ...REQUEST, body: { before: SERIAL } }, status: 200 }],
  records: 1,
  shown: [],
  drift: [],
  deadLetters: 0,
  checkpoint: { after: SERIAL + 1n },
  next: null,
} as const;

test('rows with nested values are shown with every digit', () => {
  expect(textTable([{ Device: { serial: SERIAL } }])).toContain(`{"serial":${SERIAL}}`);
});

test('try shows the body and the checkpoint with every digit', () => {
  const text = tryText(TRIED);
  expect(text).toContain(`{"before":${SERIAL}}`);
  expect(text).toContain(`{"after":${SERIAL + 1n}}`);
});

test('JSON inside a text is masked without losing a digit', () => {
  const records = [{ raw: `{"serial":${SERIAL}}` }];
  expect(createMasker(new Map()).mask(records)).toEqual(records);
});
