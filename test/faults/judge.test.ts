import type { TakenRow } from './event-recorder';
import { judge, type Evidence } from './judge';
import { EMPTY_LEDGER } from '../../shared/contract/checkpoint';

const row = (id: string, post = 0, epoch = 0): TakenRow => ({ row: { EventId: id }, post, epoch });
const covered = (id: string): TakenRow => ({ ...row(id), coveredFrom: 1 });
const accepted = (count: number) => ({ ...EMPTY_LEDGER, fetched: count, accepted: count });

/** Two records of a vendor that gives ids, both delivered once, unless changed. */
function evidence(change: Partial<Evidence> = {}): Evidence {
  const taken = change.taken ?? [row('a'), row('b')];
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
      idsOfLetter: () => [],
      pageRows: 2,
    },
    taken,
    unique: [...new Set(taken.map((each) => each.row['EventId'] as string))],
    dead: new Set(),
    ledger: accepted(2),
    repeats: false,
    ...change,
  };
}

test('what arrived once and is counted so keeps the promise', () => {
  expect(judge(evidence())).toEqual({
    fetched: 2,
    accepted: 2,
    missing: 0,
    doubled: 0,
    left: 0,
    lostByPeers: 0,
    broken: [],
  });
});

test('a record that is nowhere is missing; one that is a dead letter is not', () => {
  const ledger = accepted(1);
  expect(judge(evidence({ taken: [row('a')], ledger }))).toMatchObject({
    missing: 1,
    broken: ['1 records are missing'],
  });
  const dead = { ...ledger, fetched: 2, deadLettered: 1 };
  expect(judge(evidence({ taken: [row('a')], dead: new Set(['b']), ledger: dead })).broken).toEqual([]);
});

test('a row may come twice while no checkpoint covers it', () => {
  const taken = [row('a', 0), row('b', 0), row('a', 1), row('b', 1)];
  expect(judge(evidence({ taken }))).toMatchObject({ doubled: 2, broken: [] });
});

test.each<[string, readonly TakenRow[], string]>([
  [
    'a row that a checkpoint covers',
    [covered('a'), covered('b'), row('a', 1, 1)],
    '1 rows came again although a checkpoint covered them',
  ],
  ['a row twice in one post', [row('a'), row('b'), row('a')], '1 rows stand twice in one post'],
  ['a row of no record', [row('a'), row('b'), row('c', 1)], '1 rows are of no record that was published'],
])('%s breaks it', (_, taken, sentence) => {
  const ledger = accepted(new Set(taken.map(({ row: { EventId } }) => EventId)).size);
  expect(judge(evidence({ taken, ledger })).broken).toEqual([sentence]);
});

test('more doubles than a crash explains break it', () => {
  const taken = [row('a'), row('b'), row('a', 1)];
  expect(judge(evidence({ taken, maxDoubled: 0 })).broken).toEqual([
    '1 rows came again, which is more than 0',
  ]);
});

test.each([
  ['is not balanced', { ...accepted(2), fetched: 3 }, 'the ledger is not balanced'],
  ['counts too few', accepted(1), 'the ledger says that 1 rows were accepted, and there are 2'],
  [
    'ends with something pending',
    { ...accepted(2), fetched: 3, pending: 1 },
    'the ledger says that 1 records are pending',
  ],
])('a ledger that %s breaks it', (_, ledger, sentence) => {
  expect(judge(evidence({ ledger })).broken).toEqual([sentence]);
});

test('equal records of a vendor without ids are as many rows, told apart by an ordinal', () => {
  const expected = {
    ...evidence().expected,
    rows: new Map([['h', 2]]),
    idOf: (id: string) => id.replace(/-\d+$/, ''),
  };
  expect(judge(evidence({ expected, taken: [row('h'), row('h-1')] })).broken).toEqual([]);
  expect(judge(evidence({ expected, taken: [row('h')], ledger: accepted(1) })).missing).toBe(1);
  const three = [row('h'), row('h-1'), row('h-2')];
  expect(judge(evidence({ expected, taken: three, ledger: accepted(3) })).broken).toEqual([
    '1 records have more than one event id',
  ]);
});

test('a row whose sender was not answered may be there or not, once', () => {
  const expected = { ...evidence().expected, mayCome: new Set(['c', 'd']) };
  const taken = [row('a'), row('b'), row('c')];
  expect(judge(evidence({ expected, taken, ledger: accepted(3) }))).toMatchObject({ left: 0, broken: [] });
});

test('where order is promised, what was taken first must come first', () => {
  const expected = { ...evidence().expected, inOrder: true };
  expect(judge(evidence({ expected })).broken).toEqual([]);
  expect(judge(evidence({ expected, taken: [row('b'), row('a')] })).broken).toEqual([
    '2 rows did not come in the order in which they were taken',
  ]);
});
