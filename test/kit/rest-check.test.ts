import { ContractError } from '../../shared/contract/errors';
import type { RestSpec } from '../../shared/contract/rest';
import { rest } from '../../shared/kit/rest';

const spec: RestSpec = {
  base: 'url',
  path: '/logs',
  records: '$[*]',
  next: { kind: 'time' },
  stop: { on: 'short-page', full: 3 },
  resume: 'time',
  since: { in: 'query', name: 'from' },
  until: { delayMs: 1, send: { in: 'query', name: 'to' } },
  time: 'at',
};
const { time: _, ...timeless } = spec;
const list = { kind: 'cursor', from: '$.next', join: ',', send: { in: 'query', name: 'page' } } as const;

test('a declaration with both bounds is taken', () => {
  expect(rest(spec).rest).toBe(spec);
});

test.each<[string, RestSpec]>([
  ['since', { ...spec, since: { in: 'query', name: 'from', template: 'created:>=' } }],
  ['until.send', { ...spec, until: { delayMs: 1, send: { in: 'query', name: 'to', template: 'x' } } }],
  ['until', { ...spec, next: { kind: 'link' }, resume: 'cursor' }],
  ['until', { ...timeless, next: { kind: 'link' } }],
  ['until.send', { ...spec, until: { delayMs: 1, send: { in: 'body', name: 'to' } } }],
  ['next', { ...spec, until: { delayMs: 1 }, stop: { on: 'empty-page' } }],
  ['stop.full', { ...spec, stop: { on: 'short-page', full: 0 } }],
  ['next.from', { ...spec, next: list }],
  ['next.from', { ...spec, next: { ...list, from: '$.[[*]' } }],
])('a declaration with a wrong %s is refused', (member, wrong) => {
  expect(() => rest(wrong)).toThrow(ContractError);
  expect(() => rest(wrong)).toThrow(`declaration: ${member}: `);
});

test('paging by time without a time is refused', () => {
  const { until: __, ...endless } = timeless;
  expect(() => rest(endless)).toThrow('paging by time needs to know when a record happened');
});
