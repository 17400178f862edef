import type { AcceptedRow } from './event-recorder';
import { judge, type JudgeInput } from './judge';
import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';

const row = (id: string, post = 0, epoch = 0): AcceptedRow => ({ row: { EventId: id }, post, epoch });
const covered = (id: string): AcceptedRow => ({ ...row(id), coveredFrom: 1 });
const ledgerOf = (count: number) => ({ ...EMPTY_LEDGER, fetched: count, accepted: count });

/** Two records of a vendor that gives ids, both delivered once, unless changed. */
function input(change: Partial<JudgeInput> = {}): JudgeInput {
  const accepted = change.accepted ?? [row('a'), row('b')];
  return {
    expected: {
      source: 'events',
      table: 'Events_CL',
      rows: new Map([
        ['a', 1],
        ['b', 1],
      ]),
      idOf: (id) => id,
      eventIdOf: (row) => row['EventId'] as string,
      idsOfDeadLetter: () => [],
      pageRows: 2,
    },
    accepted,
    uniqueIds: [...new Set(accepted.map((each) => each.row['EventId'] as string))],
    deadLetterIds: new Set(),
    ledger: ledgerOf(2),
    mayRepeat: false,
    ...change,
  };
}

test('a record that arrived once and is counted once keeps the promise', () => {
  expect(judge(input())).toEqual({
    fetched: 2,
    accepted: 2,
    missing: 0,
    doubled: 0,
    left: 0,
    lostByBaseline: 0,
    violations: [],
  });
});

test('a record without a row is missing; one with a dead letter is not', () => {
  const ledger = ledgerOf(1);
  expect(judge(input({ accepted: [row('a')], ledger }))).toMatchObject({
    missing: 1,
    violations: ['1 records are missing'],
  });
  const dead = { ...ledger, fetched: 2, deadLettered: 1 };
  expect(
    judge(input({ accepted: [row('a')], deadLetterIds: new Set(['b']), ledger: dead })).violations,
  ).toEqual([]);
});

test('a row may come twice while no checkpoint covers it', () => {
  const accepted = [row('a', 0), row('b', 0), row('a', 1), row('b', 1)];
  expect(judge(input({ accepted }))).toMatchObject({ doubled: 2, violations: [] });
});

test.each<[string, readonly AcceptedRow[], string]>([
  [
    'a row that a checkpoint covers',
    [covered('a'), covered('b'), row('a', 1, 1)],
    '1 rows were sent again although a checkpoint covered them',
  ],
  ['a row twice in one post', [row('a'), row('b'), row('a')], '1 rows are twice in one post'],
  ['a row of an unknown record', [row('a'), row('b'), row('c', 1)], '1 rows belong to no published record'],
])('%s breaks the promise', (_, accepted, sentence) => {
  const ledger = ledgerOf(new Set(accepted.map(({ row: { EventId } }) => EventId)).size);
  expect(judge(input({ accepted, ledger })).violations).toEqual([sentence]);
});

test('more doubles than a crash explains break the promise', () => {
  const accepted = [row('a'), row('b'), row('a', 1)];
  expect(judge(input({ accepted, maxDoubled: 0 })).violations).toEqual([
    '1 rows were sent again, more than 0',
  ]);
});

test.each([
  ['is not balanced', { ...ledgerOf(2), fetched: 3 }, 'the ledger is not balanced'],
  ['counts too few', ledgerOf(1), 'the ledger says that 1 rows were accepted, and there are 2'],
  [
    'ends with something pending',
    { ...ledgerOf(2), fetched: 3, pending: 1 },
    'the ledger says that 1 records are pending',
  ],
])('a ledger that %s breaks the promise', (_, ledger, sentence) => {
  expect(judge(input({ ledger })).violations).toEqual([sentence]);
});

test('equal records of a vendor without ids are separate rows, distinguished by an ordinal', () => {
  const expected = {
    ...input().expected,
    rows: new Map([['h', 2]]),
    idOf: (id: string) => id.replace(/-\d+$/, ''),
  };
  expect(judge(input({ expected, accepted: [row('h'), row('h-1')] })).violations).toEqual([]);
  expect(judge(input({ expected, accepted: [row('h')], ledger: ledgerOf(1) })).missing).toBe(1);
  const three = [row('h'), row('h-1'), row('h-2')];
  expect(judge(input({ expected, accepted: three, ledger: ledgerOf(3) })).violations).toEqual([
    '1 records have more than one event id',
  ]);
});

test('a row whose sender got no answer may be stored or not, at most once', () => {
  const expected = { ...input().expected, optionalIds: new Set(['c', 'd']) };
  const accepted = [row('a'), row('b'), row('c')];
  expect(judge(input({ expected, accepted, ledger: ledgerOf(3) }))).toMatchObject({
    left: 0,
    violations: [],
  });
});

test('where order is promised, rows must arrive in the order in which they were accepted', () => {
  const expected = { ...input().expected, inOrder: true };
  expect(judge(input({ expected })).violations).toEqual([]);
  expect(judge(input({ expected, accepted: [row('b'), row('a')] })).violations).toEqual([
    '2 rows did not arrive in the order in which they were accepted',
  ]);
});
