import { ContractError } from '../../shared/contract/errors';
import { listAt, numberAt, textAt, timeAt, valueAt } from '../../shared/kit/value-at';

const record = {
  id: 7,
  big: 9_007_199_254_740_993n,
  name: 'Ada',
  on: false,
  none: null,
  actor: { 'sign.in': 'ada@example.test', tags: ['a', 'b'] },
  at: 1_793_491_200,
  when: '2026-11-01 00:00:00+02:00',
  digits: '12.50',
  items: [{ id: 1 }, { id: 2 }],
};

test('a text is read as a text column reads it', () => {
  const paths = ['name', 'id', 'big', 'on', "$.actor['sign.in']", '$.items[1].id'];
  expect(paths.map((path) => textAt(record, path))).toEqual([
    'Ada',
    '7',
    '9007199254740993',
    'false',
    'ada@example.test',
    '2',
  ]);
  expect(['none', 'actor', 'items', 'missing', 'name.first'].map((path) => textAt(record, path))).toEqual(
    Array(5).fill(undefined),
  );
});

test('a number is read exactly, or not at all', () => {
  expect(['id', 'digits', 'at'].map((path) => numberAt(record, path))).toEqual([7, 12.5, 1_793_491_200]);
  expect(['big', 'name', 'on', 'none', 'when'].map((path) => numberAt(record, path))).toEqual(
    Array(5).fill(undefined),
  );
  expect(numberAt({ n: '9007199254740993' }, 'n')).toBeUndefined();
  expect(numberAt({ n: '' }, 'n')).toBeUndefined();
});

test('a time is read in every form that a column accepts, and written in one', () => {
  expect(timeAt(record, 'at')).toBe('2026-11-01T00:00:00.000Z');
  expect(timeAt(record, 'when')).toBe('2026-10-31T22:00:00.000Z');
  expect(timeAt(record, 'name')).toBeUndefined();
});

test('a list returns its elements; an answer of another shape is never an empty page', () => {
  expect(listAt(record, 'items')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(listAt(record, 'actor.tags')).toEqual(['a', 'b']);
  expect(listAt(record, 'none')).toEqual([]);
  expect(listAt([1], '$')).toEqual([1]);
  for (const path of ['missing', 'name', 'actor'])
    expect(() => listAt(record, path)).toThrow(
      new ContractError(
        `reading an answer: there is no array at ${path}. Compare the path with the vendor’s documentation.`,
      ),
    );
});

test('a value is read at a path as a column reads it; a malformed path is a ContractError', () => {
  expect(valueAt(record, 'actor.tags')).toEqual(['a', 'b']);
  expect(valueAt(record, 'none')).toBeNull();
  expect(valueAt(record, 'constructor')).toBeUndefined();
  expect(() => valueAt(record, '$.[')).toThrow(ContractError);
});

test('any number of computed paths can be read', () => {
  const numbers = Array.from({ length: 2_500 }, (_, at) => at);
  expect(numbers.every((at) => numberAt({ [`n${at}`]: at }, `n${at}`) === at)).toBe(true);
});
