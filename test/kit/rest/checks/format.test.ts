import { ContractError } from '../../../../shared/contract/errors';
import type { RestSpec } from '../../../../shared/contract/rest';
import { oneAnswer } from '../../../../shared/kit/rest/paging/one-answer';
import { rest } from '../../../../shared/kit/rest/rest';

const spec = {
  base: 'url',
  path: '/logs',
  format: 'ndjson',
  records: '$',
  next: { kind: 'link' },
  stop: { on: 'no-next' },
  resume: 'time',
  since: { in: 'query', name: 'from' },
} as const satisfies RestSpec;

test('lines, and a table with its own columns and marks, are accepted', () => {
  const csv = { columns: ['a', 'b'], delimiter: '\t', quote: "'" };
  expect(rest(spec).rest?.format).toBe('ndjson');
  expect(rest({ ...spec, format: 'csv', records: '$[*]' }).rest?.format).toBe('csv');
  expect(rest({ ...spec, format: { csv } }).rest?.format).toEqual({ csv });
});

test('a cursor that is a member of a record is accepted', () => {
  const next = { kind: 'cursor', from: '$[-1].id', send: { in: 'query', name: 'after' } } as const;
  expect(() => rest({ ...spec, next })).not.toThrow();
});

test('lines of a whole range are streamed', () => {
  const streamed = { ...spec, ...oneAnswer(), streamed: true } as const;
  expect(rest(streamed).rest?.streamed).toBe(true);
});

test.each<[member: string, object]>([
  ['streamed', { ...oneAnswer(), format: undefined, streamed: true }],
  ['streamed', { ...oneAnswer(), streamed: 'yes' }],
  ['streamed', { streamed: true }],
  ['success', { ...oneAnswer(), streamed: true, success: { from: '$[0].ok', is: [true] } }],
  ['format', { format: 'yaml' }],
  ['format', { format: { tsv: {} } }],
  ['format.csv.separator', { format: { csv: { separator: ';' } } }],
  ['format.csv.columns', { format: { csv: { columns: 'a,b' } } }],
  ['format.csv.columns', { format: { csv: { columns: [] } } }],
  ['format.csv.columns', { format: { csv: { columns: ['a', 'a'] } } }],
  ['format.csv.delimiter', { format: { csv: { delimiter: '||' } } }],
  ['format.csv.delimiter', { format: { csv: { delimiter: '\n' } } }],
  ['format.csv.quote', { format: { csv: { quote: 'q' } } }],
  ['format.csv', { format: { csv: { delimiter: '"' } } }],
  [
    'format',
    { details: { path: '/d', query: { ids: '{ids}' }, batch: 10, records: 'items', recordId: 'id' } },
  ],
  ['records', { records: 'items' }],
  ['next.from', { next: { kind: 'link', from: 'next' } }],
  ['next.from', { next: { kind: 'cursor', from: 'page.after', send: { in: 'query', name: 'after' } } }],
  ['stop.path', { stop: { on: 'unless', path: 'more' } }],
])('%s that cannot work is refused with its name', (member, wrong) => {
  const declare = (): unknown => rest({ ...spec, ...wrong });
  expect(declare).toThrow(ContractError);
  expect(declare).toThrow(`: ${member}: `);
});
