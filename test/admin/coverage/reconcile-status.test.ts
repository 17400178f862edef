import { EMPTY_LEDGER } from '../../../shared/contract/checkpoint';
import type { AuditEvent } from '../../../shared/contract/operator';
import { acceptedPasses, reconcileStatus } from '../../../shared/admin/coverage/reconcile-status';

const ledger = (accepted: number) => ({ ...EMPTY_LEDGER, fetched: accepted, accepted });
const moved = (
  what: AuditEvent['what'],
  before: number | 'damaged',
  after: number,
): Pick<AuditEvent, 'what' | 'before' | 'after'> => ({
  what,
  before: before === 'damaged' ? { damaged: true } : { ledger: ledger(before) },
  after: { ledger: ledger(after) },
});

test('accepted events are one pass until a state is moved or a backfill runs beside it', () => {
  expect(acceptedPasses([], ledger(7), [])).toEqual([7]);
  expect(acceptedPasses([moved('state-set', 5, 5), moved('state-reset', 8, 8)], ledger(9), [])).toEqual([
    5, 3, 1,
  ]);
  expect(acceptedPasses([], ledger(7), [{ ledger: ledger(4) }])).toEqual([7, 4]);
});

test('events counted by a replaced ledger still count, and so do those of an imported one', () => {
  expect(acceptedPasses([moved('state-restore', 15, 10)], ledger(12), [])).toEqual([15, 2]);
  expect(acceptedPasses([moved('state-import', 0, 100)], ledger(120), [])).toEqual([20, 100]);
  expect(acceptedPasses([moved('state-reset', 'damaged', 0)], ledger(3), [])).toEqual([3]);
});

test('a pause or a replay does not begin a pass', () => {
  const acts = [
    { what: 'pause', before: null, after: {} },
    { what: 'replay', before: { refused: 2 }, after: { accepted: 2 } },
  ] as const;
  expect(acceptedPasses(acts, ledger(4), [])).toEqual([4]);
});

test.each([
  ['stored', 'as many events as were accepted', [10], { rows: 10, events: 10 }],
  ['stored', 'more rows, sent again after a crash', [10], { rows: 12, events: 10 }],
  ['short', 'fewer events of one pass, however many rows', [10], { rows: 12, events: 9 }],
  ['repeated', 'a second pass over half of them', [10, 5], { rows: 15, events: 10 }],
  ['repeated', 'a second pass over all of them', [10, 10], { rows: 20, events: 10 }],
  ['short', 'a row less than two passes have accepted', [10, 5], { rows: 14, events: 10 }],
  ['short', 'fewer events than one of the passes has accepted', [10, 5], { rows: 16, events: 9 }],
  ['stored', 'a second pass over others', [10, 5], { rows: 15, events: 15 }],
] as const)('%s: %s', (verdict, _, passes, stored) => {
  expect(reconcileStatus(passes, stored, [])).toBe(verdict);
});

test('rows that the workspace reports as dropped are never counted as repeated', () => {
  const error = { count: 1, last: '2026-11-21T00:00:00.000Z', message: 'dropped' };
  expect(reconcileStatus([10, 5], { rows: 15, events: 10 }, [error])).toBe('short');
});
