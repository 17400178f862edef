import type { Json } from '../../shared/contract/json';
import { SettingError } from '../../shared/contract/errors';
import {
  keepInAdditionalFields,
  leftOutOf,
  onlyKnownStreams,
  streamColumnsAfter,
  takenAt,
} from '../../shared/flow/stream-columns';
import { memorySink } from '../fakes/memory-sink';

const NOW = new Date('2026-11-21T12:00:00Z');
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

test('a column that a stream gets is used half an hour later, one of a new stream at once', () => {
  const before = streamColumnsAfter({ streamColumns: { a_s: 'string' }, streamAdded: [] }, undefined, NOW);
  expect(takenAt(before, NOW)).toEqual(new Set(['a_s']));
  const wider = { streamColumns: { a_s: 'string', b_s: 'string' } as const, streamAdded: ['b_s'] };
  const after = streamColumnsAfter(wider, before, NOW);
  expect(takenAt(after, later(29))).toEqual(new Set(['a_s']));
  expect(takenAt(after, later(30))).toEqual(new Set(['a_s', 'b_s']));
  // Asked again meanwhile, when the stream has it: the half hour stays.
  const again = streamColumnsAfter({ ...wider, streamAdded: [] }, after, later(10));
  expect(takenAt(again, later(11))).toEqual(new Set(['a_s']));
});

test('what no column takes is in AdditionalFields under the column’s name, beside what was there', () => {
  const row: Record<string, Json> = { TimeGenerated: 't', a_s: 'x', b_d: 2, AdditionalFields: { long: 1 } };
  keepInAdditionalFields(row, leftOutOf(new Set(['TimeGenerated', 'AdditionalFields', 'a_s'])));
  expect(row).toEqual({ TimeGenerated: 't', a_s: 'x', AdditionalFields: { long: 1, b_d: 2 } });
});

test('a column that has the name of what is in AdditionalFields already stands beside it', () => {
  const row: Record<string, Json> = { a_s: 'column', AdditionalFields: { a_s: 'property' } };
  keepInAdditionalFields(row, leftOutOf(new Set(['AdditionalFields'])));
  expect(row).toEqual({ AdditionalFields: { a_s: 'property', 'a_s-': 'column' } });
});

test('a row that the stream takes whole is not touched, and where nothing is known no row is', () => {
  const row: Record<string, Json> = { a_s: 'x' };
  keepInAdditionalFields(row, leftOutOf(new Set(['a_s'])));
  keepInAdditionalFields(row, leftOutOf(undefined));
  expect(row).toEqual({ a_s: 'x' });
});

test('nothing is sent to a stream of which nobody has said what it takes', async () => {
  const sink = memorySink();
  const table = { name: 'App_CL', time: 't', columns: {} };
  const sending = onlyKnownStreams(sink, undefined).send(table, { count: 1, body: Buffer.from('[{}]') });
  await expect(sending).rejects.toMatchObject({ missing: 'stream' });
  await expect(sending).rejects.toThrow(SettingError);
  await expect(sending).rejects.toThrow('npx tributary tables --apply App_CL');
  const settling = onlyKnownStreams(sink, new Set(['a_s'])).send(table, {
    count: 1,
    body: Buffer.from('[{}]'),
  });
  await expect(settling).rejects.toThrow('takes no AdditionalFields yet');
  expect(sink.batches).toEqual([]);
  expect(onlyKnownStreams(sink, new Set(['AdditionalFields']))).toBe(sink);
});
