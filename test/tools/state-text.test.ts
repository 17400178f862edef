import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';
import type { SourceState } from '../../tools/operator/admin-session';
import { statesText } from '../../tools/operator/state-text';
import type { SpoolStatus } from '../../shared/admin';

const ID = { connector: 'acme-webhooks', instance: 'north-europe', source: 'events' };
const ledger = {
  fetched: 123_456_789,
  accepted: 123_000_000,
  duplicate: 400_000,
  filtered: 50_000,
  deadLettered: 6_700,
  pending: 89,
};
const state: SourceState = {
  ...ID,
  checkpoint: {
    version: 1,
    position: {},
    ledger,
    boundary: { time: '2026-11-20T09:00:00.123456Z', ids: [] },
    savedAt: '2026-11-20T09:01:00.123Z',
  },
  lease: { isHeld: true, lastWriter: 'a-machine-with-a-long-name:12345' },
  pause: { by: 'somebody-with-a-very-long-name', since: '2026-11-20T09:02:00.000Z' },
};
const spool: SpoolStatus = {
  connector: 'logs',
  instance: 'default',
  source: 'My_App_With_A_Long_Log_Type',
  table: 'My_App_With_A_Long_Log_Type_CL',
  ledger: { stored: 10, delivered: 4, dead: 1, duplicate: 2, filtered: 1, pending: 2 },
  oldest: '2026-11-20T09:00:00.000Z',
} as SpoolStatus;
const tableOf = (text: string): string[][] =>
  text.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));

test('every count of a source is shown, so that they add up', () => {
  const [head, , counts] = tableOf(statesText([state], []));
  expect(head).toEqual([
    ...['source', 'fetched', 'accepted', 'duplicate', 'filtered', 'dead', 'pending', 'state'],
  ]);
  const [fetched, ...others] = (counts ?? []).slice(1, 7).map(Number);
  expect(others.reduce((sum, count) => sum + count, 0)).toBe(fetched);
  const [, , pushed] = tableOf(statesText([], [spool]));
  const [stored, ...ends] = (pushed ?? []).slice(1, 7).map(Number);
  expect([stored, ends.reduce((sum, count) => sum + count, 0)]).toEqual([10, 10]);
});

test('no line is wider than 120 columns, even with long names and nine-digit counts', () => {
  const tables = statesText([state, { ...state, source: 'others' }], [spool]).split('\n');
  expect(Math.max(...tables.map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(tables.join('\n')).toContain('paused by somebody-…');
});

test('a source with an unreadable checkpoint shows no count, and one with an empty checkpoint zeros', () => {
  const damaged: SourceState = { ...ID, lease: { isHeld: false }, problem: 'reading it: no JSON' };
  const empty: SourceState = {
    ...ID,
    lease: { isHeld: false },
    checkpoint: { version: 1, position: null, ledger: EMPTY_LEDGER },
  };
  const [, , one, two] = tableOf(statesText([damaged, empty], []));
  expect(one).toEqual([...['acme-webhooks/events@north-europe', '-', '-', '-', '-', '-', '-'], 'damaged']);
  expect(two?.slice(1)).toEqual(['0', '0', '0', '0', '0', '0', 'caught up']);
});

test('where nothing ran it says so', () => {
  expect(statesText([], [])).toBe('Nothing has run yet.');
});
