import type { Column } from '../../shared/contract/table';
import { bool, datetime, dynamic, int, long, real, string } from '../../shared/kit/column-makers';

test.each<[string, (from?: string, help?: string) => Column]>([
  ['string', string],
  ['int', int],
  ['long', long],
  ['real', real],
  ['boolean', bool],
  ['datetime', datetime],
  ['dynamic', dynamic],
])('a column of type %s has only the given members', (type, column) => {
  expect([column(), column('a.b'), column('a.b', 'Some help.')]).toEqual([
    { type },
    { type, from: 'a.b' },
    { type, from: 'a.b', help: 'Some help.' },
  ]);
});
